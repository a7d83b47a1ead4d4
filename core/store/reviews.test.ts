import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAG, judgedReading, PHYSICS_VETO, SOFT_REJECT } from '../../tests/fixtures/judged-reading.ts';
import { testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import type { NewEntry } from '../ledger/entry.ts';
import { fsck } from '../ledger/fsck.ts';
import { projectReading, projectReview } from '../ledger/projection.ts';
import type { Recorder } from '../ledger/recorder.ts';
import { present } from '../model/assert.ts';
import { parseEntry } from './entries.ts';
import type { WritableStore } from './handle.ts';
import { ledgerReader } from './ledger-store.ts';
import { openStore } from './open-store.ts';
import {
  countWaiting,
  insertReview,
  queryReviews,
  reviewsOf,
  reviewsOfReading,
  reviewsOfReadings,
  setWaiting,
} from './reviews.ts';
import { UNDO_SINCE_REVIEWS } from './undo-since-reviews.testing.ts';

let folder: string;
let path: string;
let store: WritableStore;
let recorder: Recorder<WritableStore>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-reviews-'));
  path = join(folder, 'ledger.db');
  store = openStore(path, { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([testGenesis]);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function record(...entries: readonly NewEntry[]): number[] {
  return recorder.record(entries).map(({ index }) => index);
}

const PEOPLE = { asha: 'operator', bala: 'operator', chitra: 'engineer', dev: 'admin' } as const;

function review(readingIndex: number, by: keyof typeof PEOPLE, decision: string, change: object = {}): NewEntry {
  const reason = `${by} looked at ${readingIndex}`;
  const account = `key:${by}`;
  const body = {
    v: 1,
    readingIndex,
    unitId: 'unit1',
    decision,
    reason,
    by,
    account,
    role: PEOPLE[by],
    fourEyes: false,
  };
  return { kind: 'review', body: { ...body, ...change } };
}

/** Every fourth reading is of unit 1; numbers below are of that unit. */
const approved = (n: number): NewEntry => judgedReading(n, { status: 'APPROVED' });
const flagged = (n: number): NewEntry => judgedReading(n, { status: 'FLAGGED', finding: FLAG });
const rejected = (n: number, finding: typeof SOFT_REJECT | typeof PHYSICS_VETO = SOFT_REJECT): NewEntry =>
  judgedReading(n, { status: 'REJECTED', finding });

const waiting = (): number[] => queryReviews(store, { state: 'open', limit: 100 }).items.map(({ index }) => index);
const decided = (): number[] => queryReviews(store, { state: 'decided', limit: 100 }).items.map(({ index }) => index);
const check = (): object => fsck(ledgerReader(store));

describe('the queue', () => {
  it('holds what was flagged and rejected, oldest first, until a decision counts', () => {
    // Recorded late: the oldest interval comes last.
    const [, b = 0, c = 0, , a = 0] = record(approved(40), flagged(48), rejected(56), approved(60), flagged(8));
    expect(waiting()).toEqual([a, b, c]);
    record(review(b, 'asha', 'approve'));
    expect([waiting(), decided()]).toEqual([[a, c], [b]]);
    record(review(b, 'bala', 'reject'));
    expect([waiting(), decided()]).toEqual([[a, c], [b]]);
    record(review(c, 'asha', 'reject'), review(a, 'asha', 'approve'));
    expect([waiting(), decided()]).toEqual([[], [a, b, c]]);
    expect(countWaiting(store)).toEqual({ count: 0, oldestFromMs: null });
    expect(check()).toMatchObject({ ok: true, readings: 5 });
  });

  it('keeps what needs a second person, and takes back what persons disagree on', () => {
    const [a = 0, v = 0, ok = 0] = record(flagged(4), rejected(12, PHYSICS_VETO), approved(20));
    const both = { fourEyes: true };
    record(review(a, 'asha', 'approve', both), review(v, 'chitra', 'approve'));
    expect(waiting()).toEqual([a, v]);
    record(review(a, 'bala', 'approve', both), review(v, 'dev', 'approve'));
    expect(waiting()).toEqual([]);
    record(review(a, 'dev', 'reject', both), review(ok, 'chitra', 'reject', both));
    expect(waiting()).toEqual([a, ok]);
    record(review(a, 'chitra', 'reject', both), review(ok, 'dev', 'reject', both));
    expect([waiting(), decided()]).toEqual([[], [a, v, ok]]);
    expect(check()).toMatchObject({ ok: true });
  });

  it('comes in pages that meet, of all units and of one', () => {
    record(...Array.from({ length: 23 }, (_, k) => (k % 3 === 0 ? approved(k) : flagged(k))));
    for (const unit of [{}, { unitId: 'unit2' }]) {
      const all = queryReviews(store, { state: 'open', limit: 100, ...unit }).items.map(({ index }) => index);
      const paged: number[] = [];
      let cursor: string | null | undefined;
      do {
        const page = queryReviews(store, { state: 'open', limit: 4, ...unit, ...(cursor ? { cursor } : {}) });
        paged.push(...page.items.map(({ index }) => index));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(paged).toEqual(all);
      expect(all).toHaveLength('unitId' in unit ? 4 : 15);
    }
    expect(() => queryReviews(store, { state: 'open', limit: 1, cursor: 'x' })).toThrow(
      expect.objectContaining({ code: 'STO_BAD_CURSOR' }),
    );
  });

  it('is the same after a restart', () => {
    const [a = 0, b = 0] = record(flagged(4), flagged(8));
    record(review(a, 'asha', 'reject'));
    store.close();
    store = openStore(path, { access: 'write' });
    recorder = testRecorder(store);
    expect(waiting()).toEqual([b]);
    expect(reviewsOfReading(store, a)).toMatchObject([
      { by: 'asha', decision: 'reject', reason: `asha looked at ${a}` },
    ]);
    record(review(a, 'bala', 'approve'));
    expect(check()).toMatchObject({ ok: true });
  });
});

describe('what may be learned from persons', () => {
  it('names what counts, of the unit alone', () => {
    const [a = 0, b = 0, v = 0, ok = 0, open = 0] = record(
      flagged(4),
      rejected(8),
      rejected(12, PHYSICS_VETO),
      approved(16),
      flagged(20),
    );
    record(
      review(a, 'asha', 'approve'),
      review(b, 'chitra', 'approve'),
      review(v, 'chitra', 'approve'),
      review(ok, 'dev', 'reject'),
    );
    expect(reviewsOf(store, 'unit1')).toEqual([
      { readingIndex: a, status: 'FLAGGED', decision: 'approve', persons: 1 },
      { readingIndex: b, status: 'REJECTED', decision: 'approve', persons: 1 },
      { readingIndex: ok, status: 'APPROVED', decision: 'reject', persons: 1 },
    ]);
    expect(reviewsOf(store, 'unit2')).toEqual([]);
    const found = reviewsOfReadings(store, [a, v, open, 9999]);
    expect([...found.keys()].sort()).toEqual([a, v].sort());
  });
});

describe('fsck', () => {
  let a = 0;
  let b = 0;
  let reviewIndex = 0;
  beforeEach(() => {
    [a = 0, b = 0] = record(flagged(4), flagged(8));
    [reviewIndex = 0] = record(review(a, 'asha', 'approve'), approved(40));
  });

  function tamper(sql: string): object | undefined {
    store.run('PRAGMA wal_checkpoint(TRUNCATE)');
    store.close();
    const database = new Database(path);
    database.pragma('foreign_keys = OFF');
    database.pragma('ignore_check_constraints = ON');
    database.exec(sql);
    database.close();
    store = openStore(path, { access: 'write' });
    return fsck(ledgerReader(store)).firstBad;
  }

  it.each([
    ['reading_idx', 'reading_idx + 1'],
    ['unit_id', "'unitX'"],
    ['at_ms', 'at_ms - 1'],
    ['decision', "'reject'"],
    ['reason', "'another'"],
    ['decided_by', "'somebody'"],
    ['account', "'key:other'"],
    ['role', "'admin'"],
    ['four_eyes', '1'],
  ])('finds a changed %s of a review', (column, value) => {
    const bad = tamper(`UPDATE reviews SET ${column} = ${value}`);
    expect(bad).toMatchObject({ index: reviewIndex, code: 'LED_FSCK_PROJECTION' });
  });

  it('finds a reading that was taken from the queue, put into it, or changed there', () => {
    const code = 'LED_FSCK_PROJECTION';
    expect(tamper(`DELETE FROM readings_to_decide WHERE idx = ${b}`)).toMatchObject({ index: b, code });
    const put = (index: number): string =>
      `INSERT INTO readings_to_decide SELECT idx, unit_id, from_ms FROM readings WHERE idx = ${index}`;
    expect(tamper(`${put(b)}; ${put(a)}`)).toMatchObject({ index: a, code });
    expect(
      tamper(`DELETE FROM readings_to_decide WHERE idx = ${a}; UPDATE readings_to_decide SET from_ms = 5`),
    ).toMatchObject({ index: b, code });
  });

  it('refuses a ledger in which something else than an earlier reading was reviewed', () => {
    for (const subject of [0, 9999]) {
      expect(() => record(review(subject, 'asha', 'approve'))).toThrow();
    }
    expect(check()).toMatchObject({ ok: true });
  });
});

it('both tables can be made anew from the entries alone', () => {
  const [a = 0, v = 0, ok = 0, b = 0] = record(flagged(4), rejected(12, PHYSICS_VETO), approved(20), flagged(28));
  const both = { fourEyes: true };
  record(review(a, 'asha', 'approve', both), review(v, 'chitra', 'approve'), review(ok, 'chitra', 'reject', both));
  record(review(a, 'bala', 'approve', both), review(b, 'bala', 'reject'));
  const tables = (): unknown[] =>
    ['reviews', 'readings_to_decide'].map((table) => store.all(`SELECT * FROM ${table} ORDER BY idx`));
  const before = tables();
  store.write(() => {
    for (const table of ['reviews', 'readings_to_decide', 'checkpoint_signatures']) store.run(`DELETE FROM ${table}`);
    const entries = [...ledgerReader(store).entries(0, 1000)].map(({ bytes }) => parseEntry(bytes));
    for (const entry of entries) {
      if (entry.kind === 'review') insertReview(store, projectReview(entry));
      if (entry.kind !== 'reading') continue;
      const row = projectReading(entry);
      if (row.status !== 'APPROVED') setWaiting(store, row);
    }
  });
  expect(tables()).toEqual(before);
  expect(before.map((rows) => (rows as unknown[]).length)).toEqual([5, 2]);
});

it('a store of before keeps its readings, and all that were not approved wait', () => {
  const [f = 0, , r = 0] = record(flagged(4), approved(8), rejected(12));
  store.close();
  const database = new Database(path);
  database.exec(UNDO_SINCE_REVIEWS);
  database.pragma('user_version = 80');
  database.close();
  store = openStore(path, { access: 'write' });
  recorder = testRecorder(store);
  expect(waiting()).toEqual([f, r]);
  expect(present(countWaiting(store).oldestFromMs, 'the oldest')).toBe(1_767_225_600_000 + 300_000);
  record(review(f, 'asha', 'approve'));
  expect(check()).toMatchObject({ ok: true });
});
