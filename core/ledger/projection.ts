import { fingerprintOf } from '../acquisition/fingerprint.ts';
import type { Reading } from '../acquisition/reading.ts';
import { Failure } from '../model/failure.ts';
import type { JsonObject } from '../model/json.ts';
import { parseIso, toIso } from '../model/time.ts';
import type { Review, ReviewedVerdict } from '../verification/review.ts';
import type { Entry } from './entry.ts';

/**
 * What queries need of a reading entry, as one flat row. A projection is computed from the entry alone, so it can be
 * rebuilt, and fsck compares every stored row with the one computed anew.
 */
export interface ReadingRow {
  readonly index: number;
  readonly unitId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: string;
  readonly trustScore: number;
  /** Null where the reading has none: missing is not zero. */
  readonly energyWh: number | null;
  readonly energyImportWh: number | null;
  readonly energySource: string | null;
  readonly coverage: number;
  /** What its measured values look like together; null for readings that repeat honestly. */
  readonly fingerprint: number | null;
}

export interface GapRow {
  readonly index: number;
  readonly unitId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
  /** `counter-difference` or `not-credited`; null where nothing was said of it. */
  readonly treatment: string | null;
  /** Energy that the meter counted over the gap; null where it is not known. */
  readonly energyWh: number | null;
  /** Index of the reading that this energy is in. */
  readonly readingIndex: number | null;
  /** How much of the time is missing: all of it, but for flapping. */
  readonly missingMs: number;
}

/** @throws Failure `LED_BODY_INVALID` when the body of a reading entry lacks what every reading has. */
export function projectReading(entry: Entry): ReadingRow {
  const reading = objectField(entry, entry.body, 'reading');
  const verdict = objectField(entry, entry.body, 'verdict');
  return {
    index: entry.index,
    unitId: textField(entry, reading, 'unitId'),
    fromMs: instantField(entry, reading, 'from'),
    toMs: instantField(entry, reading, 'to'),
    status: textField(entry, verdict, 'status'),
    trustScore: numberField(entry, verdict, 'trustScore'),
    energyWh: typeof reading.energyWh === 'number' ? reading.energyWh : null,
    energyImportWh: typeof reading.energyImportWh === 'number' ? reading.energyImportWh : null,
    energySource: typeof reading.energySource === 'string' ? reading.energySource : null,
    coverage: numberField(entry, reading, 'coverage'),
    fingerprint: fingerprintOf(reading as unknown as Reading) ?? null,
  };
}

/** A person's decision on a reading, with everything that its standing and its history are made of. */
export interface ReviewRow {
  readonly index: number;
  readonly readingIndex: number;
  readonly unitId: string;
  readonly atMs: number;
  readonly decision: string;
  readonly reason: string;
  readonly by: string;
  readonly account: string;
  readonly role: string;
  /** 1 where plant.yaml asked for two persons then, else 0. */
  readonly fourEyes: number;
}

/** A reading that a person has still to look at; the row goes once a decision on it counts. */
export interface WaitingRow {
  readonly index: number;
  readonly unitId: string;
  readonly fromMs: number;
}

export interface PushRow {
  readonly index: number;
  readonly unitId: string;
  readonly bodySha256: string;
  readonly nonce: string | null;
}

/**
 * What a pushed reading came with, or undefined for one that was polled.
 *
 * @throws Failure `LED_BODY_INVALID` when a pushed reading does not name its body.
 */
export function projectPush(entry: Entry): PushRow | undefined {
  const reading = objectField(entry, entry.body, 'reading');
  if (reading.push === undefined) return undefined;
  const push = objectField(entry, reading, 'push');
  return {
    index: entry.index,
    unitId: textField(entry, reading, 'unitId'),
    bodySha256: textField(entry, push, 'bodySha256'),
    nonce: typeof push.nonce === 'string' ? push.nonce : null,
  };
}

/** A sealed batch, and the targets that it was sealed for, sorted, a line each. */
export interface BatchRow {
  readonly index: number;
  /** SHA-256 of the message, lower-case hexadecimal. */
  readonly id: string;
  readonly message: string;
  readonly first: number;
  readonly end: number;
  readonly size: number;
  readonly toMs: number;
  readonly targets: string;
}

/** A delivery that a receipt ended. */
export interface ReceiptRow extends MessagePlace {
  readonly index: number;
  readonly target: string;
  readonly batchIndex: number;
  readonly state: string;
  readonly receivedAt: string;
}

/** Where a public target says that the message stands; all null in receipts of private ones. */
export interface MessagePlace {
  readonly network: string | null;
  readonly topic: string | null;
  readonly sequence: number | null;
  readonly hederaTxId: string | null;
  /** Seconds and nanoseconds of the Unix time, `1764067200.123456789`. */
  readonly consensusAt: string | null;
}

/** @throws Failure `LED_BODY_INVALID` when the body of a batch entry lacks what every batch has. */
export function projectBatch(entry: Entry): BatchRow {
  const { index, body } = entry;
  const { targets } = body;
  if (!Array.isArray(targets)) throw invalid(entry, 'targets', 'a list');
  return {
    index,
    id: textField(entry, body, 'id'),
    message: textField(entry, body, 'message'),
    first: numberField(entry, body, 'first'),
    end: numberField(entry, body, 'end'),
    size: numberField(entry, body, 'size'),
    toMs: instantField(entry, body, body.v === 1 ? 'to' : 'sealedTo'),
    targets: targets.map(String).sort().join('\n'),
  };
}

/** @throws Failure `LED_BODY_INVALID` when the body of a receipt entry names no target or batch. */
export function projectReceipt(entry: Entry): ReceiptRow {
  const { index, at, body } = entry;
  const { network, topic, sequence, transactionId, consensusTimestamp } = objectField(entry, body, 'receipt');
  return {
    index,
    target: textField(entry, body, 'target'),
    batchIndex: numberField(entry, body, 'batch'),
    state: 'delivered',
    receivedAt: at,
    network: textOrNull(network),
    topic: textOrNull(topic),
    sequence: Number.isSafeInteger(sequence) ? Number(sequence) : null,
    hederaTxId: textOrNull(transactionId),
    consensusAt: textOrNull(consensusTimestamp),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** @throws Failure `LED_BODY_INVALID` when the body of a gap entry lacks what every gap has. */
export function projectGap(entry: Entry): GapRow {
  const { body } = entry;
  const fromMs = instantField(entry, body, 'from');
  const toMs = instantField(entry, body, 'to');
  return {
    index: entry.index,
    unitId: textField(entry, body, 'unitId'),
    fromMs,
    toMs,
    reason: textField(entry, body, 'reason'),
    treatment: typeof body.treatment === 'string' ? body.treatment : null,
    energyWh: typeof body.energyWh === 'number' ? body.energyWh : null,
    readingIndex: typeof body.reading === 'number' ? body.reading : null,
    missingMs: typeof body.missingSeconds === 'number' ? Math.round(body.missingSeconds * 1000) : toMs - fromMs,
  };
}

/** @throws Failure `LED_BODY_INVALID` when the body of a review entry lacks what every review has. */
export function projectReview(entry: Entry): ReviewRow {
  const { body } = entry;
  return {
    index: entry.index,
    readingIndex: numberField(entry, body, 'readingIndex'),
    unitId: textField(entry, body, 'unitId'),
    atMs: instantField(entry, { at: entry.at }, 'at'),
    decision: textField(entry, body, 'decision'),
    reason: textField(entry, body, 'reason'),
    by: textField(entry, body, 'by'),
    account: textField(entry, body, 'account'),
    role: textField(entry, body, 'role'),
    fourEyes: body.fourEyes === true ? 1 : 0,
  };
}

/** What of the verdict in a reading's entry a review goes by. */
export function projectVerdict(entry: Entry): ReviewedVerdict {
  const verdict = objectField(entry, entry.body, 'verdict');
  textField(entry, verdict, 'status');
  return { findings: [], ...verdict } as unknown as ReviewedVerdict;
}

/** A row as the rules of review know it. Its decision and role stand as they were recorded, known or not. */
export function toReview(row: ReviewRow): Review {
  const { index, atMs, decision, reason, by, account, role, fourEyes } = row;
  const words = { decision, role } as Pick<Review, 'decision' | 'role'>;
  return { index, at: toIso(atMs), ...words, reason, by, account, fourEyes: fourEyes === 1 };
}

function objectField(entry: Entry, object: JsonObject, name: string): JsonObject {
  const value = object[name];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(entry, name, 'an object');
  return value as JsonObject;
}

function textField(entry: Entry, object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== 'string') throw invalid(entry, name, 'a text');
  return value;
}

function numberField(entry: Entry, object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value !== 'number') throw invalid(entry, name, 'a number');
  return value;
}

function instantField(entry: Entry, object: JsonObject, name: string): number {
  const utcMs = parseIso(textField(entry, object, name));
  if (utcMs === undefined) throw invalid(entry, name, 'an ISO 8601 instant');
  return utcMs;
}

function invalid(entry: Entry, name: string, wanted: string): Failure {
  return new Failure('LED_BODY_INVALID', `Entry ${entry.index} (${entry.kind}) has no ${name} that is ${wanted}.`);
}
