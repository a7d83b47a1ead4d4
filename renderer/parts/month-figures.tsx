import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MonthDetail } from '../api/types.ts';
import { Energy } from './energy.tsx';
import { CoverWords } from './month-cover.tsx';
import styles from './month-figures.module.css';
import { Panel } from './panel.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import tableStyles from './table.module.css';

const SUMS = ['approvedWh', 'flaggedWh', 'rejectedWh', 'waitingWh', 'creditedWh', 'importWh'] as const;
const TITLES = ['approved', 'flagged', 'rejected', 'waiting', 'credited', 'imported'] as const;

/** What a month comes to: as it was closed, or else as its entries stand now. */
export function MonthFigures({ detail }: { readonly detail: MonthDetail }): ReactNode {
  const { t } = useTranslation();
  const { closed, now } = detail;
  const figures = closed ?? now;
  if (figures === null) return <Panel title={t('months.figures')}>{t('months.noFigures')}</Panel>;
  const { units, total, net, creditedNetWh, demo } = figures;
  const lead = closed === null ? t('months.figuresOpen') : t('months.figuresClosed', { ...closed });
  const leftWords: Readonly<Record<string, string>> = t('months.leftWhat', { returnObjects: true });
  const rows = [...units.map((unit) => ({ name: unit.unitId, sums: unit })), { name: t('months.all'), sums: total }];
  return (
    <Panel title={t('months.figures')} lead={lead} padding="none">
      <div className={styles.cover}>
        <CoverWords month={detail} />
      </div>
      <ScrollRegion label={t('months.figures')}>
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">{t('months.unit')}</th>
              {TITLES.map((title) => (
                <th key={title} scope="col" data-align="end">
                  {t(`months.${title}`)}
                </th>
              ))}
              <th scope="col">{t('months.gaps')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, sums }) => (
              <tr key={name}>
                <td>{name}</td>
                {SUMS.map((sum) => (
                  <td key={sum} data-align="end">
                    <Energy wh={sums[sum]} />
                  </td>
                ))}
                <td>{t('months.gapsOf', { count: sums.gaps })}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <dl className={styles.facts}>
        <div>
          <dt>{t('months.net', { words: net.words })}</dt>
          <dd>
            <Energy wh={net.interfaceWh + net.terminalsWh} /> − <Energy wh={net.importWh} />
          </dd>
        </div>
        <div>
          <dt>{t('months.claim')}</dt>
          <dd data-claim={creditedNetWh}>{demo ? t('months.demo') : <Energy wh={creditedNetWh} />}</dd>
        </div>
        {closed !== null && closed.left.length > 0 && (
          <div>
            <dt>{t('months.left')}</dt>
            <dd>{closed.left.map((code) => leftWords[code] ?? code).join(', ')}</dd>
          </div>
        )}
        {closed !== null && closed.why !== null && (
          <div>
            <dt>{t('months.why')}</dt>
            <dd>{closed.why}</dd>
          </div>
        )}
      </dl>
    </Panel>
  );
}
