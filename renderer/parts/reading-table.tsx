import { Link, useNavigate } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading } from '../api/types.ts';
import { formatNumber, formatShare, formatTrust, NO_VALUE } from '../format/number.ts';
import { powerDigits } from '../format/quantity.ts';
import { Energy } from './energy.tsx';
import { Interval } from './instant.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { Sentence } from './sentence.tsx';
import styles from './table.module.css';
import { VerdictMark } from './verdict-mark.tsx';

const COLUMNS = { full: 7, brief: 6 } as const;

interface ReadingTableProperties {
  readonly readings: readonly Reading[];
  readonly units: readonly { readonly id: string; readonly name: string; readonly ratedPowerKw: number }[];
  /** `brief` leaves out what the page around it says already. */
  readonly shape?: 'full' | 'brief';
}

export function ReadingTable({ readings, units, shape = 'full' }: ReadingTableProperties): ReactNode {
  const { t } = useTranslation();
  return (
    <ScrollRegion label={t('readings.table')}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t('readings.interval')}</th>
            {shape === 'full' && <th scope="col">{t('readings.unit')}</th>}
            <th scope="col" data-align="end">
              {t('readings.energy')}
            </th>
            <th scope="col" data-align="end">
              {t('readings.power')}
            </th>
            <th scope="col" data-align="end">
              {t('readings.coverage')}
            </th>
            <th scope="col">{t('readings.status')}</th>
            <th scope="col" data-align="end">
              {t('readings.trust')}
            </th>
          </tr>
        </thead>
        {readings.map((reading) => (
          <ReadingRows
            key={reading.index}
            reading={reading}
            unit={units.find((unit) => unit.id === reading.unitId)}
            shape={shape}
          />
        ))}
      </table>
    </ScrollRegion>
  );
}

interface ReadingRowsProperties {
  readonly reading: Reading;
  readonly unit: { readonly name: string; readonly ratedPowerKw: number } | undefined;
  readonly shape: 'full' | 'brief';
}

/** A reading, with its gravest finding on a line below. The whole can be pressed; the link in its first cell is what the keyboard and a screen reader use. */
function ReadingRows({ reading, unit, shape }: ReadingRowsProperties): ReactNode {
  const navigate = useNavigate();
  const params = { index: String(reading.index) };
  const { verdict, powerKw } = reading;
  const [finding] = verdict.findings;
  const open = (event: MouseEvent): void => {
    if (event.target instanceof Element && event.target.closest('a') !== null) return;
    void navigate({ to: '/readings/$index', params });
  };
  return (
    <tbody className={styles.pressable}>
      <tr data-status={verdict.status} className={finding === undefined ? undefined : styles.leading} onClick={open}>
        <td>
          <Link to="/readings/$index" params={params}>
            <Interval from={reading.from} to={reading.to} />
          </Link>
        </td>
        {shape === 'full' && <td>{unit?.name ?? reading.unitId}</td>}
        <td data-align="end">
          <ReadingEnergy reading={reading} />
        </td>
        <td data-align="end">
          <MeanPower powerKw={powerKw} digits={powerDigits(unit?.ratedPowerKw ?? 0)} />
        </td>
        <td data-align="end">{formatShare(reading.coverage)}</td>
        <td>
          <VerdictMark status={verdict.status} />
        </td>
        <td data-align="end">{formatTrust(verdict.trustScore)}</td>
      </tr>
      {finding !== undefined && (
        <tr onClick={open}>
          <td className={styles.finding} colSpan={COLUMNS[shape]}>
            <Sentence text={finding.message} />
          </td>
        </tr>
      )}
    </tbody>
  );
}

function ReadingEnergy({ reading }: { readonly reading: Reading }): ReactNode {
  const { t } = useTranslation();
  if (reading.energyWh === undefined) return <span title={t('readings.noEnergy')}>{NO_VALUE}</span>;
  return (
    <>
      <Energy wh={reading.energyWh} />
      {(reading.energySource === 'estimated' || reading.energySource === 'reported') && (
        <small className={styles.below} title={t(`readings.${reading.energySource}Hint`)}>
          {t(`readings.${reading.energySource}`)}
        </small>
      )}
    </>
  );
}

function MeanPower({ powerKw, digits }: { powerKw: Reading['powerKw']; digits: number }): ReactNode {
  const { t } = useTranslation();
  if (powerKw === undefined) return <span title={t('readings.noPower')}>{NO_VALUE}</span>;
  return (
    <>
      {formatNumber(powerKw.mean, digits)} <small>kW</small>
    </>
  );
}
