import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LayerOutcome } from '../api/types.ts';
import { formatNumber, formatTrust } from '../format/number.ts';
import type { Tone } from '../judgement/headline.ts';
import { Bar } from './bar.tsx';
import type { IconName } from './icon.tsx';
import styles from './layer-list.module.css';
import { Mark } from './mark.tsx';
import { Sentence } from './sentence.tsx';

const LOOKS: Record<LayerOutcome['outcome'], { tone: Tone; icon: IconName }> = {
  pass: { tone: 'normal', icon: 'check' },
  abstain: { tone: 'normal', icon: 'dash' },
  flag: { tone: 'attention', icon: 'flag' },
  reject: { tone: 'alarm', icon: 'cross' },
};

/** What each layer said, how much it counted, and why it abstained. */
export function LayerList({ layers }: { readonly layers: readonly LayerOutcome[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <ul className={styles.list}>
      {layers.map(({ layer, outcome, score, weight, reason }) => (
        <li key={layer} className={styles.layer}>
          <span className={styles.name}>{t(`reading.layer.${layer}`)}</span>
          <Mark {...LOOKS[outcome]}>{t(`reading.outcome.${outcome}`)}</Mark>
          <div className={styles.score}>
            <Bar share={score} tone={LOOKS[outcome].tone} />
          </div>
          <span className={styles.number}>
            {score === undefined ? t('reading.noScore') : t('reading.score', { score: formatTrust(score) })}
          </span>
          <span className={styles.number}>{t('reading.weight', { weight: formatNumber(weight, 2) })}</span>
          {reason !== undefined && (
            <p className={styles.reason}>
              <Sentence text={reason} />
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
