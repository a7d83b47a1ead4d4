import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { TokenMonth, Tokens } from '../api/types.ts';
import { formatNumber } from '../format/number.ts';
import { Energy } from './energy.tsx';
import { MintAct } from './mint-act.tsx';
import { Panel } from './panel.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { Sentence } from './sentence.tsx';
import tableStyles from './table.module.css';

interface CertificateMonthsProperties {
  readonly tokens: Tokens;
  readonly mayAct: boolean;
}

/** The closed months with what of each is minted, and what may be. */
export function CertificateMonths({ tokens, mayAct }: CertificateMonthsProperties): ReactNode {
  const { t } = useTranslation();
  const { months, setup } = tokens;
  const columns = ['month', 'credited', 'minted', 'mint', 'carried', 'state'] as const;
  return (
    <Panel title={t('certificates.months')} lead={t('certificates.monthsLead')} padding="none">
      <ScrollRegion label={t('certificates.months')}>
        <table className={tableStyles.table}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col" data-align={NUMBERS.has(column) ? 'end' : undefined}>
                  {t(`certificates.column.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {months.toReversed().map((month) => (
              <MonthRow key={month.month} month={month} network={setup?.network ?? ''} mayAct={mayAct} />
            ))}
          </tbody>
        </table>
        {months.length === 0 && <p className={tableStyles.none}>{t('certificates.noMonths')}</p>}
      </ScrollRegion>
    </Panel>
  );
}

const NUMBERS: ReadonlySet<string> = new Set(['credited', 'minted', 'mint', 'carried']);

interface MonthRowProperties {
  readonly month: TokenMonth;
  readonly network: string;
  readonly mayAct: boolean;
}

function MonthRow({ month, network, mayAct }: MonthRowProperties): ReactNode {
  const { t } = useTranslation();
  const { mintable, fault, state } = month;
  return (
    <tr data-month={month.month} data-state={state}>
      <td>{month.month}</td>
      <td data-align="end">
        <Energy wh={month.creditedNetWh} />
      </td>
      <td data-align="end">
        <Energy wh={month.mintedWh} />
      </td>
      <td data-align="end">{mintable !== null && formatNumber(mintable.units)}</td>
      <td data-align="end">{month.carriedWh > 0 && <Energy wh={month.carriedWh} />}</td>
      <td data-grow>
        {mintable === null || !mayAct ? (
          t(`certificates.state.${state}`)
        ) : (
          <MintAct
            decision={{ act: 'propose', month: month.month, plan: mintable.plan }}
            month={month.month}
            units={mintable.units}
            network={network}
            usd={formatNumber(mintable.costUsd, 2)}
          />
        )}
        {fault !== null && (
          <>
            {'. '}
            <Sentence text={fault.message} /> <small>{fault.code}</small>
          </>
        )}
      </td>
    </tr>
  );
}
