import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Sync } from '../api/types.ts';
import { formatAge } from '../format/age.ts';
import { formatNumber, formatShare } from '../format/number.ts';
import { joinSentences } from '../format/sentences.ts';
import type { Tone } from '../judgement/headline.ts';
import { CarriedDisk, OlderBatches } from './carried-disk.tsx';
import type { IconName } from './icon.tsx';
import { Instant } from './instant.tsx';
import { Mark } from './mark.tsx';
import { Sentence } from './sentence.tsx';
import styles from './target-list.module.css';

export type Target = Sync['targets'][number];

const LOOKS: Record<Target['state'], { tone: Tone; icon: IconName }> = {
  up: { tone: 'normal', icon: 'check' },
  waiting: { tone: 'normal', icon: 'turning' },
  down: { tone: 'attention', icon: 'noContact' },
  unavailable: { tone: 'attention', icon: 'warning' },
  stopped: { tone: 'attention', icon: 'dash' },
};
const BYTES_PER_KB = 1000;
const MS_PER_SECOND = 1000;

/** Each target in words: whether it can be reached, what waits for it and since when, and what it holds. */
export function TargetList({ targets }: { readonly targets: readonly Target[] }): ReactNode {
  const { t } = useTranslation();
  if (targets.length === 0) return <p>{t('delivery.noTargets')}</p>;
  return (
    <ul className={styles.list}>
      {targets.map((target) => (
        <li key={target.name} data-testid={`target-${target.name}`}>
          <TargetView target={target} />
        </li>
      ))}
    </ul>
  );
}

export function useTargetName(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => (name === 'hedera' || name === 'file' || name === 'hub' ? t(`delivery.target.${name}`) : name);
}

function TargetView({ target }: { readonly target: Target }): ReactNode {
  const { t } = useTranslation();
  const nameOf = useTargetName();
  const { parked, delivered, oldestAt, lastContactAt, fault, notice, carrier, success } = target;
  const onDisk = unconfirmedOf(target);
  return (
    <>
      <header className={styles.head}>
        <h3>{nameOf(target.name)}</h3>
        <StateMark target={target} />
      </header>
      <p>
        <WaitingSentence target={target} />
      </p>
      {fault !== undefined && <Fault fault={fault} />}
      {carrier?.fault !== undefined && <Fault fault={carrier.fault} />}
      {notice !== undefined && <Fault fault={notice} />}
      <OlderBatches older={carrier?.older} />
      <dl className={styles.facts}>
        {oldestAt !== null && (
          <div>
            <dt>{t('delivery.oldest')}</dt>
            <dd>
              <Instant at={oldestAt} shape="full" />
            </dd>
          </div>
        )}
        <div>
          <dt>{t('delivery.lastContact')}</dt>
          <dd>{lastContactAt === null ? t('delivery.never') : <Instant at={lastContactAt} shape="full" />}</dd>
        </div>
        {carrier !== undefined && <CarriedDisk carrier={carrier} />}
      </dl>
      <p className={styles.faint}>
        {t('delivery.delivered', { count: delivered })}
        {success.due > 0 && (
          <>. {t('delivery.success', { ...success, share: formatShare(success.confirmed / success.due) })}</>
        )}
        {onDisk > 0 && <>. {t('delivery.carried', { count: onDisk })}</>}
      </p>
      {parked > 0 && (
        <p>
          <Mark tone="attention" icon="flag">
            {t('delivery.parkedCount', { count: parked })}
          </Mark>
        </p>
      )}
    </>
  );
}

/** Batches on a disk that whoever receives it has not confirmed; none where nobody confirms. */
function unconfirmedOf({ carrier }: Target): number {
  return carrier === undefined || carrier.receiver === null ? 0 : carrier.onDisk;
}

/** How a target stands, in a few words; a tick only where something was delivered and nothing waits. */
function StateMark({ target }: { readonly target: Target }): ReactNode {
  const { t } = useTranslation();
  const { state, needsPerson, delivered, carrier } = target;
  // On a disk is not there: only whoever receives it can say so.
  const isCarried = state === 'up' && unconfirmedOf(target) > 0;
  // What was sealed before the folder was added is not on it.
  const hasOlder = state === 'up' && carrier?.older !== undefined;
  const [key, look] = isCarried
    ? (['carried', { tone: 'normal', icon: 'clock' }] as const)
    : needsPerson
      ? (['person', { tone: 'attention', icon: 'flag' }] as const)
      : state === 'up' && delivered === 0
        ? (['nothing', { tone: 'normal', icon: 'dash' }] as const)
        : hasOlder
          ? (['sinceAdded', LOOKS.up] as const)
          : ([state, LOOKS[state]] as const);
  return <Mark {...look}>{t(`delivery.state.${key}`)}</Mark>;
}

function Fault({ fault }: { readonly fault: NonNullable<Target['fault']> }): ReactNode {
  const { code, message, hint } = fault;
  return (
    <p className={styles.fault}>
      <Sentence text={joinSentences([message, hint])} /> <code>{code}</code>
    </p>
  );
}

function WaitingSentence({ target }: { readonly target: Target }): ReactNode {
  const { t } = useTranslation();
  const { waiting, waitingBytes, oldestAgeS } = target;
  if (waiting === 0) return t('delivery.waitsNothing');
  const age = formatAge((oldestAgeS ?? 0) * MS_PER_SECOND);
  const kb = formatNumber(Math.max(1, Math.round(waitingBytes / BYTES_PER_KB)));
  return t('delivery.waits', { count: waiting, age, kb });
}
