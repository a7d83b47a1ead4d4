import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Link } from '../api/types.ts';
import { formatBytes } from '../format/number.ts';
import type { Tone } from '../judgement/headline.ts';
import type { IconName } from './icon.tsx';
import { Instant } from './instant.tsx';
import styles from './link-line.module.css';
import { Mark } from './mark.tsx';
import { Sentence } from './sentence.tsx';

const LOOKS: Record<Link['state'], { tone: Tone; icon: IconName }> = {
  unknown: { tone: 'normal', icon: 'dash' },
  none: { tone: 'attention', icon: 'noContact' },
  'no-way-out': { tone: 'attention', icon: 'noContact' },
  thin: { tone: 'normal', icon: 'contact' },
  up: { tone: 'normal', icon: 'contact' },
};

/** Whether anything gets out of the plant, why not (no fault beside a link that is up) and since when, and what a metered link may still take today. */
export function LinkLine({ link }: { readonly link: Link | null }): ReactNode {
  const { t } = useTranslation();
  if (link === null) return null;
  const { state, reason, since, budget, code } = link;
  return (
    <div className={styles.line} data-testid="link">
      <Mark {...LOOKS[state]}>{t(`delivery.link.${state}`)}</Mark>
      <span>
        <Sentence text={`${reason.charAt(0).toUpperCase()}${reason.slice(1)}`} />{' '}
        {code !== null && state !== 'up' && <code>{code}</code>}
      </span>
      <span className={styles.faint}>
        {t('delivery.link.since')} <Instant at={since} shape="full" />
      </span>
      {budget !== null && (
        <span className={styles.faint}>
          {t('delivery.link.budget', { used: formatBytes(budget.usedBytes), all: formatBytes(budget.bytesPerDay) })}{' '}
          <Instant at={budget.renewsAt} shape="full" />
        </span>
      )}
    </div>
  );
}
