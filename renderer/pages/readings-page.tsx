import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useReadingPages } from '../data/use-readings.ts';
import { type HeldStatus, useStatus } from '../data/use-status.ts';
import { useZone } from '../data/use-zone.ts';
import { dayBounds } from '../format/time.ts';
import { Answer } from '../parts/answer.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ReadingTable } from '../parts/reading-table.tsx';
import { type ReadingSearch, VERDICT_STATUSES } from './reading-search.ts';
import styles from './readings-page.module.css';

export { readingSearchOf } from './reading-search.ts';

export function ReadingsPage({ search }: { readonly search: ReadingSearch }): ReactNode {
  return <Answer query={useStatus()}>{(status) => <Readings status={status} search={search} />}</Answer>;
}

function Readings({ status, search }: { readonly status: HeldStatus; readonly search: ReadingSearch }): ReactNode {
  const { t } = useTranslation();
  const { shown } = useZone();
  const bounds = search.day === undefined ? undefined : dayBounds(search.day, shown);
  const query = useReadingPages({
    unit: search.unit,
    status: search.status,
    from: bounds === undefined ? undefined : new Date(bounds.fromMs).toISOString(),
    to: bounds === undefined ? undefined : new Date(bounds.toMs).toISOString(),
  });
  return (
    <>
      <PageHead title={t('readings.title')} tabTitle={t('readings.title')} lead={t('readings.lead')} />
      <ReadingFilters status={status} search={search} />
      <Answer query={query}>
        {({ pages }) => {
          const readings = pages.flatMap((page) => page.items);
          return (
            <div className={styles.panel} aria-busy={query.isFetching}>
              {readings.length === 0 ? (
                <p className={styles.end}>{t('readings.none')}</p>
              ) : (
                <ReadingTable readings={readings} units={status.plant.units} />
              )}
              {query.hasNextPage ? (
                <Button
                  className={styles.more ?? ''}
                  variant="default"
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {t('readings.older')}
                </Button>
              ) : (
                readings.length > 0 && <p className={styles.end}>{t('readings.end')}</p>
              )}
            </div>
          );
        }}
      </Answer>
    </>
  );
}

function ReadingFilters({
  status,
  search,
}: {
  readonly status: HeldStatus;
  readonly search: ReadingSearch;
}): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const change = (part: ReadingSearch): void => {
    void navigate({ to: '/readings', search: { ...search, ...part }, replace: true });
  };
  const units = status.plant.units.map(({ id, name }) => ({ value: id, label: name }));
  const statuses = VERDICT_STATUSES.map((value) => ({ value, label: t(`verdict.${value}`) }));
  return (
    <div className={styles.filters}>
      <NativeSelect
        label={t('readings.unit')}
        value={search.unit ?? ''}
        data={[{ value: '', label: t('readings.allUnits') }, ...units]}
        onChange={(event) => change({ unit: event.currentTarget.value || undefined })}
      />
      <NativeSelect
        label={t('readings.status')}
        value={search.status ?? ''}
        data={[{ value: '', label: t('readings.allStatuses') }, ...statuses]}
        onChange={(event) => {
          const { value } = event.currentTarget;
          change({ status: VERDICT_STATUSES.find((known) => known === value) });
        }}
      />
      <TextInput
        type="date"
        label={t('readings.day')}
        value={search.day ?? ''}
        onChange={(event) => change({ day: event.currentTarget.value || undefined })}
      />
      {(search.unit ?? search.status ?? search.day) !== undefined && (
        <Button variant="default" onClick={() => change({ unit: undefined, status: undefined, day: undefined })}>
          {t('readings.clearFilters')}
        </Button>
      )}
    </div>
  );
}
