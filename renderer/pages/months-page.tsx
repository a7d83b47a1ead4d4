import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Month } from '../api/types.ts';
import { useMonths } from '../data/use-months.ts';
import { formatNumber } from '../format/number.ts';
import { Answer } from '../parts/answer.tsx';
import { Energy } from '../parts/energy.tsx';
import { Instant } from '../parts/instant.tsx';
import { CoverShare } from '../parts/month-cover.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Panel } from '../parts/panel.tsx';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import tableStyles from '../parts/table.module.css';

const COLUMNS = ['month', 'state', 'covered', 'readings', 'credited', 'closed', 'late'] as const;
const NUMBERS: ReadonlySet<string> = new Set(['readings', 'credited']);

/** The months of the plant, and which of them are closed. */
export function MonthsPage(): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('months.title')} tabTitle={t('months.title')} lead={t('months.lead')} />
      <Answer query={useMonths()}>
        {({ items, timeZone }) => (
          <Panel title={timeZone} padding="none">
            <ScrollRegion label={t('months.title')}>
              <table className={tableStyles.table}>
                <thead>
                  <tr>
                    {COLUMNS.map((column) => (
                      <th key={column} scope="col" data-align={NUMBERS.has(column) ? 'end' : undefined}>
                        {t(`months.column.${column}`)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {items.map((month) => (
                    <MonthRow key={month.month} month={month} />
                  ))}
                </tbody>
              </table>
              {items.length === 0 && <p className={tableStyles.none}>{t('months.none')}</p>}
            </ScrollRegion>
          </Panel>
        )}
      </Answer>
    </>
  );
}

function MonthRow({ month: item }: { readonly month: Month }): ReactNode {
  const { t } = useTranslation();
  const { month, state, readings, closed, late, cover } = item;
  const isInPart = closed !== null && cover.missing.length > 0;
  const came = [
    ...(late === null || late.readings === 0 ? [] : [t('months.lateReadings', { count: late.readings })]),
    ...(late === null || late.reviews === 0 ? [] : [t('months.lateReviews', { count: late.reviews })]),
  ];
  return (
    <tr data-month={month} data-state={state}>
      <td>
        <Link to="/months/$month" params={{ month }}>
          {month}
        </Link>
      </td>
      <td>{isInPart ? t('months.closedInPart') : t(`months.state.${state}`)}</td>
      <td>
        <CoverShare month={item} />
      </td>
      <td data-align="end">{formatNumber(readings)}</td>
      <td data-align="end">
        {closed !== null && (closed.demo ? t('months.demo') : <Energy wh={closed.creditedNetWh} />)}
      </td>
      <td>
        {closed !== null && (
          <>
            <Instant at={closed.at} shape="full" />, {t('months.by', { name: closed.by })}
          </>
        )}
      </td>
      <td>{came.join(', ')}</td>
    </tr>
  );
}
