import { assert, present } from '../../core/model/assert.ts';
import type { Address, Area } from './address.ts';
import { DATA_TYPES } from './data-type.ts';

/** A run of bytes in one area: what one value takes, or what one item of a request asks for. */
export interface Span {
  readonly area: Area;
  readonly db: number;
  readonly byte: number;
  readonly bytes: number;
}

/** One item of a request, and which of the spans lie in it, by their index in what was planned. */
export interface Run extends Span {
  readonly members: readonly number[];
}

/** What a PLC has taught: places where an item must not run on. */
export interface RunBarriers {
  /** No run reaches from below this byte over it: the two together were refused. */
  isCut(span: Span): boolean;
  /** Bytes that were refused lie between `fromByte` and `toByte` of the span's area. */
  isRefused(span: Span, fromByte: number, toByte: number): boolean;
}

/** S7 allows 20 variables in one request. */
export const ITEMS_MAX = 20;
/** Header and parameters of a reply, and in front of the data of each item. */
const REPLY_BYTES = 14;
const REPLY_ITEM_BYTES = 4;
/** Header and parameters of a request, and the address of each item. */
const REQUEST_BYTES = 12;
const REQUEST_ITEM_BYTES = 12;

/** The most bytes that one item can bring within a message of `pduBytes`. */
export function mostItemBytes(pduBytes: number): number {
  return pduBytes - REPLY_BYTES - REPLY_ITEM_BYTES;
}

export function spanOf({ area, db, byte, type }: Address): Span {
  return { area, db, byte, bytes: DATA_TYPES[type].bytes };
}

/**
 * Joins spans to the fewest runs: every span lies in exactly one run as a whole, so that no value is torn between two
 * items. The same spans give the same runs, whatever order they come in.
 */
export function planRuns(spans: readonly Span[], gap: number, pduBytes: number, barriers: RunBarriers): Run[] {
  const order = spans
    .map((_, index) => index)
    .sort((a, b) => compareSpans(spanAt(spans, a), spanAt(spans, b)) || a - b);
  const runs: { area: Area; db: number; byte: number; end: number; members: number[] }[] = [];
  for (const index of order) {
    const span = spanAt(spans, index);
    const end = span.byte + span.bytes;
    const current = runs.at(-1);
    const isSame = current !== undefined && current.area === span.area && current.db === span.db;
    const joinedEnd = Math.max(current?.end ?? 0, end);
    if (
      isSame &&
      span.byte - current.end <= gap &&
      joinedEnd - current.byte <= mostItemBytes(pduBytes) &&
      !barriers.isRefused(span, current.byte, joinedEnd) &&
      (span.byte === current.byte || !barriers.isCut(span))
    ) {
      current.members.push(index);
      current.end = joinedEnd;
    } else {
      runs.push({ area: span.area, db: span.db, byte: span.byte, end, members: [index] });
    }
  }
  return runs.map(({ area, db, byte, end, members }) => ({ area, db, byte, bytes: end - byte, members }));
}

/** Puts runs together to requests whose reply and whose own length the PLC's message size allows. */
export function groupRuns(runs: readonly Run[], pduBytes: number): Run[][] {
  const groups: Run[][] = [];
  let room = { reply: 0, request: 0 };
  for (const run of runs) {
    // Every item but the last is filled up to an even length; counting the fill always is never too little.
    const reply = REPLY_ITEM_BYTES + run.bytes + (run.bytes % 2);
    assert(REPLY_BYTES + REPLY_ITEM_BYTES + run.bytes <= pduBytes, `an item of ${run.bytes} bytes fits in one reply`);
    const group = groups.at(-1);
    const fits = reply <= room.reply && REQUEST_ITEM_BYTES <= room.request;
    if (group !== undefined && fits && group.length < ITEMS_MAX) {
      group.push(run);
    } else {
      groups.push([run]);
      room = { reply: pduBytes - REPLY_BYTES, request: pduBytes - REQUEST_BYTES };
    }
    room = { reply: room.reply - reply, request: room.request - REQUEST_ITEM_BYTES };
  }
  return groups;
}

/** The two halves of a run, or nothing when all its members are one and the same run of bytes. */
export function halveRun(run: Run, spans: readonly Span[]): [Run, Run] | [] {
  const ordered = [...run.members].sort((a, b) => compareSpans(spanAt(spans, a), spanAt(spans, b)));
  // Where a value begins or ends otherwise than the one before it.
  const steps = ordered.flatMap((index, at) => {
    const before = ordered[at - 1];
    return before === undefined || compareSpans(spanAt(spans, before), spanAt(spans, index)) === 0 ? [] : [at];
  });
  const middle = steps[Math.floor(steps.length / 2)];
  if (middle === undefined) return [];
  return [runOf(ordered.slice(0, middle), spans), runOf(ordered.slice(middle), spans)];
}

/** The run that holds the given spans, which lie in one area. */
export function runOf(members: readonly number[], spans: readonly Span[]): Run {
  const own = members.map((index) => spanAt(spans, index));
  const { area, db } = present(own[0], 'a member of the run');
  const byte = Math.min(...own.map((span) => span.byte));
  const end = Math.max(...own.map((span) => span.byte + span.bytes));
  return { area, db, byte, bytes: end - byte, members };
}

const AREA_ORDER: Readonly<Record<Area, number>> = { I: 0, Q: 1, M: 2, DB: 3 };

/** The order of nodes7: by area code, block, byte; longer first. */
export function compareSpans(a: Span, b: Span): number {
  return AREA_ORDER[a.area] - AREA_ORDER[b.area] || a.db - b.db || a.byte - b.byte || b.bytes - a.bytes;
}

function spanAt(spans: readonly Span[], index: number): Span {
  return present(spans[index], `span ${index}`);
}
