import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Finding } from '../api/types.ts';
import type { Tone } from '../judgement/headline.ts';
import styles from './finding-list.module.css';
import type { IconName } from './icon.tsx';
import { Mark } from './mark.tsx';
import { Sentence } from './sentence.tsx';

const LOOKS: Record<Finding['severity'], { tone: Tone; icon: IconName }> = {
  note: { tone: 'normal', icon: 'dash' },
  flag: { tone: 'attention', icon: 'flag' },
  reject: { tone: 'alarm', icon: 'cross' },
};

/** What the layers noticed, gravest first, each with what to do at the plant. */
export function FindingList({ findings }: { readonly findings: readonly Finding[] }): ReactNode {
  const { t } = useTranslation();
  if (findings.length === 0) return <p className={styles.none}>{t('reading.noFindings')}</p>;
  return (
    <ul className={styles.list}>
      {findings.map((finding) => (
        <li key={`${finding.layer} ${finding.code}`}>
          <div className={styles.head}>
            <Mark {...LOOKS[finding.severity]}>{t(`reading.severity.${finding.severity}`)}</Mark>
            <span>{t(`reading.layer.${finding.layer}`)}</span>
            <code>{finding.code}</code>
          </div>
          <p className={styles.message}>
            <Sentence text={finding.message} />
          </p>
          <p className={styles.action}>
            <strong>{t('reading.action')}:</strong> {finding.action}
          </p>
          <Evidence evidence={finding.evidence} />
        </li>
      ))}
    </ul>
  );
}

function Evidence({ evidence }: { readonly evidence: Finding['evidence'] }): ReactNode {
  const entries = Object.entries(evidence);
  if (entries.length === 0) return null;
  return (
    <dl className={styles.evidence}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
