import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useZone } from '../data/use-zone.ts';
import { formatInterval, formatRecent, formatTime, zoneName } from '../format/time.ts';

interface InstantProperties {
  /** ISO 8601 UTC */
  readonly at: string;
  /** `recent`, `recentMinute`: the day only when it is not today by this browser; `second`: the time of day alone. */
  readonly shape?: 'full' | 'recent' | 'recentMinute' | 'second' | 'minute';
}

/** A moment in the plant's zone (or UTC by choice), with the other one in the tooltip. */
export function Instant({ at, shape = 'recent' }: InstantProperties): ReactNode {
  const { t } = useTranslation();
  const { shown, plant } = useZone();
  const utcMs = Date.parse(at);
  const local = `${formatTime(utcMs, plant, 'fullDay')} ${formatTime(utcMs, plant, 'second')}`;
  const title = t('time.both', { local, zone: zoneName(utcMs, plant), utc: at.replace('T', ' ').replace('Z', '') });
  return (
    <time dateTime={at} title={title}>
      {textOf(utcMs, shown, shape)}
    </time>
  );
}

function textOf(utcMs: number, zone: string, shape: InstantProperties['shape']): string {
  if (shape === 'second' || shape === 'minute') return formatTime(utcMs, zone, shape);
  if (shape === 'full') {
    return `${formatTime(utcMs, zone, 'fullDay')}, ${formatTime(utcMs, zone, 'second')} ${zoneName(utcMs, zone)}`;
  }
  return formatRecent(utcMs, zone, shape === 'recentMinute' ? 'minute' : 'second', Date.now());
}

interface IntervalProperties {
  readonly from: string;
  readonly to: string;
  readonly shape?: 'day' | 'time';
}

/** An interval `[from, to)`, with the day unless only the time is wanted. */
export function Interval({ from, to, shape = 'day' }: IntervalProperties): ReactNode {
  const { shown } = useZone();
  const fromMs = Date.parse(from);
  const text = formatInterval(fromMs, Date.parse(to), shown);
  const title = `${from} / ${to}`;
  return (
    <time dateTime={title.replaceAll(' ', '')} title={title}>
      {shape === 'day' ? `${formatTime(fromMs, shown, 'day')}, ${text}` : text}
    </time>
  );
}
