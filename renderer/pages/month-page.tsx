import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MonthDetail, MonthTotal } from '../api/types.ts';
import { useMonth } from '../data/use-months.ts';
import { useSession } from '../data/use-session.ts';
import { formatEnergy } from '../format/energy.ts';
import { formatNumber } from '../format/number.ts';
import { joinSentences } from '../format/sentences.ts';
import { Answer } from '../parts/answer.tsx';
import { CloseMonth } from '../parts/close-month.tsx';
import { Energy } from '../parts/energy.tsx';
import { MonthFigures } from '../parts/month-figures.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import { Sentence } from '../parts/sentence.tsx';
import tableStyles from '../parts/table.module.css';
import styles from './month-page.module.css';

/** One month: what it comes to, what stands in the way of closing it, and what has changed since it was closed. */
export function MonthPage({ month }: { readonly month: string }): ReactNode {
  const { t } = useTranslation();
  const { data: session } = useSession();
  return (
    <>
      <PageHead title={month} tabTitle={month} before={<Link to="/months">{t('months.back')}</Link>} />
      <Answer query={useMonth(month)}>
        {(detail) => (
          <div className={styles.panels}>
            <MonthFigures detail={detail} />
            <Changes detail={detail} />
            <Panel title={t('months.inTheWay')}>
              <div className={styles.way}>
                <Obstacles detail={detail} />
                <CloseMonth detail={detail} session={session} />
              </div>
            </Panel>
          </div>
        )}
      </Answer>
    </>
  );
}

function Obstacles({ detail: { obstacles, closed, changes } }: { readonly detail: MonthDetail }): ReactNode {
  const { t } = useTranslation();
  if (closed !== null && changes.length === 0) return <p>{t('months.nothingToCorrect')}</p>;
  if (obstacles.length === 0) return <p>{t('months.nothing')}</p>;
  return (
    <ul className={styles.obstacles}>
      {obstacles.map(({ code, message, hint }) => (
        <li key={message} data-code={code}>
          <p>
            <Sentence text={message} /> <small>{code}</small>
          </p>
          <p>
            <small>
              <Sentence text={joinSentences([hint])} />
            </small>
          </p>
        </li>
      ))}
    </ul>
  );
}

function Changes({ detail: { changes, netChangeWh } }: { readonly detail: MonthDetail }): ReactNode {
  const { t } = useTranslation();
  if (netChangeWh === null || changes.length === 0) return null;
  // By its type there are words for every sum of a month; an appliance that is newer may name others.
  const words: Readonly<Record<keyof MonthTotal, string>> = t('months.figureOf', { returnObjects: true });
  const names: Readonly<Record<string, string>> = { ...words };
  const name = netChangeWh > 0 ? 'changedLead' : netChangeWh < 0 ? 'changedLess' : 'changedSame';
  const lead = t(`months.${name}`, { kwh: formatEnergy(Math.abs(netChangeWh), 'kWh') });
  return (
    <Panel title={t('months.changed')} lead={lead} padding="none">
      <ScrollRegion label={t('months.changed')}>
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">{t('months.unit')}</th>
              <th scope="col">{t('months.figure')}</th>
              <th scope="col" data-align="end">
                {t('months.wasClosed')}
              </th>
              <th scope="col" data-align="end">
                {t('months.isNow')}
              </th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ unitId, name: figure, closed, now }) => (
              <tr key={`${unitId ?? ''} ${figure}`}>
                <td>{unitId ?? t('months.plant')}</td>
                <td>{names[figure] ?? figure}</td>
                <td data-align="end">
                  <FigureValue name={figure} value={closed} />
                </td>
                <td data-align="end">
                  <FigureValue name={figure} value={now} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}

const MS_PER_H = 3_600_000;

/** A figure in the unit that its name ends with. */
function FigureValue({ name, value }: { readonly name: string; readonly value: number }): ReactNode {
  if (name.endsWith('Wh')) return <Energy wh={value} />;
  return name.endsWith('Ms') ? `${formatNumber(value / MS_PER_H, 2)} h` : formatNumber(value);
}
