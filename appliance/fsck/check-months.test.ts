import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LedgerProblem } from '../../core/ledger/check-row.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { fsck } from '../../core/ledger/fsck.ts';
import type { MonthClosed } from '../../core/ledger/month-closed.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { present } from '../../core/model/assert.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { toIso } from '../../core/model/time.ts';
import { readEntry } from '../../core/store/entries.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerReader, ledgerStorage } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { storedLeafHash } from '../../core/store/stored-entries.ts';
import { planOf } from '../../core/sync/mint-plan.ts';
import { testKey } from '../../tests/fixtures/ledger.ts';
import { ASHA, RAVI } from '../../tests/fixtures/minting-ledger.ts';
import { MonthPlant } from '../../tests/fixtures/month-plant.ts';
import { writePastTriggers } from '../../tests/fixtures/write-past-triggers.ts';
import { fsckLedger, type LedgerReport } from './check-ledger.ts';
import { checkClaims, checkClose, closesBelow } from './check-months.ts';

/** In this thread alone, and in several that take small parts. */
const WAYS = { alone: { threads: 1 }, together: { threads: 2, partEntries: 150, aloneBelow: 1 } } as const;
const folder = mkdtempSync(join(tmpdir(), 'forebay-closes-'));
const soundPath = join(folder, 'sound.db');
/** Entries of the closes, in their order, and the body of each. */
const closes: number[] = [];
let bodies: MonthClosed[] = [];
let hashes: string[] = [];

/** A plant that closed three months, the first one twice; a review and a gap came in between. */
beforeAll(async () => {
  const plant = new MonthPlant({ path: soundPath, units: ['unit1'] });
  const first = plant.fill('2026-01', (_, fromMs) => (fromMs === FLAGGED_MS ? { status: 'FLAGGED' } : {}));
  plant.gap(Date.UTC(2026, 0, 20, 3), Date.UTC(2026, 0, 20, 4), 'not-credited');
  closes.push(await plant.close('2026-01', { leave: ['gaps', 'flagged'] }));
  plant.review(present(first.get(`unit1 ${toIso(FLAGGED_MS)}`), 'the flagged reading'), 'approve');
  plant.fill('2026-02');
  closes.push(await plant.close('2026-02', { leave: ['gaps'] }));
  closes.push(await plant.close('2026-01', { leave: ['gaps', 'flagged'], why: 'A review came late' }));
  plant.fill('2026-03');
  closes.push(await plant.close('2026-03', { leave: ['gaps'] }));
  bodies = closes.map((index) => present(readEntry(plant.store, index), 'the close').body as unknown as MonthClosed);
  hashes = closes.map((index) => Buffer.from(present(storedLeafHash(plant.store, index), 'a leaf')).toString('hex'));
  plant.store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  plant.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FLAGGED_MS = Date.UTC(2026, 0, 9);

/** The plant that goes on with these entries, each a write of its own; gives what `look` finds in it. */
async function goingOn<T>(entries: readonly NewEntry[], look: (store: WritableStore) => Promise<T>): Promise<T> {
  const path = join(folder, 'longer.db');
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  copyFileSync(soundPath, path);
  const store = openStore(path, { access: 'write' });
  try {
    const clock = { wallMs: () => Date.UTC(2026, 4, 1) };
    const recorder = createRecorder({ storage: ledgerStorage(store), key: testKey, clock });
    for (const entry of entries) recorder.record([entry]);
    return await look(store);
  } finally {
    store.close();
  }
}

async function bothWays(store: WritableStore): Promise<LedgerReport> {
  const alone = await fsckLedger(store, {}, WAYS.alone);
  expect(await fsckLedger(store, {}, WAYS.together)).toEqual(alone);
  return alone;
}

/** What is said of the entry, which is well-formed, hashed and signed, and whose figures are false. */
const lookAt =
  (index: number) =>
  async (store: WritableStore): Promise<LedgerProblem | undefined> => {
    const size = ledgerReader(store).size();
    const ofClose = closesBelow(store, size).includes(index) ? await checkClose(store, index) : undefined;
    return checkClaims(store, size) ?? ofClose;
  };

/** A correction of March by a device that lies. */
function correction(change: (body: MonthClosed) => object): NewEntry {
  const honest = present(bodies.at(-1), 'the close of March');
  const body = { ...honest, corrects: present(closes.at(-1), 'its entry'), why: 'None', ...change(honest) };
  return { kind: 'month-closed', body: body as unknown as JsonObject };
}

describe('closed months', () => {
  test('are added up again, each with what was known then', async () => {
    const [first, , again] = bodies;
    expect(again?.creditedNetWh).toBeGreaterThan(first?.creditedNetWh ?? 0);
    const report = await goingOn([], (store) => fsckLedger(store, {}, WAYS.alone));
    expect(report).toMatchObject({ ok: true, closedMonths: 4, mints: 0 });
  });

  test('are found by the check of the whole, which names the entry, where one is false', async () => {
    const more = correction(({ creditedNetWh }) => ({ creditedNetWh: creditedNetWh + 1 }));
    const [plain, report] = await goingOn([more, { kind: 'stop', body: { reason: 'test' } }], async (store) => {
      return [fsck(ledgerReader(store)), await bothWays(store)] as const;
    });
    const index = plain.entries - 2;
    expect(plain.ok).toBe(true);
    expect(report).toMatchObject({ ok: false, entries: index, firstBad: { index, code: 'LED_FSCK_MONTH' } });
  });

  test('hold where the checkpoint is lost that was over what one counts, as after a salvage, by the next one', async () => {
    const report = await goingOn([], async (store) => {
      writePastTriggers(store, () => store.run('DELETE FROM checkpoints WHERE size = ?', bodies[1]?.size ?? -1));
      expect(ledgerReader(store).checkpointFrom(bodies[1]?.size ?? -1)?.size).toBeGreaterThan(bodies[1]?.size ?? 0);
      return bothWays(store);
    });
    expect(report).toMatchObject({ ok: true, closedMonths: 4 });
  });

  /** What a device that lies would record as a correction of March, and the words for which it is found. */
  const lies: readonly [string, (body: MonthClosed) => object, RegExp][] = [
    ['more credited', (body) => ({ creditedNetWh: body.creditedNetWh + 1 }), /another creditedNetWh of 2026-03/],
    [
      'a sum of a unit',
      (body) => ({ units: [{ ...body.units[0], gapMs: 1 }, ...body.units.slice(1)] }),
      /another units/,
    ],
    ['no import', (body) => ({ net: { ...body.net, importWh: body.net.importWh + 1 } }), /another net/],
    ['a shorter run', (body) => ({ end: body.end - 1 }), /another end/],
    ['another root', () => ({ root: Buffer.alloc(32, 1).toString('base64') }), /another root/],
    ['a size without a checkpoint', (body) => ({ size: body.end }), /another root over/],
    ['another time', (body) => ({ to: body.from }), /is of a time that is not 2026-03/],
    ['a later size', () => ({ size: 100_000 }), /come after it/],
    ['a second first close', () => ({ corrects: null }), /had closed, and does not say so/],
    ['another month before it', () => ({ previous: null }), /does not name the close of the month before/],
  ];

  test.each(lies)('are found where one states %s', async (_, change, words) => {
    const index = present(closes.at(-1), 'the last close') + 1;
    const problem = await goingOn([correction(change)], lookAt(index));
    expect(problem).toMatchObject({ index, code: 'LED_FSCK_MONTH' });
    expect(problem?.message).toMatch(words);
  });
});

describe('mints', () => {
  const KWH = 1000;

  /** A plan for the first two months, which two persons approved, and a mint of all of it; `change` falsifies the mint. */
  function minted(change: (body: JsonObject) => JsonObject, moreWh = 0): NewEntry[] {
    const closedWh = (bodies[1]?.creditedNetWh ?? 0) + (bodies[2]?.creditedNetWh ?? 0);
    const toWh = Math.floor(closedWh / KWH) * KWH + moreWh;
    const { id, ...facts } = planOf({
      ...{ month: '2026-02', monthEntry: closes[1] ?? -1, monthHash: hashes[1] ?? '', fromWh: 0, toWh, unitWh: KWH },
      ...{ form: 'fungible', network: 'testnet', token: '0.0.6001' },
    });
    const body = {
      ...{ v: 1, plan: id, ...facts, units: toWh / KWH, serials: [], reference: 'fb1', topic: '0.0.5005', sequence: 1 },
      ...{ transactionId: '0.0.1001@1790000000.000000001', consensusTimestamp: '1790000001.000000001' },
      ...{ consensusAt: '2026-09-21T14:13:21.000000001Z', hashscan: null },
    };
    return [
      ...[ASHA, RAVI].map((person) => ({
        kind: 'mint-approved' as const,
        body: { v: 1, decision: 'approve', plan: id, ...facts, ...person },
      })),
      { kind: 'token-minted', body: change(body as JsonObject) },
    ];
  }

  test('hold for what two persons had approved of what was closed', async () => {
    const report = await goingOn(
      minted((body) => body),
      bothWays,
    );
    expect(report).toMatchObject({ ok: true, closedMonths: 4, mints: 1 });
  });

  test('are found by the check of the whole where one is of another ledger', async () => {
    const report = await goingOn(
      minted((body) => ({ ...body, plan: null })),
      bothWays,
    );
    const { entries: index } = report;
    expect(report).toMatchObject({ ok: false, mints: 0, firstBad: { index, code: 'LED_FSCK_MINT' } });
  });

  test('are named before a close that comes after them, where both are false', async () => {
    const twice = correction(() => ({ corrects: null }));
    const report = await goingOn([...minted((body) => ({ ...body, plan: null })), twice], bothWays);
    const index = present(closes.at(-1), 'the last close') + 3;
    expect(report).toMatchObject({ ok: false, entries: index, firstBad: { index, code: 'LED_FSCK_MINT' } });
  });

  const lies: readonly [string, (body: JsonObject) => JsonObject, number, RegExp][] = [
    ['more than was closed', (body) => body, KWH, /were closed up to the end of 2026-02/],
    [
      'another stretch',
      (body) => ({ ...body, toWh: Number(body.toWh) + KWH, units: Number(body.units) + 1 }),
      0,
      /nobody/,
    ],
    ['another amount', (body) => ({ ...body, units: Number(body.units) + 1 }), 0, /no whole number/],
    ['another month', (body) => ({ ...body, month: '2026-01' }), 0, /another month than was approved/],
    ['an unknown plan', (body) => ({ ...body, plan: 'ab'.repeat(32) }), 0, /nobody had approved/],
    ['a lost ledger', (body) => ({ ...body, plan: null, month: null }), 0, /never restored/],
  ];
  test.each(lies)('are found where one is for %s', async (_, change, moreWh, words) => {
    const index = present(closes.at(-1), 'the last close') + 3;
    const problem = await goingOn(minted(change, moreWh), lookAt(index));
    expect(problem).toMatchObject({ index, code: 'LED_FSCK_MINT' });
    expect(problem?.message).toMatch(words);
  });
});
