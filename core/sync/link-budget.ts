import type { Clock } from '../model/clock.ts';
import { startOfLocalDay } from '../model/local-time.ts';
import type { ReadableStore, WritableStore } from '../store/handle.ts';
import type { SyncFault, SyncTarget } from './target.ts';

/** Why nothing of a target may go over the link now, and for how long. */
export interface LinkHold {
  readonly fault: SyncFault;
  readonly waitMs: number;
}

export interface LinkBudgetStatus {
  readonly bytesPerDay: number;
  readonly usedBytes: number;
  /** When the next day begins at the plant. */
  readonly renewsAtMs: number;
}

/** What may go over a metered link in a day. */
export interface LinkBudget {
  hold(target: Pick<SyncTarget, 'isPublic'>): LinkHold | undefined;
  /** Bytes went over the link, or are about to. Durable when it returns. */
  spend(target: string, bytes: number): void;
  status(): LinkBudgetStatus;
}

export interface KeptLinkBudgetParts {
  readonly store: WritableStore;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly timezone: string;
  readonly bytesPerDay: number;
}

/** Uploads may use so much of a day; the rest is for the small messages of public targets, which must not wait behind them. */
export const BULK_SHARE = 0.8;
/** Every local day holds the moment that lies so long after its predecessor's begin: days have 23 to 25 hours. */
const INTO_NEXT_DAY_MS = 36 * 3_600_000;

/**
 * Counts by the plant's own days in the store, so that neither a restart nor a step of the clock gives a day its bytes a
 * second time. What is under way when a day's bytes are used up is let through.
 */
export function keptLinkBudget({ store, clock, timezone, bytesPerDay }: KeptLinkBudgetParts): LinkBudget {
  let day = { startMs: 0, endMs: 0 };
  const today = (): typeof day => {
    const nowMs = clock.wallMs();
    if (nowMs < day.startMs || nowMs >= day.endMs) {
      const startMs = startOfLocalDay(nowMs, timezone);
      day = { startMs, endMs: startOfLocalDay(startMs + INTO_NEXT_DAY_MS, timezone) };
    }
    return day;
  };
  return {
    hold: ({ isPublic }) => {
      const { startMs, endMs } = today();
      const used = usedBytes(store, startMs);
      if (used < (isPublic ? bytesPerDay : Math.floor(bytesPerDay * BULK_SHARE))) return undefined;
      return { fault: usedUp(bytesPerDay, used < bytesPerDay), waitMs: endMs - clock.wallMs() };
    },
    spend: (target, bytes) => {
      store.run(
        `INSERT INTO link_days (day_ms, target, bytes) VALUES (?, ?, ?)
         ON CONFLICT (day_ms, target) DO UPDATE SET bytes = bytes + excluded.bytes`,
        today().startMs,
        target,
        bytes,
      );
    },
    status: () => {
      const { startMs, endMs } = today();
      return { bytesPerDay, usedBytes: usedBytes(store, startMs), renewsAtMs: endMs };
    },
  };
}

/** Bytes that went over the link on the local day that began at `dayMs`. */
export function usedBytes(store: ReadableStore, dayMs: number): number {
  const sql = 'SELECT coalesce(sum(bytes), 0) AS bytes FROM link_days WHERE day_ms = ?';
  return store.get<{ bytes: number }>(sql, dayMs)?.bytes ?? 0;
}

export const BUDGET_CODE = 'SYN_LINK_BUDGET';
const BYTES_PER_MB = 1_000_000;

/** Two digits at most after the point, none where they are zero: `2 MB`, `0.25 MB`. */
export function inMb(bytes: number): string {
  return `${Number((bytes / BYTES_PER_MB).toFixed(2))} MB`;
}

function usedUp(bytesPerDay: number, isRestKept: boolean): SyncFault {
  const message = isRestKept
    ? `What is left of today's ${inMb(bytesPerDay)} over the metered link is kept for the small messages.`
    : `Today's ${inMb(bytesPerDay)} over the metered link are used up.`;
  return {
    code: BUDGET_CODE,
    message,
    hint: 'what waits goes on at midnight; bytesPerDay under sync.link allows more',
  };
}
