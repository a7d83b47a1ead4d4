import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading, UnitStatus } from '../api/types.ts';
import { usePoints } from '../data/use-points.ts';
import { useLatestReadings } from '../data/use-readings.ts';
import { formatNumber, formatShare, formatTrust } from '../format/number.ts';
import { powerDigits, QUANTITY_FORMATS } from '../format/quantity.ts';
import { Energy } from './energy.tsx';
import { FaultSummary } from './fault-summary.tsx';
import { Figure, useFreshness } from './figure.tsx';
import { Instant } from './instant.tsx';
import { OldestAge } from './oldest-age.tsx';
import { PowerTrend } from './power-trend.tsx';
import { Sentence } from './sentence.tsx';
import styles from './unit-panel.module.css';
import { UnitStateMark } from './unit-state-mark.tsx';
import { VerdictMark } from './verdict-mark.tsx';
import { WaterQuality } from './water-quality.tsx';

const TREND_HOURS = 6;
const READINGS_MAX = 400;

/** Everything about one unit at a glance. */
export function UnitPanel({ unit }: { readonly unit: UnitStatus }): ReactNode {
  const { t } = useTranslation();
  const readings = useLatestReadings(READINGS_MAX, unit.id);
  return (
    <section className={styles.panel} aria-label={unit.name} data-state={unit.state}>
      <header className={styles.head}>
        <h2>
          <Link to="/units/$id" params={{ id: unit.id }}>
            {unit.name}
          </Link>
        </h2>
        <span className={styles.turbine}>{t(`unit.turbine.${unit.turbine as 'francis'}`)}</span>
        <UnitStateMark unit={unit} />
      </header>
      <UnitFigures unit={unit} />
      <PowerTrend unit={unit} readings={readings.data ?? []} hours={TREND_HOURS} heightPx={124} />
      <div className={styles.foot}>
        <EnergyToday unit={unit} />
        <LastVerdict unit={unit} readings={readings.data ?? []} />
        <WaterQuality unit={unit} />
      </div>
    </section>
  );
}

export function UnitFigures({ unit }: { readonly unit: UnitStatus }): ReactNode {
  const { t } = useTranslation();
  const points = usePoints();
  const held = (quantity: string) => points.get(unit.signals[quantity] ?? '');
  const { flow, head, gate, power } = QUANTITY_FORMATS;
  const rated = formatNumber(unit.ratedPowerKw, powerDigits(unit.ratedPowerKw));
  const powerKw = held('power')?.point.value;
  const isLive = useFreshness(held('power')) === 'live';
  const share = isLive && typeof powerKw === 'number' ? formatShare(powerKw / unit.ratedPowerKw) : undefined;
  const own = Object.values(unit.signals).flatMap((point) => points.get(point) ?? []);
  return (
    <div className={styles.frame}>
      <div className={styles.figures}>
        <Figure
          size="hero"
          label={t('quantity.power')}
          held={held('power')}
          unit={power.unit}
          digits={powerDigits(unit.ratedPowerKw)}
          full={unit.ratedPowerKw}
          note={share === undefined ? t('unit.rated', { value: `${rated} kW` }) : t('plant.ofRated', { share, rated })}
        />
        <div className={styles.others}>
          <Figure label={t('quantity.flow')} held={held('flow')} {...flow} full={unit.ratedFlowM3s} />
          <Figure label={t('quantity.head')} held={held('head')} {...head} full={unit.ratedHeadM} />
          {unit.signals.gate !== undefined && (
            <Figure label={t('quantity.gate')} held={held('gate')} {...gate} full={100} />
          )}
          <OldestAge unit={unit} />
        </div>
      </div>
      <FaultSummary points={own} />
    </div>
  );
}

function EnergyToday({ unit }: { readonly unit: UnitStatus }): ReactNode {
  const { t } = useTranslation();
  const { energyTodayWh, energyTodayApprovedWh, coverageToday } = unit;
  const share = energyTodayWh !== null && energyTodayWh > 0 ? (energyTodayApprovedWh ?? 0) / energyTodayWh : undefined;
  return (
    <div>
      <h3>{t('unit.energyToday')}</h3>
      <div className={styles.strong}>
        <Energy wh={energyTodayWh} />
      </div>
      {energyTodayWh === null && <p>{t('unit.noEnergy')}</p>}
      {share !== undefined && <p>{t('unit.approvedShare', { share: formatShare(share) })}</p>}
      {unit.withoutWitness !== null && <p title={unit.withoutWitness}>{t('unit.noWitness')}</p>}
      {coverageToday !== null && <p>{t('unit.coverageToday', { share: formatShare(coverageToday) })}</p>}
    </div>
  );
}

interface LastVerdictProperties {
  readonly unit: UnitStatus;
  readonly readings: readonly Reading[];
}

function LastVerdict({ unit, readings }: LastVerdictProperties): ReactNode {
  const { t } = useTranslation();
  const verdict = unit.lastVerdict;
  const [finding] = readings.find((reading) => reading.index === verdict?.index)?.verdict.findings ?? [];
  const note = finding?.severity === 'note' ? t('unit.approvedNote', { note: finding.message }) : undefined;
  return (
    <div className={styles.verdict}>
      <h3>{t('unit.lastReading')}</h3>
      {verdict === null ? (
        <p>{t('unit.noReading')}</p>
      ) : (
        <>
          <div className={styles.mark}>
            <VerdictMark status={verdict.status} />
            <span>{t('verdict.trust', { score: formatTrust(verdict.trustScore) })}</span>
          </div>
          <p>
            <Link to="/readings/$index" params={{ index: String(verdict.index) }}>
              <Instant at={verdict.to} shape="recentMinute" />
            </Link>{' '}
            <Sentence text={verdict.headline ?? note ?? t('unit.nothingFound')} />
          </p>
          {unit.freshness.state === 'overdue' && <p>{t('unit.overdue')}</p>}
          {unit.freshness.state === 'ahead' && <p>{t('unit.ahead')}</p>}
        </>
      )}
    </div>
  );
}
