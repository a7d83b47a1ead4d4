import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCheckpoint } from '../data/use-ledger.ts';
import { type HeldStatus, useStatus } from '../data/use-status.ts';
import { formatBytes, formatNumber, NO_VALUE } from '../format/number.ts';
import { Answer } from '../parts/answer.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { EntryTable } from '../parts/entry-table.tsx';
import { Instant } from '../parts/instant.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Panel } from '../parts/panel.tsx';
import { Sentence } from '../parts/sentence.tsx';
import styles from './ledger-page.module.css';

export interface LedgerSearch {
  /** The entries shown lie before this index; the head without it. */
  readonly before?: number;
}

/** What of an address says where in the ledger to look. */
export function ledgerSearchOf({ before }: Record<string, unknown>): LedgerSearch {
  return typeof before === 'number' && Number.isSafeInteger(before) && before > 0 ? { before } : {};
}

export function LedgerPage({ search }: { readonly search: LedgerSearch }): ReactNode {
  return <Answer query={useStatus()}>{(status) => <Ledger status={status} search={search} />}</Answer>;
}

function Ledger({ status, search }: { readonly status: HeldStatus; readonly search: LedgerSearch }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('ledger.title')} tabTitle={t('ledger.title')} lead={t('ledger.lead')} />
      <div className={styles.top}>
        <LedgerHead status={status} />
        <CheckpointNote />
      </div>
      <EntryTable size={status.ledger.size} before={search.before} units={status.plant.units} />
    </>
  );
}

function LedgerHead({ status: { ledger, disk, backup, appliance } }: { readonly status: HeldStatus }): ReactNode {
  const { t } = useTranslation();
  const total = formatBytes(disk.totalBytes);
  const store = formatBytes(disk.storeBytes);
  const broken = appliance.keys.filter(({ how }) => how === 'lost');
  return (
    <section className={styles.head} aria-label={t('ledger.head')}>
      <dl className={styles.figures}>
        <div>
          <dt>{t('ledger.size')}</dt>
          <dd>{formatNumber(ledger.size)}</dd>
        </div>
        <div>
          <dt>{t('ledger.readings')}</dt>
          <dd>{formatNumber(ledger.readings)}</dd>
        </div>
        <div>
          <dt>{t('ledger.checkpointAt')}</dt>
          <dd>{ledger.checkpointAt === null ? NO_VALUE : <Instant at={ledger.checkpointAt} />}</dd>
        </div>
      </dl>
      <dl className={styles.facts}>
        <dt>{t('ledger.root')}</dt>
        <dd>
          <code>{ledger.root}</code>
        </dd>
        <dt>{t('ledger.key')}</dt>
        <dd>
          <code>{appliance.deviceKey}</code>
          <br />
          <code>{appliance.did}</code>
        </dd>
        {broken.length > 0 && (
          <>
            <dt>{t('ledger.keyBreak')}</dt>
            <dd>
              {t('ledger.keyBreakLine', {
                entries: broken.map(({ entryIndex }) => formatNumber(entryIndex)).join(', '),
              })}
            </dd>
          </>
        )}
        <dt>{t('ledger.check')}</dt>
        <dd>
          <Sentence text={ledger.check.reason} />
        </dd>
        <dt>{t('ledger.disk')}</dt>
        <dd>
          <Sentence text={t('ledger.diskLine', { total, store, reason: disk.reason })} />
        </dd>
        <dt>{t('ledger.backup')}</dt>
        <dd>
          <Sentence
            text={[backup.reason, backup.problem?.message, backup.otherHistory?.message].filter(Boolean).join('. ')}
          />
        </dd>
      </dl>
    </section>
  );
}

function CheckpointNote(): ReactNode {
  const { t } = useTranslation();
  const checkpoint = useCheckpoint();
  return (
    <Panel
      title={t('ledger.note')}
      lead={t('ledger.noteLead')}
      aside={checkpoint.data !== undefined && <CopyButton text={checkpoint.data.note} />}
    >
      <Answer query={checkpoint}>
        {({ note }) => (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard.
          <pre className={styles.note} tabIndex={0}>
            {note}
          </pre>
        )}
      </Answer>
    </Panel>
  );
}
