import { expect, test } from 'vitest';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import { canonicalize } from '../ledger/canonical.ts';
import type { JsonObject } from '../model/json.ts';
import { seededRandom } from '../model/random.ts';
import { alignDown } from '../model/time.ts';
import { MESSAGE_BYTES_MAX } from './attestation.ts';
import { nextSeal, UNSEALED_SHOWN_MAX } from './next-seal.ts';
import { RUN_ENTRIES_MAX, type SealedUntil, type SealerParts, type SealMode, seal } from './sealer.ts';
import type { ReviewedReading, SealedEntry } from './sum-run.ts';

const SEED = announceSeed('when runs are sealed');
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const TEN = Date.UTC(2026, 9, 1, 10);
const HOURLY: SealMode = { kind: 'merkle', everyMs: HOUR_MS };
/** The longest that a plant's id and a DID may be, so that the message is as large as it gets. */
const PLANT = 'p'.repeat(64);

/** A ledger of nothing but what is given: readings as [from, to] after ten o'clock in minutes, or the kind of an entry. */
function ledgerOf(items: readonly (readonly [number, number] | string)[], mode: SealMode = HOURLY) {
  const sealed: { message: Record<string, unknown>; bytes: number; body: JsonObject }[] = [];
  const parts: SealerParts = {
    mode,
    plantId: PLANT,
    did: `did:key:z${'6'.repeat(47)}`,
    methodology: null,
    targets: ['file'],
    head: () => ({ origin: `forebay/${PLANT}/56475aa7`, size: items.length, root: Buffer.alloc(32, 7) }),
    entries: function* (first, end): Iterable<SealedEntry> {
      for (let index = first; index < end; index += 1) {
        const item = items[index] ?? '';
        yield { index, kind: typeof item === 'string' ? item : 'reading', body: {} };
      }
    },
    readingAt: (index) => readingOf(items[index]),
    digestOf: () => `sha256:${'a'.repeat(64)}`,
    sign: (body) => ({ message: canonicalize({ ...body, sig: 's'.repeat(88) }), id: 'ab'.repeat(32) }),
    record: (batches) => {
      for (const { batch, body } of batches) {
        const message = JSON.parse(batch.message) as Record<string, unknown>;
        sealed.push({ message, bytes: Buffer.byteLength(batch.message), body });
      }
    },
  };
  return { parts, sealed };
}

function readingOf(item: readonly [number, number] | string | undefined): ReviewedReading {
  if (item === undefined || typeof item === 'string') throw new Error('no reading stands there');
  const reading = { from: at(item[0]), to: at(item[1]), unitId: 'unit1', energyWh: 900, energySource: 'counter' };
  const verdict = { status: 'APPROVED', trustScore: 1, layers: [], findings: [], engine: { version: '1.4.0' } };
  return { reading, verdict, reviews: [] } as unknown as ReviewedReading;
}

function at(minutes: number): string {
  return new Date(TEN + minutes * MINUTE_MS).toISOString();
}

const SINCE_TEN: SealedUntil = { end: 0, toMs: TEN };

test('a reading that goes on past the period begins the next run, and the message says when the readings were', () => {
  const { parts, sealed } = ledgerOf([[0, 1], [58, 59], [59, 60], 'gap', [60, 61], [61, 62], [119, 120]]);
  const next = seal(parts, SINCE_TEN, TEN + 61 * MINUTE_MS + 500);
  expect(next).toEqual({ end: 4, toMs: TEN + HOUR_MS });
  expect(sealed[0]?.message).toMatchObject({
    forebay: 2,
    first: 0,
    end: 4,
    size: 7,
    from: at(0),
    to: at(60),
    approved: 3,
  });
  expect(sealed[0]?.body).toMatchObject({ v: 2, sealedFrom: at(0), sealedTo: at(60) });
  expect(seal(parts, next, TEN + 119 * MINUTE_MS)).toEqual(next);
  expect(seal(parts, next, TEN + 121 * MINUTE_MS)).toEqual({ end: 7, toMs: TEN + 2 * HOUR_MS });
  expect(sealed[1]?.message).toMatchObject({ first: 4, end: 7, from: at(60), to: at(120), approved: 3 });
});

test('a reading that comes late is in the run that it is recorded in, and widens what that says', () => {
  const { parts, sealed } = ledgerOf([
    [60, 65],
    [20, 25],
    [65, 70],
  ]);
  seal(parts, { end: 0, toMs: TEN + HOUR_MS }, TEN + 121 * MINUTE_MS);
  expect(sealed[0]?.message).toMatchObject({ first: 0, end: 3, from: at(20), to: at(70) });
  expect(sealed[0]?.body).toMatchObject({ sealedFrom: at(60), sealedTo: at(120) });
});

test('where the first reading is of the next period, nothing is sealed before that has ended', () => {
  const { parts, sealed } = ledgerOf([
    [60, 61],
    [61, 62],
  ]);
  const next = seal(parts, SINCE_TEN, TEN + 62 * MINUTE_MS);
  expect(next).toEqual({ end: 0, toMs: TEN + HOUR_MS });
  expect(sealed).toEqual([]);
  seal(parts, next, TEN + 121 * MINUTE_MS);
  expect(sealed[0]?.message).toMatchObject({ first: 0, end: 2, from: at(60), to: at(62) });
});

test('a reading from before the clock was put back holds no sealing up, and is stated as it is', () => {
  const years = 10 * 365 * 24 * 60;
  const { parts, sealed } = ledgerOf([[0, 5], [years, years + 5], 'clock', [10, 15]]);
  expect(seal(parts, { end: 0, toMs: TEN + years * MINUTE_MS }, TEN + 61 * MINUTE_MS)).toMatchObject({ end: 4 });
  expect(sealed[0]?.message).toMatchObject({ first: 0, end: 4, from: at(0), to: at(years + 5) });
});

test('a run without readings states no period', () => {
  const { parts, sealed } = ledgerOf(['configuration', 'start']);
  seal(parts, SINCE_TEN, TEN + 61 * MINUTE_MS);
  expect(sealed[0]?.message).toMatchObject({ from: null, to: null, approved: 0 });
});

test('where each reading is sealed by itself, its message has its own time', () => {
  const { parts, sealed } = ledgerOf(['start', [0, 5], 'gap', [5, 10]], { kind: 'direct' });
  seal(parts, SINCE_TEN, TEN + 11 * MINUTE_MS);
  expect(sealed.map(({ message: { first, end, from, to } }) => [first, end, from, to])).toEqual([
    [0, 2, at(0), at(5)],
    [2, 4, at(5), at(10)],
  ]);
});

test('where each reading is sealed by itself, what else happened goes out alone when no reading comes', () => {
  const { parts, sealed } = ledgerOf(['month-closed', 'receipt'], { kind: 'direct' });
  expect(seal(parts, SINCE_TEN, TEN + 9 * MINUTE_MS)).toEqual(SINCE_TEN);
  expect(seal(parts, SINCE_TEN, TEN + 10 * MINUTE_MS)).toEqual({ end: 2, toMs: TEN + 10 * MINUTE_MS });
  expect(sealed.map(({ message: { first, end, from } }) => [first, end, from])).toEqual([[0, 2, null]]);
  const receipts = ledgerOf(['receipt', 'batch'], { kind: 'direct' });
  expect(seal(receipts.parts, SINCE_TEN, TEN + 60 * MINUTE_MS)).toEqual(SINCE_TEN);
});

test.each([HOURLY, { kind: 'direct' }] as const)(
  'a run is sealed when it is said to be, and never before: %o',
  (mode) => {
    const random = seededRandom(SEED);
    const below = (count: number): number => Math.floor(random.next() * count);
    for (let trial = 0; trial < 300; trial += 1) {
      const items = Array.from({ length: below(4) }, () => {
        const fromMinute = below(150);
        return random.next() < 0.5
          ? (['receipt', 'gap', 'batch'][below(3)] ?? '')
          : ([fromMinute, fromMinute + 5] as const);
      });
      const { parts, sealed } = ledgerOf(items, mode);
      const nowMs = TEN + below(200) * MINUTE_MS;
      let until = { end: 0, toMs: TEN + below(240) * MINUTE_MS };
      if (mode.kind === 'merkle') until = { ...until, toMs: alignDown(until.toMs, HOUR_MS) };
      const news = [...parts.entries(0, items.length)].filter(({ kind }) => kind !== 'receipt' && kind !== 'batch');
      const readingToMs = (index: number): number => Date.parse(parts.readingAt(index).reading.to);
      const next = nextSeal({ mode, until, size: items.length, nowMs, news, readingToMs });
      let sealedMs: number | undefined;
      for (let ms = nowMs; sealedMs === undefined && ms < nowMs + 8 * HOUR_MS; ms += MINUTE_MS) {
        until = seal(parts, until, ms);
        if (sealed.length > 0) sealedMs = ms;
      }
      expect(next?.atMs, JSON.stringify({ trial, items, nowMs, next })).toBe(sealedMs);
      expect(next?.entries).toBe(news.length === 0 ? undefined : news.length);
    }
  },
);

test('no more are counted than a run holds, and that there are more is said', () => {
  const news = Array.from({ length: UNSEALED_SHOWN_MAX + 1 }, (_, index) => ({ index, kind: 'gap' }));
  const facts = { mode: HOURLY, until: SINCE_TEN, nowMs: TEN + MINUTE_MS, readingToMs: () => 0 };
  const waiting = { entries: UNSEALED_SHOWN_MAX, atMs: TEN + 61 * MINUTE_MS, isWithReading: false };
  expect(nextSeal({ ...facts, size: 900, news })).toEqual({ ...waiting, isMore: true });
  expect(nextSeal({ ...facts, size: 900, news: news.slice(1) })).toEqual({ ...waiting, isMore: false });
});

test('the largest message fits', () => {
  const { parts, sealed } = ledgerOf(Array.from({ length: 500 }, (_, n) => [n / 10, n / 10 + 1] as const));
  seal(parts, { end: 0, toMs: TEN }, TEN + 61 * MINUTE_MS);
  expect(sealed[0]?.bytes).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
});

test('more receipts in a row than a run holds keep nothing behind them from being sealed', () => {
  const receipts = Array.from({ length: RUN_ENTRIES_MAX + 1 }, () => 'receipt');
  const { parts, sealed } = ledgerOf([...receipts, [0, 5]]);
  const next = seal(parts, SINCE_TEN, TEN + 61 * MINUTE_MS);
  expect(next).toEqual({ end: RUN_ENTRIES_MAX, toMs: TEN });
  expect(seal(parts, next, TEN + 61 * MINUTE_MS)).toEqual({ end: RUN_ENTRIES_MAX + 2, toMs: TEN + HOUR_MS });
  expect(sealed[1]?.message).toMatchObject({ from: at(0), to: at(5), approved: 1 });
  const alone = ledgerOf(receipts);
  expect(seal(alone.parts, SINCE_TEN, TEN + 61 * MINUTE_MS)).toEqual({ end: 0, toMs: TEN + HOUR_MS });
  expect(alone.sealed).toEqual([]);
});
