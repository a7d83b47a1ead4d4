import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceStatus } from '../api/types.ts';
import { useSteadyNow } from '../data/live-provider.tsx';
import { usePoints } from '../data/use-points.ts';
import { formatAge, formatDuration } from '../format/age.ts';
import { formatNumber, NO_VALUE } from '../format/number.ts';
import { unitDigits, unitText } from '../format/quantity.ts';
import { ageOf, type Freshness, type HeldPoint } from '../judgement/freshness.ts';
import { faultName, pointFaultsOf } from '../judgement/point-faults.ts';
import { FaultSummary } from './fault-summary.tsx';
import { Condition, useFreshness } from './figure.tsx';
import { Icon } from './icon.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import styles from './table.module.css';

/** Every point of a device with its value, unit, quality and age, moving. */
export function PointTable({ device }: { readonly device: DeviceStatus }): ReactNode {
  const { t } = useTranslation();
  const points = usePoints();
  const own = [...points.values()].filter(({ point }) => point.point.startsWith(`${device.id}/`));
  const shared = pointFaultsOf(own).filter(({ count }) => count > 1);
  const deviceFault = device.fault === undefined ? '' : faultName(device.fault);
  const saidOnce = new Set([deviceFault, ...shared.map(({ fault }) => faultName(fault))]);
  return (
    <>
      <div className={styles.above}>
        <FaultSummary points={own} faults={shared.filter(({ fault }) => faultName(fault) !== deviceFault)} />
      </div>
      <ScrollRegion label={t('devices.pointsTable', { device: device.id })}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t('devices.point')}</th>
              <th scope="col">{t('devices.address')}</th>
              <th scope="col" data-align="end">
                {t('devices.value')}
              </th>
              <th scope="col">{t('devices.unit')}</th>
              <th scope="col" data-grow="true">
                {t('devices.quality')}
              </th>
              <th scope="col" data-align="end">
                {t('devices.age')}
              </th>
              <th scope="col" data-align="end">
                {t('devices.staleAfter')}
              </th>
            </tr>
          </thead>
          <tbody>
            {own.map((held) => (
              <PointRow
                key={held.point.point}
                held={held}
                words={
                  saidOnce.has(held.point.fault === undefined ? '' : faultName(held.point.fault)) ? 'mark' : 'reason'
                }
              />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </>
  );
}

interface PointRowProperties {
  readonly held: HeldPoint;
  /** How much the row says of a fault. */
  readonly words: 'reason' | 'mark';
}

function PointRow({ held, words }: PointRowProperties): ReactNode {
  const { point } = held;
  const freshness = useFreshness(held);
  const ageMs = ageOf(held, useSteadyNow());
  return (
    <tr>
      <td>{point.point.slice(point.point.indexOf('/') + 1)}</td>
      <td>
        <code>{point.where}</code>
      </td>
      <td data-align="end" data-testid={point.point}>
        <strong>{valueText(held)}</strong>
      </td>
      <td>{unitText(point.unit)}</td>
      <td data-grow="true">
        <Quality held={held} freshness={freshness} words={words} />
      </td>
      <td data-align="end">{ageMs === undefined ? NO_VALUE : formatAge(ageMs)}</td>
      <td data-align="end">{formatDuration(point.staleAfterMs)}</td>
    </tr>
  );
}

function Quality({ held, freshness, words }: PointRowProperties & { readonly freshness: Freshness }): ReactNode {
  const { t } = useTranslation();
  if (freshness !== 'live') return <Condition held={held} freshness={freshness} words={words} />;
  return (
    <span className={styles.good}>
      <Icon name="check" size={14} /> {t('value.live')}
    </span>
  );
}

function valueText({ point }: HeldPoint): string {
  if (point.value === undefined) return NO_VALUE;
  return typeof point.value === 'number' ? formatNumber(point.value, unitDigits(point.unit)) : point.value;
}
