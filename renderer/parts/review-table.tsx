import { Link, useNavigate } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading } from '../api/types.ts';
import { CreditMark } from './credit-mark.tsx';
import { Energy } from './energy.tsx';
import { Interval } from './instant.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { Sentence } from './sentence.tsx';
import styles from './table.module.css';
import { VerdictMark } from './verdict-mark.tsx';

const COLUMNS = 6;

interface ReviewTableProperties {
  readonly readings: readonly Reading[];
  readonly units: readonly { readonly id: string; readonly name: string }[];
}

/** Readings that wait for a person, with what was found and what their energy waits for. */
export function ReviewTable({ readings, units }: ReviewTableProperties): ReactNode {
  const { t } = useTranslation();
  return (
    <ScrollRegion label={t('reviews.table')}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t('readings.interval')}</th>
            <th scope="col">{t('readings.unit')}</th>
            <th scope="col" data-align="end">
              {t('readings.energy')}
            </th>
            <th scope="col">{t('readings.status')}</th>
            <th scope="col">{t('reviews.decision')}</th>
            <th scope="col">{t('reviews.credit')}</th>
          </tr>
        </thead>
        {readings.map((reading) => (
          <ReviewRows
            key={reading.index}
            reading={reading}
            unitName={units.find(({ id }) => id === reading.unitId)?.name ?? reading.unitId}
          />
        ))}
      </table>
    </ScrollRegion>
  );
}

/** The whole can be pressed; the link in its first cell is what the keyboard and a screen reader use. */
function ReviewRows({ reading, unitName }: { readonly reading: Reading; readonly unitName: string }): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const params = { index: String(reading.index) };
  const { verdict, review, credit } = reading;
  const finding = verdict.findings.find(({ severity }) => severity !== 'note');
  const open = (event: MouseEvent): void => {
    if (event.target instanceof Element && event.target.closest('a') !== null) return;
    void navigate({ to: '/readings/$index', params });
  };
  const last = review.items.at(-1);
  return (
    <tbody className={styles.pressable}>
      <tr data-status={verdict.status} className={styles.leading} onClick={open}>
        <td>
          <Link to="/readings/$index" params={params}>
            <Interval from={reading.from} to={reading.to} />
          </Link>
        </td>
        <td>{unitName}</td>
        <td data-align="end">
          <Energy wh={reading.energyWh ?? null} />
        </td>
        <td>
          <VerdictMark status={verdict.status} />
        </td>
        <td>{last === undefined ? t('reviews.noneYet') : t(`reviews.said.${last.decision}`, { by: last.by })}</td>
        <td>
          <CreditMark credit={credit} />
        </td>
      </tr>
      <tr onClick={open}>
        <td className={styles.finding} colSpan={COLUMNS}>
          <Sentence text={finding?.message ?? credit.reason} />
        </td>
      </tr>
    </tbody>
  );
}
