import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SyncCosts } from '../api/types.ts';
import { useCosts } from '../data/use-delivery.ts';
import { formatDuration } from '../format/age.ts';
import { formatNumber } from '../format/number.ts';
import { Answer } from './answer.tsx';
import styles from './cost-panel.module.css';
import { Panel } from './panel.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import tableStyles from './table.module.css';

/** What the plant's messages cost in a year, as they are sealed now and under each preset; nothing where nothing goes to Hedera. */
export function CostPanel(): ReactNode {
  return <Answer query={useCosts()}>{(costs) => costs.isPaid && <Costs costs={costs} />}</Answer>;
}

function Costs({ costs }: { readonly costs: SyncCosts }): ReactNode {
  const { t } = useTranslation();
  const { basis, fees, inForce, presets } = costs;
  const measured = basis.batches === 0 ? t('delivery.notMeasured') : t('delivery.measured', { count: basis.batches });
  const lead = t('delivery.costsLead', {
    count: basis.units,
    interval: formatDuration(basis.intervalMs),
    bytes: basis.messageBytes,
    measured,
  });
  const rows = [
    ...presets.map((cost) => ({ ...cost, name: cost.preset, isInForce: cost.preset === inForce.preset })),
    ...(inForce.preset === null ? [{ ...inForce, name: t('delivery.own'), isInForce: true }] : []),
  ];
  return (
    <Panel title={t('delivery.costs')} lead={lead} padding="none">
      <ScrollRegion label={t('delivery.costs')}>
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">{t('delivery.costColumn.preset')}</th>
              <th scope="col">{t('delivery.costColumn.often')}</th>
              <th scope="col" data-align="end">
                {t('delivery.costColumn.messages')}
              </th>
              <th scope="col" data-align="end">
                {t('delivery.costColumn.usd')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, mode, every, messagesPerYear, usdPerYear, isInForce }) => (
              <tr key={name} className={isInForce ? styles.inForce : undefined}>
                <td>
                  {name} {isInForce && <small>{t('delivery.inForce')}</small>}
                </td>
                <td>{mode === 'direct' ? t('delivery.reading') : <Every text={every} />}</td>
                <td data-align="end">{formatNumber(messagesPerYear)}</td>
                <td data-align="end">{formatUsd(usdPerYear)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className={styles.note}>{t('delivery.fees', { source: fees.source, asOf: fees.asOf })}</p>
    </Panel>
  );
}

/** `hour`, `7 days`, from `1h`, `7d`. */
function Every({ text }: { readonly text: string }): ReactNode {
  const { t } = useTranslation();
  const [, count = '', unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (unit !== 'm' && unit !== 'h' && unit !== 'd') return text;
  return count === '1' ? t(`delivery.everyOne.${unit}`) : `${count} ${t(`delivery.every.${unit}`)}`;
}

const CENT = 0.01;

/** In cents, but for what is less than one. */
function formatUsd(amount: number): string {
  return formatNumber(amount, amount < CENT ? 4 : 2);
}
