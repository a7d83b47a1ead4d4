import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Entry, UnitStatus } from '../api/types.ts';
import { useEntries } from '../data/use-ledger.ts';
import { useZone } from '../data/use-zone.ts';
import { shortDigest } from '../format/digest.ts';
import { formatNumber, NO_VALUE } from '../format/number.ts';
import { formatInterval } from '../format/time.ts';
import { en } from '../text/en.ts';
import styles from './entry-table.module.css';
import { Instant } from './instant.tsx';
import { Panel } from './panel.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import tableStyles from './table.module.css';
import { useTargetName } from './target-list.tsx';
import { useGapReason } from './use-gap-reason.ts';

const PAGE_LENGTH = 20;

interface EntryTableProperties {
  readonly size: number;
  /** Entries below this index; the newest without it. */
  readonly before: number | undefined;
  readonly units: readonly UnitStatus[];
}

/** Entries of the ledger by kind, newest first. */
export function EntryTable({ size, before, units }: EntryTableProperties): ReactNode {
  const { t } = useTranslation();
  const to = Math.min(size, before ?? size);
  const from = Math.max(0, to - PAGE_LENGTH);
  const entries = useEntries(from, to);
  if (size === 0) return <p>{t('ledger.empty')}</p>;
  return (
    <Panel title={t('ledger.entries')} aside={<Pager {...{ from, to, size }} />} padding="none">
      <ScrollRegion label={t('ledger.entries')}>
        <table className={tableStyles.table}>
          <thead>
            <tr>
              <th scope="col">{t('ledger.index')}</th>
              <th scope="col">{t('ledger.kind')}</th>
              <th scope="col">{t('ledger.recorded')}</th>
              <th scope="col" data-grow="true">
                {t('ledger.summary')}
              </th>
              <th scope="col">SHA-256</th>
            </tr>
          </thead>
          <tbody>
            {entries.map(({ index, entry }) => (
              <EntryRow key={index} index={index} entry={entry} units={units} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Panel>
  );
}

function Pager({ from, to, size }: { readonly from: number; readonly to: number; readonly size: number }): ReactNode {
  const { t } = useTranslation();
  const newer = to + PAGE_LENGTH;
  return (
    <div className={styles.pager}>
      <span>{t('ledger.range', { from, to: to - 1, size })}</span>
      {to < size && (
        <>
          <Link to="/ledger" search={{}}>
            {t('ledger.head')}
          </Link>
          <Link to="/ledger" search={newer >= size ? {} : { before: newer }}>
            {t('ledger.newer')}
          </Link>
        </>
      )}
      {from > 0 && (
        <Link to="/ledger" search={{ before: from }}>
          {t('ledger.older')}
        </Link>
      )}
    </div>
  );
}

interface EntryRowProperties {
  readonly index: number;
  readonly entry: Entry | undefined;
  readonly units: readonly UnitStatus[];
}

function EntryRow({ index, entry, units }: EntryRowProperties): ReactNode {
  const { t } = useTranslation();
  const summarize = useSummary(units);
  if (entry === undefined) {
    return (
      <tr>
        <td>{formatNumber(index)}</td>
        <td colSpan={4}>{NO_VALUE}</td>
      </tr>
    );
  }
  const kind = entry.kind in en.ledger.kinds ? (entry.kind as keyof typeof en.ledger.kinds) : 'other';
  const { at } = entry.entry;
  return (
    <tr>
      <td>{formatNumber(index)}</td>
      <td>{t(`ledger.kinds.${kind}`)}</td>
      <td>{typeof at === 'string' ? <Instant at={at} /> : NO_VALUE}</td>
      <td data-grow="true">
        <EntryLink index={index} entry={entry}>
          {summarize(entry)}
        </EntryLink>
      </td>
      <td>
        <code title={entry.leafHash}>{shortDigest(entry.leafHash)}</code>
      </td>
    </tr>
  );
}

/** A reading leads to its page; a batch, and the receipt for one, to that of the batch. */
function EntryLink({ index, entry, children }: EntryLinkProperties): ReactNode {
  const { batch } = (entry.entry.body ?? {}) as EntryBody;
  if (entry.kind === 'reading') {
    return (
      <Link to="/readings/$index" params={{ index: String(index) }}>
        {children}
      </Link>
    );
  }
  const at = entry.kind === 'batch' ? index : entry.kind === 'receipt' ? batch : undefined;
  if (at === undefined) return children;
  return (
    <Link to="/delivery/$index" params={{ index: String(at) }}>
      {children}
    </Link>
  );
}

interface EntryLinkProperties {
  readonly index: number;
  readonly entry: Entry;
  readonly children: ReactNode;
}

/** What the console reads of an entry's body, whatever its kind. */
interface EntryBody {
  readonly point?: string;
  readonly unitId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly reading?: EntryBody;
  readonly readingIndex?: number;
  readonly decision?: string;
  readonly by?: string;
  readonly first?: number;
  readonly end?: number;
  readonly size?: number;
  readonly target?: string;
  readonly batch?: number;
  readonly stepMs?: number;
  readonly device?: string;
  readonly reason?: string;
  readonly verdict?: { readonly status?: 'APPROVED' | 'FLAGGED' | 'REJECTED' };
}

function useSummary(units: readonly UnitStatus[]): (entry: Entry) => string {
  const { t } = useTranslation();
  const { shown } = useZone();
  const reasonOf = useGapReason();
  const nameOf = useTargetName();
  return ({ kind, entry }) => {
    const body = (entry.body ?? {}) as EntryBody;
    const { unitId, from = '', to = '' } = body.reading ?? body;
    const unit = units.find((item) => item.id === unitId)?.name ?? unitId ?? NO_VALUE;
    const interval = (): string => formatInterval(Date.parse(from), Date.parse(to), shown);
    if (kind === 'reading' && body.verdict?.status !== undefined) {
      const status = t(`verdict.${body.verdict.status}`).toLowerCase();
      return t('ledger.summaries.reading', { unit, interval: interval(), status });
    }
    if (kind === 'gap') {
      const reason = reasonOf(body.reason ?? '').replace(/^(?!Forebay)./, (letter) => letter.toLowerCase());
      return t('ledger.summaries.gap', { unit, interval: interval(), reason });
    }
    if (kind === 'meter') return t('ledger.summaries.meter', { unit, point: body.point ?? NO_VALUE });
    if (kind === 'review') {
      const { decision, by = NO_VALUE, readingIndex: index = 0 } = body;
      return t(decision === 'approve' ? 'ledger.summaries.reviewApprove' : 'ledger.summaries.reviewReject', {
        unit,
        by,
        index,
      });
    }
    if (kind === 'batch') {
      const { first = 0, end = 0 } = body;
      if (end - first === 1) return t('ledger.summaries.batchOfOne', { first });
      return t('ledger.summaries.batch', { first, last: end - 1 });
    }
    if (kind === 'receipt') {
      const { target = NO_VALUE, batch = 0 } = body;
      return t('ledger.summaries.receipt', { target: nameOf(target), batch });
    }
    if (kind === 'received') return t('ledger.summaries.received', { size: body.size ?? 0 });
    if (kind === 'confirmation') return t('ledger.summaries.confirmation', { by: body.by ?? NO_VALUE });
    if (kind === 'clock') {
      const { device, reason = t('ledger.summaries.clock') } = body;
      if (body.stepMs !== undefined) return t('ledger.summaries.clockStep');
      return device === undefined ? reason : `${device}: ${reason}`;
    }
    return kind in en.ledger.summaries ? t(`ledger.summaries.${kind as 'genesis'}`) : kind;
  };
}
