import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useContact, useSteadyNow } from '../data/live-provider.tsx';
import { useZone } from '../data/use-zone.ts';
import { formatAge } from '../format/age.ts';
import { formatNumber, NO_VALUE } from '../format/number.ts';
import { joinSentences } from '../format/sentences.ts';
import { formatTime } from '../format/time.ts';
import { ageOf, type Freshness, freshnessOf, type HeldPoint } from '../judgement/freshness.ts';
import { isAwaited } from '../judgement/point-faults.ts';
import { Bar } from './bar.tsx';
import styles from './figure.module.css';
import { Icon, type IconName } from './icon.tsx';

interface FigureProperties {
  readonly label: string;
  readonly held: HeldPoint | undefined;
  readonly unit: string;
  readonly digits: number;
  /** The value that fills the bar; no bar without it. */
  readonly full?: number | undefined;
  readonly size?: 'hero' | 'plain' | 'small';
  readonly note?: ReactNode;
}

/** One live value with its unit, and in words and shape whatever keeps it from being live. */
export function Figure({ label, held, unit, digits, full, size = 'plain', note }: FigureProperties): ReactNode {
  const freshness = useFreshness(held);
  const title = useValueTitle(held);
  const value = held?.point.value;
  const text = typeof value === 'number' ? formatNumber(value, digits) : (value ?? NO_VALUE);
  const share = typeof value === 'number' && full !== undefined && full > 0 ? value / full : undefined;
  return (
    <div className={styles.figure} data-size={size} data-freshness={freshness}>
      <div className={styles.label}>{label}</div>
      <div className={styles.value} title={title} data-testid={held?.point.point}>
        <span className={styles.number}>{text}</span> <span className={styles.unit}>{unit}</span>
      </div>
      {full !== undefined && (
        <Bar share={share} size={size === 'hero' ? 'tall' : 'thin'} tone={freshness === 'live' ? 'normal' : 'faint'} />
      )}
      <Condition held={held} freshness={freshness} />
      {note !== undefined && <div className={styles.note}>{note}</div>}
    </div>
  );
}

export function useFreshness(held: HeldPoint | undefined): Freshness {
  const steadyNowMs = useSteadyNow();
  return freshnessOf(held, steadyNowMs, useContact().state);
}

/** When the value was read, in the plant's time and in UTC, and how old it is. */
function useValueTitle(held: HeldPoint | undefined): string {
  const { t } = useTranslation();
  const { plant } = useZone();
  const steadyNowMs = useSteadyNow();
  if (held?.point.readAt === undefined) return t('value.neverRead');
  const readAtMs = Date.parse(held.point.readAt);
  return t('value.read', {
    time: formatTime(readAtMs, plant, 'second'),
    utc: formatTime(readAtMs, 'UTC', 'second'),
    age: formatAge(ageOf(held, steadyNowMs) ?? 0),
  });
}

const CONDITION_ICONS: Record<Exclude<Freshness, 'live'>, IconName> = {
  uncertain: 'warning',
  bad: 'cross',
  stale: 'clock',
  missing: 'warning',
  lost: 'noContact',
};

interface ConditionProperties {
  readonly held: HeldPoint | undefined;
  readonly freshness: Freshness;
  /** `mark`: the reason is said once elsewhere, so a short word does. */
  readonly words?: 'reason' | 'mark';
}

/** Why a value is not live, as an icon and words; nothing while it is. */
export function Condition({ held, freshness, words = 'mark' }: ConditionProperties): ReactNode {
  const { t } = useTranslation();
  const steadyNowMs = useSteadyNow();
  if (freshness === 'live') return null;
  const ageMs = held === undefined ? undefined : ageOf(held, steadyNowMs);
  if (freshness === 'missing' && isAwaited(held)) {
    return (
      <div className={styles.condition} data-freshness="awaited">
        <Icon name="clock" size={14} />
        <span>{t('value.awaited')}</span>
      </div>
    );
  }
  const fault = held?.point.fault;
  const sentences = {
    uncertain: t('value.uncertain'),
    bad: t('value.bad'),
    stale: ageMs === undefined ? t('value.staleNever') : t('value.stale', { age: formatAge(ageMs) }),
    missing: (words === 'reason' ? fault?.message : undefined) ?? t('value.missing'),
    lost: t('value.lost'),
  };
  return (
    <div
      className={styles.condition}
      data-freshness={freshness}
      title={fault === undefined ? undefined : joinSentences([fault.message, fault.hint])}
    >
      <Icon name={CONDITION_ICONS[freshness]} size={14} />
      <span>{sentences[freshness]}</span>
    </div>
  );
}
