import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useContact, useSteadyNow } from '../data/live-provider.tsx';
import { usePoints } from '../data/use-points.ts';
import type { HeldStatus } from '../data/use-status.ts';
import { formatNumber, formatShare, NO_VALUE } from '../format/number.ts';
import { powerDigits } from '../format/quantity.ts';
import { freshnessOf } from '../judgement/freshness.ts';
import { Bar } from './bar.tsx';
import { Energy } from './energy.tsx';
import { Icon } from './icon.tsx';
import styles from './plant-power.module.css';

/** What the plant gives now, from the units whose power is live, and what it gave today. */
export function PlantPower({ status }: { readonly status: HeldStatus }): ReactNode {
  const { t } = useTranslation();
  const { units, ratedPowerKw } = status.plant;
  const powers = useLivePowers(status);
  const contact = useContact();
  const sumKw = powers.reduce((sum, power) => sum + power, 0);
  const isKnown = powers.length > 0;
  const measured = units.filter((unit) => unit.energyTodayWh !== null).length;
  const energyWh = sumOfKnown(units.map((unit) => unit.energyTodayWh));
  const approvedWh = sumOfKnown(units.map((unit) => unit.energyTodayApprovedWh));
  const rated = formatNumber(ratedPowerKw, powerDigits(ratedPowerKw));
  return (
    <section className={styles.power} aria-label={t('plant.power')}>
      <div className={styles.label}>{t('plant.power')}</div>
      <div className={styles.value} data-testid="plant-power">
        <span className={styles.number}>{isKnown ? formatNumber(sumKw, powerDigits(ratedPowerKw)) : NO_VALUE}</span>{' '}
        <span className={styles.unit}>kW</span>
      </div>
      <Bar size="tall" share={isKnown ? sumKw / ratedPowerKw : undefined} marks={[0.25, 0.5, 0.75]} />
      <div className={styles.line}>
        {isKnown && <span>{t('plant.ofRated', { share: formatShare(sumKw / ratedPowerKw), rated })}</span>}
        {powers.length < units.length && (
          <span className={styles.partial}>
            <Icon name={contact.state === 'lost' ? 'noContact' : 'warning'} size={14} />
            {contact.state === 'lost'
              ? t('contact.lostBefore')
              : t('plant.partOfPlant', { known: powers.length, count: units.length })}
          </span>
        )}
      </div>
      <div className={styles.energy}>
        <span className={styles.label}>{t('plant.energyToday')}</span>
        <strong>
          {energyWh !== null && measured < units.length && `${t('plant.atLeast')} `}
          <Energy wh={energyWh} />
        </strong>
        {energyWh !== null && energyWh > 0 && (
          <span>{t('unit.approvedShare', { share: formatShare((approvedWh ?? 0) / energyWh) })}</span>
        )}
        {energyWh !== null && measured < units.length && (
          <span>{t('plant.energyOfPart', { known: measured, count: units.length })}</span>
        )}
        {energyWh === null && <span>{t('unit.noEnergy')}</span>}
      </div>
    </section>
  );
}

/** The sum of what was measured; null when nothing was. */
function sumOfKnown(energies: readonly (number | null)[]): number | null {
  const known = energies.flatMap((energyWh) => energyWh ?? []);
  return known.length === 0 ? null : known.reduce((sum, energyWh) => sum + energyWh, 0);
}

function useLivePowers({ plant }: HeldStatus): number[] {
  const points = usePoints();
  const steadyNowMs = useSteadyNow();
  const contact = useContact();
  return plant.units.flatMap((unit) => {
    const held = points.get(unit.signals.power ?? '');
    const value = held?.point.value;
    const freshness = freshnessOf(held, steadyNowMs, contact.state);
    return typeof value === 'number' && (freshness === 'live' || freshness === 'uncertain') ? [value] : [];
  });
}
