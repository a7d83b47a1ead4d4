import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { WitnessOutcome } from '../api/types.ts';
import type { Tone } from '../judgement/headline.ts';
import type { IconName } from './icon.tsx';
import { Mark } from './mark.tsx';
import { Sentence } from './sentence.tsx';
import styles from './witness-list.module.css';

const LOOKS: Record<WitnessOutcome['outcome'], { tone: Tone; icon: IconName }> = {
  agrees: { tone: 'normal', icon: 'check' },
  silent: { tone: 'normal', icon: 'dash' },
  disagrees: { tone: 'attention', icon: 'flag' },
};

/** What each source beside the unit said of the reading, and what nobody could have seen. */
export function WitnessList({ witnesses }: { readonly witnesses: readonly WitnessOutcome[] | undefined }): ReactNode {
  const { t } = useTranslation();
  if (witnesses === undefined) return <p>{t('reading.witness.before')}</p>;
  const isConfirmed = witnesses.some(
    ({ sees, isIndependent, outcome }) => sees !== 'head' && isIndependent && outcome === 'agrees',
  );
  return (
    <>
      {!isConfirmed && <p>{t('reading.witness.none')}</p>}
      <ul className={styles.list}>
        {witnesses.map(({ kind, sees, isIndependent, outcome, reason }) => (
          <li key={kind} className={styles.witness}>
            <span className={styles.name}>{t(`reading.witness.kind.${kind}`)}</span>
            <Mark {...LOOKS[outcome]}>{t(`reading.witness.outcome.${outcome}`)}</Mark>
            <span className={styles.sees}>{t(`reading.witness.sees.${sees}`)}</span>
            {!isIndependent && <p className={styles.reason}>{t('reading.witness.dependent')}</p>}
            {reason !== undefined && (
              <p className={styles.reason}>
                <Sentence text={t('reading.witness.silent', { reason })} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
