import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { BatchProof as Proof } from '../api/types.ts';
import { proveBatch } from '../data/use-delivery.ts';
import { Icon, type IconName } from './icon.tsx';
import { Instant } from './instant.tsx';
import { ProblemNote } from './problem-note.tsx';
import styles from './proof-check.module.css';

interface BatchProofProperties {
  readonly batch: number;
  readonly reading?: number;
}

/** Lets the reader have the message fetched from Hedera, and shows step by step what was held against what. */
export function BatchProof({ batch, reading }: BatchProofProperties): ReactNode {
  const { t } = useTranslation();
  const check = useMutation({ mutationFn: () => proveBatch(batch, reading) });
  return (
    <div className={styles.proof}>
      <Button onClick={() => check.mutate()} loading={check.isPending}>
        {check.data === undefined ? t('delivery.prove.check') : t('delivery.prove.again')}
      </Button>
      <div aria-live="polite">
        {check.error !== null && <ProblemNote error={check.error} />}
        {check.data !== undefined && <Report proof={check.data} />}
      </div>
    </div>
  );
}

const ICONS: Record<Proof['outcome'], IconName> = {
  holds: 'check',
  differs: 'cross',
  'not-there': 'dash',
  'not-reached': 'noContact',
  'not-checked': 'dash',
};

function Report({ proof }: { readonly proof: Proof }): ReactNode {
  const { t } = useTranslation();
  const { outcome, summary, steps, mirrorUrl, messageUrl, hashscanUrl, laterDecision, checkedAt } = proof;
  return (
    <>
      <p className={styles.summary} data-outcome={outcome === 'differs' ? 'fails' : outcome}>
        <Icon name={outcome === 'holds' ? 'shield' : outcome === 'differs' ? 'alarm' : 'dash'} size={22} /> {summary}
      </p>
      <ol className={styles.steps}>
        {steps.map(({ step, outcome: came, sentence }) => (
          <li key={step} data-outcome={came === 'differs' ? 'fails' : came} data-step={step}>
            <Icon name={ICONS[came]} />
            <span>
              <strong>{t(`delivery.prove.outcome.${came}`)}.</strong> {sentence}
            </span>
          </li>
        ))}
      </ol>
      {laterDecision !== null && (
        <p>
          {laterDecision.batch === null
            ? t('delivery.prove.laterUnsealed', { index: laterDecision.index })
            : t('delivery.prove.later', { index: laterDecision.index, batch: laterDecision.batch })}
        </p>
      )}
      <p className={styles.root}>
        {mirrorUrl === null ? (
          t('delivery.prove.askedNobody')
        ) : (
          <>
            {t('delivery.prove.asked', { mirror: mirrorUrl })} <Instant at={checkedAt} shape="full" />.
          </>
        )}{' '}
        {messageUrl !== null && <Outside href={messageUrl}>{t('delivery.prove.look')}</Outside>}{' '}
        {hashscanUrl !== null && <Outside href={hashscanUrl}>{t('delivery.hashscan')}</Outside>}
      </p>
    </>
  );
}

/** A page outside of the plant: it opens beside the console, and is told nothing of it. */
export function Outside({ href, children }: { readonly href: string; readonly children: ReactNode }): ReactNode {
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}
