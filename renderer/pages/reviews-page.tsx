import { Button, NativeSelect } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useReviewPages } from '../data/use-reviews.ts';
import { type HeldStatus, useStatus } from '../data/use-status.ts';
import { Answer } from '../parts/answer.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ReviewTable } from '../parts/review-table.tsx';
import styles from './readings-page.module.css';

/** The filters of the page as they stand in its address. */
export interface ReviewSearch {
  readonly unit?: string | undefined;
  readonly state?: 'decided' | undefined;
}

export function reviewSearchOf({ unit, state }: Record<string, unknown>): ReviewSearch {
  return { ...(typeof unit === 'string' && unit !== '' && { unit }), ...(state === 'decided' && { state }) };
}

export function ReviewsPage({ search }: { readonly search: ReviewSearch }): ReactNode {
  return <Answer query={useStatus()}>{(status) => <Reviews status={status} search={search} />}</Answer>;
}

function Reviews({ status, search }: { readonly status: HeldStatus; readonly search: ReviewSearch }): ReactNode {
  const { t } = useTranslation();
  const state = search.state ?? 'open';
  const query = useReviewPages({ state, unit: search.unit });
  const lead = status.reviews.fourEyes ? t('reviews.leadFourEyes') : t('reviews.lead');
  return (
    <>
      <PageHead title={t('reviews.title')} tabTitle={t('reviews.title')} lead={lead} />
      <ReviewFilters status={status} search={search} />
      <Answer query={query}>
        {({ pages }) => {
          const readings = pages.flatMap((page) => page.items);
          return (
            <div className={styles.panel} aria-busy={query.isFetching}>
              {readings.length === 0 ? (
                <p className={styles.end}>{t(`reviews.none.${state}`)}</p>
              ) : (
                <ReviewTable readings={readings} units={status.plant.units} />
              )}
              {query.hasNextPage && (
                <Button
                  className={styles.more ?? ''}
                  variant="default"
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {t('reviews.newer')}
                </Button>
              )}
            </div>
          );
        }}
      </Answer>
    </>
  );
}

interface ReviewFiltersProperties {
  readonly status: HeldStatus;
  readonly search: ReviewSearch;
}

function ReviewFilters({ status, search }: ReviewFiltersProperties): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const change = (part: ReviewSearch): void => {
    void navigate({ to: '/reviews', search: { ...search, ...part }, replace: true });
  };
  const units = status.plant.units.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <div className={styles.filters}>
      <NativeSelect
        label={t('readings.unit')}
        value={search.unit ?? ''}
        data={[{ value: '', label: t('readings.allUnits') }, ...units]}
        onChange={(event) => change({ unit: event.currentTarget.value || undefined })}
      />
      <NativeSelect
        label={t('reviews.show')}
        value={search.state ?? 'open'}
        data={[
          { value: 'open', label: t('reviews.state.open') },
          { value: 'decided', label: t('reviews.state.decided') },
        ]}
        onChange={(event) => change({ state: event.currentTarget.value === 'decided' ? 'decided' : undefined })}
      />
    </div>
  );
}
