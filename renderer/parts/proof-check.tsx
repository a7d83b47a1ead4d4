import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Entry } from '../api/types.ts';
import { fetchCheckpoint, fetchInclusionProof } from '../data/use-ledger.ts';
import { useStatus } from '../data/use-status.ts';
import { canCheckProofs, checkEntry, type ProofStep } from '../proof/entry-check.ts';
import { CopyButton } from './copy-button.tsx';
import { Icon, type IconName } from './icon.tsx';
import { ProblemNote } from './problem-note.tsx';
import styles from './proof-check.module.css';

interface ProofReport {
  readonly steps: readonly ProofStep[];
  readonly size: number;
  readonly root: string;
  readonly hashes: number;
}

/** Lets the reader check here that an entry stands in the ledger, and says in words what was checked. */
export function ProofCheck({ entry }: { readonly entry: Entry }): ReactNode {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const deviceKey = status?.appliance.deviceKey ?? '';
  const check = useMutation({
    mutationFn: async (): Promise<ProofReport> => {
      const checkpoint = await fetchCheckpoint();
      const proof = await fetchInclusionProof(entry.index, checkpoint.size);
      const steps = await checkEntry({ entry, checkpoint, proof, keys: status?.appliance.keys ?? [] });
      return { steps, size: checkpoint.size, root: checkpoint.root, hashes: proof.hashes.length };
    },
  });
  if (!canCheckProofs()) return <p>{t('proof.unsupported')}</p>;
  return (
    <div className={styles.proof}>
      <Button onClick={() => check.mutate()} loading={check.isPending} disabled={deviceKey === ''}>
        {check.data === undefined ? t('proof.check') : t('proof.again')}
      </Button>
      <div aria-live="polite">
        {check.error !== null && <ProblemNote error={check.error} />}
        {check.data !== undefined && <Report report={check.data} index={entry.index} />}
      </div>
      {deviceKey !== '' && (
        <div className={styles.key}>
          <p>{t('proof.compare')}</p>
          <code>{deviceKey}</code>
          <CopyButton text={deviceKey} />
        </div>
      )}
    </div>
  );
}

const OUTCOME_ICONS: Record<ProofStep['outcome'], IconName> = { holds: 'check', fails: 'cross', notChecked: 'dash' };

function Report({ report, index }: { readonly report: ProofReport; readonly index: number }): ReactNode {
  const { t } = useTranslation();
  const { steps, size, root, hashes } = report;
  const summary = summaryOf(steps);
  return (
    <>
      <p className={styles.summary} data-outcome={summary}>
        <Icon name={summary === 'fails' ? 'alarm' : 'shield'} size={22} /> {t(`proof.${summary}`)}
      </p>
      <ol className={styles.steps}>
        {steps.map(({ name, outcome }) => (
          <li key={name} data-outcome={outcome}>
            <Icon name={OUTCOME_ICONS[outcome]} />
            <span>
              <strong>{t(`proof.outcome.${outcome}`)}.</strong>{' '}
              {t(`proof.step.${name}`, { index, size, count: hashes })}
            </span>
          </li>
        ))}
      </ol>
      <p className={styles.root}>
        {t('proof.root')} <code>{root}</code>
      </p>
    </>
  );
}

function summaryOf(steps: readonly ProofStep[]): 'holds' | 'fails' | 'partly' {
  if (steps.some((step) => step.outcome === 'fails')) return 'fails';
  return steps.every((step) => step.outcome === 'holds') ? 'holds' : 'partly';
}
