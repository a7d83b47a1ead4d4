import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useContact } from '../data/live-provider.tsx';
import { joinSentences } from '../format/sentences.ts';
import type { HeldPoint } from '../judgement/freshness.ts';
import { type PointFault, pointFaultsOf } from '../judgement/point-faults.ts';
import styles from './fault-summary.module.css';
import { Icon } from './icon.tsx';

interface FaultSummaryProperties {
  readonly points: readonly HeldPoint[];
  /** What is said here; every fault without it. */
  readonly faults?: readonly PointFault[];
}

/** Why values of a card or table are missing, each reason once; the values themselves carry only a short mark. */
export function FaultSummary({ points, faults = pointFaultsOf(points) }: FaultSummaryProperties): ReactNode {
  const { t } = useTranslation();
  const isLost = useContact().state === 'lost';
  if (isLost || faults.length === 0) return null;
  return (
    <ul className={styles.faults}>
      {faults.map(({ fault: { code, message, hint }, count }) => (
        <li key={`${code} ${message}`}>
          <Icon name="warning" size={16} />
          <span>
            <strong>{t('value.withoutValue', { count, total: points.length })}</strong> {joinSentences([message, hint])}
          </span>
        </li>
      ))}
    </ul>
  );
}
