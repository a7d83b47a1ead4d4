import type { ReadableStore, WritableStore } from '../store/handle.ts';

/** What was tried with a target since the store began. */
export interface DeliveryCounts {
  /** How often something was sent or asked for, and how often of these something that had been tried before. */
  readonly attempts: number;
  readonly retries: number;
  /** Failed attempts by the code of their fault. */
  readonly failures: Readonly<Record<string, number>>;
  /** When the target last answered, on the wall clock. */
  readonly lastContactMs?: number;
}

export function countAttempt(write: WritableStore, target: string, isRetry: boolean): void {
  write.run(
    `INSERT INTO target_counts (target, attempts, retries) VALUES (?, 1, ?)
     ON CONFLICT (target) DO UPDATE SET attempts = attempts + 1, retries = retries + excluded.retries`,
    target,
    isRetry ? 1 : 0,
  );
}

export function countFailure(write: WritableStore, target: string, code: string): void {
  write.run(
    `INSERT INTO target_failures (target, code, failures) VALUES (?, ?, 1)
     ON CONFLICT (target, code) DO UPDATE SET failures = failures + 1`,
    target,
    code,
  );
}

export function noteContact(write: WritableStore, target: string, nowMs: number): void {
  write.run(
    `INSERT INTO target_counts (target, last_contact_ms) VALUES (?, ?)
     ON CONFLICT (target) DO UPDATE SET last_contact_ms = excluded.last_contact_ms`,
    target,
    nowMs,
  );
}

export function deliveryCounts(store: ReadableStore, target: string): DeliveryCounts {
  const row = store.get<{ attempts: number; retries: number; lastContactMs: number | null }>(
    'SELECT attempts, retries, last_contact_ms AS lastContactMs FROM target_counts WHERE target = ?',
    target,
  );
  const failures = store.all<{ code: string; failures: number }>(
    'SELECT code, failures FROM target_failures WHERE target = ? ORDER BY code',
    target,
  );
  return {
    attempts: row?.attempts ?? 0,
    retries: row?.retries ?? 0,
    failures: Object.fromEntries(failures.map((failure) => [failure.code, failure.failures])),
    ...(typeof row?.lastContactMs === 'number' ? { lastContactMs: row.lastContactMs } : {}),
  };
}

/** A batch that was sealed so short a time ago may still be on its way. */
export const DUE_AFTER_MS = 3_600_000;
/** More batches than these are not young at once, so that counting them costs the same whatever waits. */
export const YOUNG_MAX = 500;

/** Open deliveries from the newest back. */
export const YOUNG_SQL = `SELECT to_ms AS toMs FROM deliveries INDEXED BY deliveries_open JOIN batches ON idx = batch_idx
  WHERE target = ? AND state <> 'delivered' ORDER BY batch_idx DESC LIMIT ${YOUNG_MAX}`;

export interface DeliverySuccess {
  /** Batches that should be at the target by now. */
  readonly due: number;
  /** Those of which the target gave its receipt. */
  readonly confirmed: number;
}

/**
 * What a pilot's gate on deliveries is computed from, over everything that was ever sealed for the target: confirmed are the
 * deliveries with a receipt; due are these, the parked ones, and every other one whose batch was sealed more than an hour
 * ago. Follows from the outbox, so neither a restart nor a rebuild sets it back.
 */
export function deliverySuccess(
  store: ReadableStore,
  target: string,
  { delivered, open }: { readonly delivered: number; readonly open: number },
  nowMs: number,
): DeliverySuccess {
  let young = 0;
  for (const { toMs } of store.all<{ toMs: number }>(YOUNG_SQL, target)) {
    // A batch of the future was sealed by a clock that was put back since.
    if (toMs <= nowMs - DUE_AFTER_MS) break;
    young += 1;
  }
  return { confirmed: delivered, due: delivered + open - young };
}
