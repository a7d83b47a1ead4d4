import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { BatchDetail } from '../api/types.ts';
import { useSession } from '../data/use-session.ts';
import { joinSentences } from '../format/sentences.ts';
import type { Tone } from '../judgement/headline.ts';
import { mayDeliver } from '../judgement/may-deliver.ts';
import styles from './batch-deliveries.module.css';
import { Outside } from './batch-proof.tsx';
import { DeliveryAct } from './delivery-act.tsx';
import type { IconName } from './icon.tsx';
import { Instant } from './instant.tsx';
import { Mark } from './mark.tsx';
import { Sentence } from './sentence.tsx';
import { useTargetName } from './target-list.tsx';

type BatchDelivery = BatchDetail['deliveries'][number];

const LOOKS: Record<BatchDelivery['state'], { tone: Tone; icon: IconName }> = {
  waiting: { tone: 'normal', icon: 'clock' },
  sending: { tone: 'normal', icon: 'turning' },
  unknown: { tone: 'normal', icon: 'turning' },
  delivered: { tone: 'normal', icon: 'check' },
  parked: { tone: 'attention', icon: 'flag' },
  'not-given': { tone: 'normal', icon: 'dash' },
};

/** What a person can do about a delivery of the batch's own. */
const ACTS: Partial<Record<BatchDelivery['state'], 'retry' | 'park'>> = {
  parked: 'retry',
  waiting: 'park',
  unknown: 'park',
};

/** What of a receipt people look for; the rest stands in its entry. */
const FACTS = [
  'topic',
  'sequence',
  'consensusAt',
  'transactionId',
  'network',
  'file',
  'sha256',
  'bytes',
  'hub',
  'receiver',
  'receivedAt',
  'size',
  'publicKey',
] as const;

/** Shown in the time of the plant, and beside it to the last digit, as others have them. */
const MOMENTS: ReadonlySet<string> = new Set(['consensusAt', 'receivedAt']);

/** Where a batch is at each target, what the target said of it, and what a person can do. */
export function BatchDeliveries({ batch }: { readonly batch: BatchDetail }): ReactNode {
  const { data: session } = useSession();
  const mayAct = mayDeliver(session?.role);
  return (
    <ul className={styles.list}>
      {batch.deliveries.map((delivery) => (
        <li key={delivery.target} data-testid={`delivery-${delivery.target}`}>
          <View delivery={delivery} batch={batch.index} mayAct={mayAct} />
        </li>
      ))}
    </ul>
  );
}

interface ViewProperties {
  readonly delivery: BatchDelivery;
  readonly batch: number;
  readonly mayAct: boolean;
}

function View({ delivery, batch, mayAct }: ViewProperties): ReactNode {
  const { t } = useTranslation();
  const nameOf = useTargetName();
  const { target, state, withBatch, attempts, fault, receiptIndex, receipt } = delivery;
  const act = withBatch === null ? ACTS[state] : undefined;
  return (
    <>
      <header className={styles.head}>
        <h3>{nameOf(target)}</h3>
        <Mark {...LOOKS[state]}>{t(`delivery.deliveryState.${wordOf(delivery)}`)}</Mark>
      </header>
      {state === 'not-given' && <p>{t('delivery.notGiven')}</p>}
      {withBatch !== null && (
        <p>
          {t(state === 'delivered' ? 'delivery.cameWith' : 'delivery.comesWith')}{' '}
          <Link to="/delivery/$index" params={{ index: String(withBatch) }}>
            {t('delivery.page', { index: withBatch })}
          </Link>
          .
        </p>
      )}
      {fault !== null && (
        <p className={styles.fault}>
          <Sentence text={joinSentences([fault.message, fault.hint])} /> <code>{fault.code}</code>
        </p>
      )}
      {receipt !== null && <Receipt receipt={receipt} />}
      <p className={styles.faint}>
        {attempts > 0 && `${t('delivery.attempts', { count: attempts })}. `}
        {receiptIndex !== null && (
          <Link to="/ledger" search={{ before: receiptIndex + 1 }}>
            {t('delivery.receiptEntry', { index: receiptIndex })}
          </Link>
        )}
      </p>
      {mayAct && act !== undefined && <DeliveryAct target={target} batch={batch} act={act} />}
    </>
  );
}

/** Whether it reaches the target shows only afterwards: what failed once is being tried again, not being sent. */
function wordOf({ state, fault }: BatchDelivery): BatchDelivery['state'] | 'sendingAgain' | 'waitingAgain' {
  if (fault === null) return state;
  if (state === 'sending') return 'sendingAgain';
  return state === 'waiting' ? 'waitingAgain' : state;
}

function Receipt({ receipt }: { readonly receipt: NonNullable<BatchDelivery['receipt']> }): ReactNode {
  const { t } = useTranslation();
  const { hashscan } = receipt;
  return (
    <>
      <dl className={styles.facts}>
        {FACTS.map((name) => {
          const value = receipt[name];
          if (typeof value !== 'string' && typeof value !== 'number') return null;
          return (
            <div key={name}>
              <dt>{t(`delivery.fact.${name}`)}</dt>
              <dd>
                {MOMENTS.has(name) && typeof value === 'string' && (
                  <>
                    <Instant at={value} shape="full" />{' '}
                  </>
                )}
                <code>{String(value)}</code>
              </dd>
            </div>
          );
        })}
      </dl>
      {typeof hashscan === 'string' && hashscan.startsWith(HASHSCAN) && (
        <Outside href={hashscan}>{t('delivery.hashscan')}</Outside>
      )}
    </>
  );
}

/** Nothing else that stands in a receipt becomes a link. */
const HASHSCAN = 'https://hashscan.io/';
