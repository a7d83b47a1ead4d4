import { Link, useNavigate } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Batch } from '../api/types.ts';
import { formatNumber, NO_VALUE } from '../format/number.ts';
import { AnchorMark } from './anchor-mark.tsx';
import { Energy } from './energy.tsx';
import { Interval } from './instant.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import styles from './table.module.css';
import { useTargetName } from './target-list.tsx';

/** Batches with what each holds and who holds it. */
export function BatchTable({ batches }: { readonly batches: readonly Batch[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <ScrollRegion label={t('delivery.batches')}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t('delivery.column.period')}</th>
            <th scope="col" data-minor="true">
              {t('delivery.column.batch')}
            </th>
            <th scope="col" data-align="end" data-minor="true">
              {t('delivery.column.readings')}
            </th>
            <th scope="col" data-align="end" data-minor="true">
              {t('delivery.column.credited')}
            </th>
            <th scope="col">{t('delivery.column.state')}</th>
            <th scope="col">{t('delivery.column.held')}</th>
          </tr>
        </thead>
        {batches.map((batch) => (
          <BatchRow key={batch.index} batch={batch} />
        ))}
      </table>
    </ScrollRegion>
  );
}

/** The whole can be pressed; the link in its first cell is what the keyboard and a screen reader use. */
function BatchRow({ batch }: { readonly batch: Batch }): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const nameOf = useTargetName();
  const params = { index: String(batch.index) };
  const { stated, receipts } = batch;
  const open = (event: MouseEvent): void => {
    if (event.target instanceof Element && event.target.closest('a') !== null) return;
    void navigate({ to: '/delivery/$index', params });
  };
  return (
    <tbody className={styles.pressable}>
      <tr onClick={open} data-batch={batch.index}>
        <td>
          <Link to="/delivery/$index" params={params}>
            <BatchPeriod batch={batch} />
          </Link>
        </td>
        <td data-minor="true">{formatNumber(batch.index)}</td>
        <td data-align="end" data-minor="true">
          {stated === null ? NO_VALUE : formatNumber(stated.approved + stated.flagged + stated.rejected)}
        </td>
        <td data-align="end" data-minor="true">
          {stated === null ? NO_VALUE : <Energy wh={stated.creditedWh} />}
        </td>
        <td>
          <AnchorMark of={batch} />
        </td>
        <td data-wraps="true">
          {receipts.length === 0 ? t('delivery.heldByNone') : receipts.map(({ target }) => nameOf(target)).join(', ')}
        </td>
      </tr>
    </tbody>
  );
}

/** From when to when its readings are; an older message says only for which time it was sealed. */
function BatchPeriod({ batch: { index, stated } }: { readonly batch: Batch }): ReactNode {
  const { t } = useTranslation();
  const params = { index: String(index) };
  if (stated === null) return t('delivery.page', params);
  const { forebay, from, to } = stated;
  if (from === null || to === null) return t('delivery.emptyBatch', params);
  return (
    <>
      {forebay === 1 && `${t('delivery.sealedForTime')} `}
      <Interval from={from} to={to} />
    </>
  );
}
