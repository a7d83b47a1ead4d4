import { afterEach, beforeEach, expect, test } from 'vitest';
import { benchReading, benchReadingKey } from '../../tests/bench/ledger-readings.ts';
import { testGap, testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import type { JsonObject } from '../model/json.ts';
import { createApiKey, findApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
import { latestConfiguration } from './configuration.ts';
import { loadCounter, loadCounters, saveCounter } from './counters.ts';
import type { WritableStore } from './handle.ts';
import { openStore } from './open-store.ts';
import {
  dayTotals,
  lastReadingEnd,
  latestReadings,
  queryReadings,
  type ReadingQuery,
  readingIndexAt,
} from './readings.ts';
import { appendCycle, openCycles, sampleBlock, sealBlock } from './samples.ts';
import { countReadings } from './stored-entries.ts';

let store: WritableStore;
beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
});
afterEach(() => store.close());

const READINGS = 400;

function fill(): void {
  const recorder = testRecorder(store);
  recorder.record([testGenesis, testGap(0)]);
  // Late readings are honest: the first unit's day comes last.
  const numbers = Array.from({ length: READINGS }, (_, n) => n).toSorted(
    (a, b) => (a % 4 === 0 ? 1 : 0) - (b % 4 === 0 ? 1 : 0),
  );
  recorder.record(numbers.map((n) => benchReading(n)));
}

interface Seen {
  readonly unitId: string;
  readonly from: string;
  readonly status: string;
}

function readAll(query: ReadingQuery): Seen[] {
  const seen: Seen[] = [];
  let cursor: string | null = null;
  do {
    const page = queryReadings(store, cursor === null ? query : { ...query, cursor });
    expect(page.items.length).toBeLessThanOrEqual(query.limit);
    for (const { body } of page.items) {
      const reading = body.reading as JsonObject;
      const verdict = body.verdict as JsonObject;
      seen.push({ unitId: String(reading.unitId), from: String(reading.from), status: String(verdict.status) });
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return seen;
}

test('pages give every reading once, in order, by every filter', () => {
  fill();
  const all = readAll({ order: 'asc', limit: 37 });
  expect(all).toHaveLength(READINGS);
  const sorted = all.toSorted((a, b) => a.from.localeCompare(b.from) || a.unitId.localeCompare(b.unitId));
  expect(all).toEqual(sorted);
  expect(readAll({ order: 'desc', limit: 40 })).toEqual(sorted.toReversed());
  expect(readAll({ unitId: 'unit3', order: 'asc', limit: 9 })).toEqual(
    sorted.filter((item) => item.unitId === 'unit3'),
  );
  const flagged = sorted.filter((item) => item.status === 'FLAGGED');
  expect(flagged).toHaveLength(8);
  expect(readAll({ status: 'FLAGGED', order: 'desc', limit: 3 })).toEqual(flagged.toReversed());
  expect(readAll({ status: 'APPROVED', unitId: 'unit1', order: 'asc', limit: 50 })).toHaveLength(100);
  expect(readAll({ unitId: 'nobody', order: 'asc', limit: 5 })).toEqual([]);
});

test('a reading belongs to a period when its interval touches it', () => {
  fill();
  const { fromMs } = benchReadingKey(40);
  const query = { unitId: 'unit1', order: 'asc', limit: 100 } as const;
  const from = (seen: readonly Seen[]): number[] => seen.map((item) => Date.parse(item.from));
  expect(from(readAll({ ...query, fromMs, toMs: fromMs + 300_000 }))).toEqual([fromMs]);
  expect(from(readAll({ ...query, fromMs: fromMs + 1, toMs: fromMs + 300_001 }))).toEqual([fromMs, fromMs + 300_000]);
  expect(from(readAll({ ...query, fromMs: fromMs - 1, toMs: fromMs }))).toEqual([fromMs - 300_000]);
});

test('a cursor that is not ours is refused', () => {
  for (const cursor of [
    '',
    'nonsense',
    Buffer.from('[1]').toString('base64url'),
    Buffer.from('{}').toString('base64url'),
  ]) {
    expect(() => queryReadings(store, { order: 'asc', limit: 1, cursor })).toThrow(
      expect.objectContaining({ code: 'STO_BAD_CURSOR' }),
    );
  }
});

test('every page is found through an index', () => {
  const plan = (where: string, order: string): string =>
    store
      .all<{ detail: string }>(`EXPLAIN QUERY PLAN SELECT idx FROM readings WHERE ${where} ORDER BY ${order} LIMIT 9`)
      .map((row) => row.detail)
      .join('; ');
  for (const sql of [
    plan("unit_id = 'a' AND from_ms > 5", 'from_ms, unit_id'),
    plan('from_ms > 5', 'from_ms DESC, unit_id DESC'),
    plan('(from_ms, unit_id) < (5, 6)', 'from_ms DESC, unit_id DESC'),
    plan("status = 'FLAGGED' AND status <> 'APPROVED'", 'from_ms, unit_id'),
  ]) {
    expect(sql).toContain('INDEX');
    expect(sql).not.toContain('TEMP B-TREE');
  }
});

test('newest readings, last end, count, index by interval and day totals', () => {
  expect(lastReadingEnd(store, 'unit1', Number.MAX_SAFE_INTEGER)).toBeUndefined();
  expect(dayTotals(store, 'unit1', 0)).toEqual({ byStatus: [], meanCoverage: null });
  expect(countReadings(store)).toBe(0);
  fill();
  const last = benchReadingKey(READINGS - 1);
  expect(lastReadingEnd(store, 'unit4', Number.MAX_SAFE_INTEGER)).toBe(last.fromMs + 300_000);
  expect(
    latestReadings(store, 'unit4', 2).map(({ body }) => Date.parse(String((body.reading as JsonObject).from))),
  ).toEqual([last.fromMs, last.fromMs - 300_000]);
  expect(countReadings(store)).toBe(READINGS);
  const index = readingIndexAt(store, 'unit4', last.fromMs);
  expect(latestReadings(store, 'unit4', 1)[0]?.index).toBe(index);
  expect(readingIndexAt(store, 'unit4', last.fromMs + 1)).toBeUndefined();
  const from = benchReadingKey(200).fromMs;
  const numbers = Array.from({ length: 50 }, (_, i) => 203 + 4 * i);
  const sum = (flagged: boolean): number =>
    numbers.filter((n) => (n % 50 === 49) === flagged).reduce((total, n) => total + 150_000 + n, 0);
  expect(dayTotals(store, 'unit4', from)).toEqual({
    byStatus: [
      { status: 'APPROVED', readings: 48, energyWh: sum(false) },
      { status: 'FLAGGED', readings: 2, energyWh: sum(true) },
    ],
    meanCoverage: 1,
  });
});

test('an interval of a unit is recorded once', () => {
  const recorder = testRecorder(store);
  recorder.record([testGenesis, benchReading(1)]);
  const head = recorder.head();
  expect(() => recorder.record([benchReading(5), benchReading(1)])).toThrow(
    expect.objectContaining({ code: 'STO_CONFLICT' }),
  );
  expect(recorder.head()).toBe(head);
  expect(countReadings(store)).toBe(1);
  recorder.record([benchReading(5)]);
  expect(countReadings(store)).toBe(2);
});

test('what is written alongside a group is written with it or not at all', () => {
  const recorder = testRecorder(store);
  recorder.record([testGenesis], (write) => saveCounter(write, 'plc1/energy', 'a'));
  expect(() =>
    recorder.record([testGap(1)], (write) => {
      saveCounter(write, 'plc1/energy', 'b');
      throw new Error('power cut');
    }),
  ).toThrow('power cut');
  expect(loadCounter(store, 'plc1/energy')).toBe('a');
  expect(recorder.head().size).toBe(1);
  expect(recorder.record([testGap(1)])[0]?.index).toBe(1);
});

test('the configuration in force is the newest one', () => {
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  expect(latestConfiguration(store)).toBeUndefined();
  recorder.record([
    { kind: 'configuration', body: { text: 'a' } },
    testGap(1),
    { kind: 'configuration', body: { text: 'b' } },
  ]);
  expect(latestConfiguration(store)).toMatchObject({ index: 3, body: { text: 'b' } });
});

test('counters keep their newest state', () => {
  saveCounter(store, 'plc1/b', '1');
  saveCounter(store, 'plc1/a', '2');
  saveCounter(store, 'plc1/b', '3');
  expect([...loadCounters(store)]).toEqual([
    ['plc1/a', '2'],
    ['plc1/b', '3'],
  ]);
  expect(loadCounter(store, 'plc1/c')).toBeUndefined();
});

test('cycles stay until their block is sealed, and the block is checked when read', async () => {
  const { createHash } = await import('node:crypto');
  const bytes = (text: string): Buffer => Buffer.from(text);
  for (const [slotMs, text] of [
    [1000, 'one'],
    [2000, 'two'],
    [2000, 'two again'],
    [3000, 'three'],
  ] as const) {
    appendCycle(store, { deviceId: 'plc1', slotMs, bytes: bytes(text) });
  }
  appendCycle(store, { deviceId: 'plc2', slotMs: 1000, bytes: bytes('other') });
  expect(openCycles(store, 'plc1', 1000, 3000).map((cycle) => Buffer.from(cycle.bytes).toString())).toEqual([
    'one',
    'two',
    'two again',
  ]);
  const content = bytes('onetwotwo again'.repeat(50));
  const digest = createHash('sha256').update(content).digest('hex');
  const block = { digest, deviceId: 'plc1', fromMs: 1000, toMs: 3000, outcomes: 3, bytes: content };
  sealBlock(store, block);
  sealBlock(store, block);
  expect(openCycles(store, 'plc1', 0, 9999).map((cycle) => cycle.slotMs)).toEqual([3000]);
  expect(openCycles(store, 'plc2', 0, 9999)).toHaveLength(1);
  expect(Buffer.from(sampleBlock(store, digest) ?? [])).toEqual(content);
  expect(store.get<{ n: number }>('SELECT sum(length(bytes)) AS n FROM sample_blocks')?.n).toBeLessThan(
    content.length / 3,
  );
  expect(sampleBlock(store, 'ab'.repeat(32))).toBeUndefined();
  expect(() => sealBlock(store, { ...block, outcomes: 4, bytes: bytes('forged') })).toThrow('Assertion failed');
  store.run('UPDATE sample_blocks SET bytes = ?', bytes('garbage'));
  expect(() => sampleBlock(store, digest)).toThrow(expect.objectContaining({ code: 'STO_BLOCK_DAMAGED', exitCode: 4 }));
});

test('an API key is found until it is revoked, and is stored as a hash only', () => {
  let next = 0;
  const random = (count: number): Uint8Array => {
    next += 1;
    return Uint8Array.from({ length: count }, (_, i) => (next * 101 + i * 37) & 255);
  };
  const first = createApiKey(store, { name: 'console', role: 'viewer', nowMs: 1000 }, random);
  const second = createApiKey(store, { name: 'scada', role: 'ingest', nowMs: 2000 }, random);
  expect(first.key).toMatch(/^fbk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
  expect(findApiKey(store, first.key)).toEqual({
    id: first.id,
    name: 'console',
    role: 'viewer',
    createdAtMs: 1000,
    revokedAtMs: null,
  });
  expect(findApiKey(store, second.key)?.role).toBe('ingest');
  const mixed = `${first.key.slice(0, 21)}${second.key.slice(21)}`;
  for (const wrong of [mixed, first.key.slice(0, -1), `${first.key}A`, '', 'fbk_', first.id]) {
    expect(findApiKey(store, wrong)).toBeUndefined();
  }
  const kept = JSON.stringify(store.all('SELECT id, name, role, hex(hash) FROM api_keys'));
  expect(kept).not.toContain(first.key.slice(21));
  expect(kept).not.toContain(Buffer.from(first.key.slice(21), 'base64url').toString('hex').toUpperCase());
  expect(revokeApiKey(store, first.id, 3000)).toBe(true);
  expect(revokeApiKey(store, first.id, 4000)).toBe(false);
  expect(findApiKey(store, first.key)).toBeUndefined();
  expect(listApiKeys(store).map(({ name, revokedAtMs }) => [name, revokedAtMs])).toEqual([
    ['console', 3000],
    ['scada', null],
  ]);
});
