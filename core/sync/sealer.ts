import { assert } from '../model/assert.ts';
import type { JsonObject } from '../model/json.ts';
import { alignDown, toIso } from '../model/time.ts';
import { type Attestation, attestationBody, MESSAGE_BYTES_MAX } from './attestation.ts';
import type { Batch } from './batch.ts';
import { type RunFacts, type SealedEntry, sumRun } from './sum-run.ts';

/** When runs are sealed: one for each period, or one for each reading. */
export type SealMode = { readonly kind: 'merkle'; readonly everyMs: number } | { readonly kind: 'direct' };

/** Where sealing stands: the end of the last run, and of the time that it was sealed for. */
export interface SealedUntil {
  readonly end: number;
  readonly toMs: number;
}

/** What of the ledger and the device the sealer needs. */
export interface SealerParts extends RunFacts {
  readonly mode: SealMode;
  readonly plantId: string;
  readonly did: string;
  readonly methodology: string | null;
  readonly targets: readonly string[];
  /** Origin, size and root of the newest checkpoint. */
  head(): Pick<Attestation, 'origin' | 'size' | 'root'>;
  entries(first: number, end: number): Iterable<SealedEntry>;
  /** The body with its signature, as canonical JSON, and the SHA-256 of its bytes in hexadecimal. */
  sign(body: JsonObject): { readonly message: string; readonly id: string };
  /** Records the entries of kind `batch`, with the outbox rows of each, in one write. */
  record(batches: readonly SealedBatch[]): void;
}

export interface SealedBatch {
  readonly batch: Batch;
  readonly toMs: number;
  /** Body of the entry. */
  readonly body: JsonObject;
}

/** Entries that nobody would seal alone: what sealing and delivering themselves write. */
export const OWN_KINDS: readonly ('batch' | 'receipt' | 'received')[] = ['batch', 'receipt', 'received'];
/** Readings of a period are recorded a little after it ends. */
export const GRACE_MS = 60_000;
/** What is more goes into a further run, so that sealing a long history never takes long at once. */
export const RUN_ENTRIES_MAX = 500;
/** So many readings are sealed in one write where each is sealed by itself: some milliseconds, so that polls keep their time. */
const SEALED_TOGETHER_MAX = 40;
/** Where each reading is sealed by itself, other entries go with the next one, or alone when none comes for so long. */
export const ALONE_AFTER_MS = 600_000;

/**
 * Seals what is due, and returns where sealing stands then. A run that is longer than a period, since the appliance was
 * off or the store was full, is sealed as one: a batch says from when to when its readings are, and nothing is left out.
 */
export function seal(parts: SealerParts, until: SealedUntil, nowMs: number): SealedUntil {
  const { size } = parts.head();
  if (until.end >= size) return until;
  return parts.mode.kind === 'direct'
    ? sealEachReading(parts, until, size, nowMs)
    : sealPeriod(parts, until, size, nowMs, parts.mode.everyMs);
}

function sealPeriod(parts: SealerParts, until: SealedUntil, size: number, nowMs: number, everyMs: number): SealedUntil {
  const toMs = alignDown(nowMs - GRACE_MS, everyMs);
  // After a step of the clock into the past sealing goes on by the new time; the entries of the step say why.
  if (until.toMs > nowMs) return sealPeriod(parts, { ...until, toMs: toMs - everyMs }, size, nowMs, everyMs);
  if (toMs <= until.toMs) return until;
  const last = Math.min(size, until.end + RUN_ENTRIES_MAX);
  const end = endOfPeriod(parts, { first: until.end, end: last, toMs }, nowMs);
  const isFull = end === last && end < size;
  // A full run of what delivering wrote, as after a long outage, is sealed for the sake of what stands behind it.
  if (!hasNews(parts.entries(until.end, isFull ? size : end))) return { ...until, toMs };
  parts.record([sealRun(parts, { first: until.end, end, fromMs: until.toMs, toMs }, size)]);
  // A run that is cut since it is full goes on at once; one that is cut by the period's end, with the next period.
  return { end, toMs: isFull ? until.toMs : toMs };
}

/**
 * Where the run ends: before the first reading of the period that goes on. A reading that is later than the clock, since
 * that was put back, ends no run: it would hold sealing up until the clock comes there again.
 */
function endOfPeriod(parts: SealerParts, { first, end, toMs }: Omit<Run, 'fromMs'>, nowMs: number): number {
  for (const { index, kind } of parts.entries(first, end)) {
    if (kind !== 'reading') continue;
    const readToMs = Date.parse(parts.readingAt(index).reading.to);
    if (readToMs > toMs && readToMs <= nowMs) return index;
  }
  return end;
}

function sealEachReading(parts: SealerParts, until: SealedUntil, size: number, nowMs: number): SealedUntil {
  const ends: number[] = [];
  const last = Math.min(size, until.end + RUN_ENTRIES_MAX);
  for (const { index, kind } of parts.entries(until.end, last)) {
    if (kind === 'reading') ends.push(index + 1);
    if (ends.length === SEALED_TOGETHER_MAX) break;
  }
  const isOverdue = nowMs - until.toMs >= ALONE_AFTER_MS && hasNews(parts.entries(until.end, last));
  if (ends.length === 0 && (last < size || isOverdue)) ends.push(last);
  if (ends.length === 0) return until;
  let first = until.end;
  let fromMs = Math.min(until.toMs, nowMs);
  const sealed = ends.map((end, order) => {
    const batch = sealRun(parts, { first, end, fromMs, toMs: Math.max(nowMs, fromMs) }, size + order);
    first = end;
    fromMs = batch.toMs;
    return batch;
  });
  parts.record(sealed);
  return { end: first, toMs: fromMs };
}

function hasNews(entries: Iterable<SealedEntry>): boolean {
  for (const { kind } of entries) if (!OWN_KINDS.some((own) => own === kind)) return true;
  return false;
}

interface Run {
  readonly first: number;
  readonly end: number;
  readonly fromMs: number;
  readonly toMs: number;
}

function sealRun(parts: SealerParts, { first, end, fromMs, toMs }: Run, index: number): SealedBatch {
  const { plantId, did, methodology, targets } = parts;
  const head = parts.head();
  const { readings: _, ...sums } = sumRun(parts.entries(first, end), first, end, parts);
  const attestation: Attestation = { plantId, did, methodology, ...head, first, end, ...sums };
  const { message, id } = parts.sign(attestationBody(attestation));
  const bytes = Buffer.byteLength(message, 'utf8');
  assert(bytes <= MESSAGE_BYTES_MAX, `a message of ${bytes} bytes fits into one of Hedera`);
  const slot = { sealedFrom: toIso(fromMs), sealedTo: toIso(toMs) };
  return {
    batch: { index, id, message, first, end, size: head.size },
    toMs,
    body: { v: 2, id, message, first, end, size: head.size, ...slot, targets },
  };
}
