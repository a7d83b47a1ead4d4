import { afterEach, describe, expect, test } from 'vitest';
import { bodyTrouble } from '../../core/ledger/entry-schemas.ts';
import { fsck } from '../../core/ledger/fsck.ts';
import type { MonthClosed } from '../../core/ledger/month-closed.ts';
import { Failure } from '../../core/model/failure.ts';
import { localMonthSpan } from '../../core/model/local-time.ts';
import { toIso } from '../../core/model/time.ts';
import { readEntry } from '../../core/store/entries.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { monthCloses } from '../../core/store/months.ts';
import { INTERVAL_MS, MonthPlant, type MonthPlantOptions } from '../../tests/fixtures/month-plant.ts';
import { listMonths, showMonth } from './month-answer.ts';
import { monthLines, monthRow } from './month-words.ts';

let plant: MonthPlant;
afterEach(() => plant.stop());

function open(options: MonthPlantOptions = {}): MonthPlant {
  plant = new MonthPlant(options);
  return plant;
}

const span = (month: string) => localMonthSpan(month, plant.timezone);

function closed(index: number): MonthClosed {
  const entry = readEntry(plant.store, index);
  expect(entry?.kind).toBe('month-closed');
  if (entry !== undefined) expect(bodyTrouble(entry, 1)).toBeUndefined();
  return entry?.body as unknown as MonthClosed;
}

/** The codes for which a close is refused, and that nothing was recorded. */
async function refused(closing: Promise<number>): Promise<string[]> {
  const before = monthCloses(plant.store).length;
  const failure = await closing.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(Failure);
  expect(monthCloses(plant.store).length).toBe(before);
  const { code, message } = failure as Failure;
  return code === 'CAR_MONTH_REFUSED' ? [...message.matchAll(/CAR_\w+/g)].map(([each]) => each) : [code];
}

function energyWhOf(index: number): number {
  const sql = 'SELECT energy_wh AS energyWh FROM readings WHERE idx = ?';
  return plant.store.get<{ energyWh: number }>(sql, index)?.energyWh ?? 0;
}

/** Energy of all APPROVED readings of the store that end in the month, added up by themselves. */
function approvedWh(month: string): number {
  const { fromMs, toMs } = span(month);
  const sql = "SELECT sum(energy_wh) AS wh FROM readings WHERE status = 'APPROVED' AND to_ms > ? AND to_ms <= ?";
  return plant.store.get<{ wh: number }>(sql, fromMs, toMs)?.wh ?? 0;
}

describe.each(['Asia/Kolkata', 'Europe/Berlin'])('in %s', (timezone) => {
  test('months with and without a change of the clocks are closed one after the other, and add up to the readings', async () => {
    open({ timezone });
    let previous: number | null = null;
    let readings = 0;
    for (const month of ['2026-02', '2026-03', '2026-04']) {
      plant.fill(month);
      const index = await plant.close(month);
      const body = closed(index);
      expect(body).toMatchObject({
        month,
        from: toIso(span(month).fromMs),
        to: toIso(span(month).toMs),
        previous,
        corrects: null,
        why: null,
        left: [],
        demo: false,
        by: 'Ravi',
      });
      expect(body.creditedNetWh).toBe(approvedWh(month));
      expect(body.net.words).toBe('generator terminals, no interface meter');
      readings += body.total.readings;
      previous = index;
    }
    const last = span('2026-04').toMs;
    const all = plant.store.get<{ n: number }>('SELECT count(*) AS n FROM readings WHERE to_ms <= ?', last)?.n;
    expect(readings).toBe(all);
    expect(fsck(ledgerReader(plant.store))).toMatchObject({ ok: true });
  });
});

test('the entry names the ledger as of which it was added up, and the run in which its readings lie', async () => {
  open();
  const indexes = [...plant.fill('2026-10').values()];
  const head = plant.recorder.head();
  const body = closed(await plant.close('2026-10'));
  expect(body).toMatchObject({ size: head.size, root: Buffer.from(head.root).toString('base64') });
  const { fromMs, toMs } = span('2026-10');
  const sql = 'SELECT min(idx) AS first, max(idx) AS last FROM readings WHERE to_ms > ? AND to_ms <= ?';
  const run = plant.store.get<{ first: number; last: number }>(sql, fromMs, toMs);
  expect([body.first, body.end]).toEqual([run?.first, (run?.last ?? 0) + 1]);
  expect(indexes).toContain(body.first);
});

test('a month that is not over, or closed already, or empty, is refused', async () => {
  open();
  plant.fill('2026-10');
  plant.nowMs = span('2026-10').toMs - 1;
  expect(await refused(plant.close('2026-10'))).toEqual(['CAR_MONTH_NOT_OVER']);
  plant.nowMs = span('2026-10').toMs + INTERVAL_MS;
  await plant.close('2026-10');
  expect(await refused(plant.close('2026-10'))).toEqual(['CAR_MONTH_CLOSED']);
  expect(await refused(plant.close('2026-09', { leave: ['gaps'] }))).toEqual(['CAR_MONTH_EMPTY']);
});

test('two that close the same month at once close it once', async () => {
  open();
  plant.fill('2026-10');
  const outcomes = await Promise.allSettled([plant.close('2026-10'), plant.close('2026-10')]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(monthCloses(plant.store)).toHaveLength(1);
});

test('months are closed in their order, and one without readings is passed over', async () => {
  open({ timezone: 'UTC' });
  plant.fill('2026-08');
  plant.fill('2026-10');
  expect(await refused(plant.close('2026-10'))).toEqual(['CAR_MONTH_ORDER']);
  const august = await plant.close('2026-08');
  const body = closed(await plant.close('2026-10', { leave: ['gaps'] }));
  expect(body.previous).toBe(august);
});

test('a plant that starts within the month is whole from its first reading on', async () => {
  open();
  const startMs = span('2026-10').fromMs + 11 * INTERVAL_MS;
  plant.fill('2026-10', (_, fromMs) => (fromMs < startMs ? 'none' : {}));
  const body = closed(await plant.close('2026-10'));
  expect(body.left).toEqual([]);
  expect(body.creditedNetWh).toBe(approvedWh('2026-10'));

  const shown = await showMonth(plant.parts, '2026-10');
  const firstMs = Math.ceil(startMs / INTERVAL_MS) * INTERVAL_MS;
  const missing = [{ unitIds: ['unit1', 'unit2'], kind: 'before-first', at: toIso(firstMs) }];
  expect(shown.cover.missing).toEqual(missing);
  const coveredMs = (body.units[0]?.coveredMs ?? 0) / (span('2026-10').toMs - span('2026-10').fromMs);
  expect(shown.cover.leastShare).toBe(coveredMs);
  const words = monthLines(shown).join('\n');
  expect(words).toContain('2026-10 in Asia/Kolkata');
  expect(words).toContain('Readings cover 90 % of the month.');
  expect(words).toContain(
    'No readings of unit1, unit2 before 2026-10-03 23:30 (Asia/Kolkata); that time counts nothing.',
  );
  expect(monthRow(shown).slice(0, 3)).toEqual(['2026-10', 'closed, in part', '90 %']);

  // What comes later changes neither what was closed nor what is said of it.
  plant.reading('unit1', firstMs - INTERVAL_MS);
  plant.reading('unit2', firstMs - INTERVAL_MS);
  const later = await showMonth(plant.parts, '2026-10');
  expect(later.cover).toMatchObject({ leastShare: coveredMs, missing });
});

test('flagged readings are reviewed, or left without credit by a person who says so', async () => {
  open();
  const flaggedMs = [3, 9, 20].map((n) => (Math.floor(span('2026-10').fromMs / INTERVAL_MS) + n) * INTERVAL_MS);
  const indexes = plant.fill('2026-10', (unitId, fromMs) =>
    unitId === 'unit1' && flaggedMs.includes(fromMs) ? { status: 'FLAGGED', reading: { energyWh: 7 } } : {},
  );
  const [first = -1, second = -1] = flaggedMs.map((ms) => indexes.get(`unit1 ${toIso(ms)}`) ?? -1);
  expect(await refused(plant.close('2026-10'))).toEqual(['CAR_MONTH_WAITING']);
  plant.review(first, 'approve');
  plant.review(second, 'reject');
  expect(await refused(plant.close('2026-10', { leave: ['gaps'] }))).toEqual(['CAR_MONTH_WAITING']);
  const body = closed(await plant.close('2026-10', { leave: ['flagged', 'gaps'] }));
  expect(body.left).toEqual(['CAR_MONTH_WAITING']);
  expect(body.total).toMatchObject({
    flagged: 3,
    flaggedWh: 21,
    waiting: 1,
    waitingWh: 7,
    personsApproved: 1,
    personsApprovedWh: 7,
    personsRejected: 1,
  });
  expect(body.creditedNetWh).toBe(approvedWh('2026-10') + 7);
});

test('what was not seen of the month has an answer, or is left without credit by a person who says so', async () => {
  open();
  const at = (n: number): number => (Math.floor(span('2026-10').fromMs / INTERVAL_MS) + n) * INTERVAL_MS;
  plant.fill('2026-10', (unitId, fromMs) =>
    unitId === 'unit1' && [at(5), at(8), at(30)].includes(fromMs) ? 'none' : {},
  );
  plant.gap(at(5), at(6), 'counter-difference', { energyWh: 4 });
  expect(await refused(plant.close('2026-10'))).toEqual(['CAR_MONTH_GAPS']);
  plant.gap(at(8), at(9), 'not-credited');
  plant.gap(at(30), at(31), 'counter-difference', { energyWh: 4 });
  expect(await refused(plant.close('2026-10'))).toEqual(['CAR_MONTH_GAPS']);
  const body = closed(await plant.close('2026-10', { leave: ['gaps'] }));
  expect(body).toMatchObject({
    left: ['CAR_MONTH_GAPS'],
    total: { gaps: 3, gapMs: 3 * INTERVAL_MS, gapUncreditedMs: INTERVAL_MS },
  });
  expect(body.creditedNetWh).toBe(approvedWh('2026-10'));
});

test('the last interval of every unit is recorded first', async () => {
  open();
  const lastMs = Math.floor((span('2026-10').toMs - 1) / INTERVAL_MS) * INTERVAL_MS;
  plant.fill('2026-10', (unitId, fromMs) => (unitId === 'unit2' && fromMs >= lastMs - INTERVAL_MS ? 'none' : {}));
  expect(await refused(plant.close('2026-10'))).toEqual(['CAR_MONTH_UNFINISHED', 'CAR_MONTH_GAPS']);
  plant.reading('unit2', lastMs - INTERVAL_MS);
  plant.reading('unit2', lastMs);
  expect(closed(await plant.close('2026-10')).creditedNetWh).toBe(approvedWh('2026-10'));
});

test('a last interval that is recorded while the month is added up is not taken for counted', async () => {
  open();
  const lastMs = Math.floor((span('2026-10').toMs - 1) / INTERVAL_MS) * INTERVAL_MS;
  plant.fill('2026-10', (unitId, fromMs) => (unitId === 'unit2' && fromMs >= lastMs - INTERVAL_MS ? 'none' : {}));
  const closing = refused(plant.close('2026-10'));
  plant.reading('unit2', lastMs - INTERVAL_MS);
  plant.reading('unit2', lastMs);
  expect(await closing).toEqual(['CAR_MONTH_UNFINISHED', 'CAR_MONTH_GAPS']);
});

test('all that stands in the way is said at once', async () => {
  open();
  plant.fill('2026-09');
  plant.fill('2026-10', (unitId, fromMs) =>
    unitId === 'unit1' && fromMs % (20 * INTERVAL_MS) === 0 ? { status: 'FLAGGED' } : {},
  );
  const gapMs = span('2026-10').fromMs + INTERVAL_MS;
  plant.gap(gapMs, gapMs + 1000, 'not-credited');
  expect(await refused(plant.close('2026-10'))).toEqual(['CAR_MONTH_ORDER', 'CAR_MONTH_WAITING', 'CAR_MONTH_GAPS']);
});

describe('what comes after the close', () => {
  test('is seen as a difference, and changes the figures only by a correction that says why', async () => {
    open();
    const lateMs = (Math.floor(span('2026-10').fromMs / INTERVAL_MS) + 40) * INTERVAL_MS;
    const indexes = plant.fill('2026-10', (unitId, fromMs) => (unitId === 'unit2' && fromMs === lateMs ? 'none' : {}));
    const first = await plant.close('2026-10', { leave: ['gaps'] });
    expect(await refused(plant.close('2026-10', { why: 'in vain', leave: ['gaps'] }))).toEqual(['CAR_MONTH_UNCHANGED']);
    expect((await showMonth(plant.parts, '2026-10')).changes).toEqual([]);

    plant.reading('unit2', lateMs, { reading: { energyWh: 5000 } });
    const refusedIndex = [...indexes.values()][50] ?? -1;
    const refusedWh = energyWhOf(refusedIndex);
    plant.review(refusedIndex, 'reject');
    const shown = await showMonth(plant.parts, '2026-10');
    expect(shown).toMatchObject({ state: 'closed', late: { readings: 1, reviews: 1 }, netChangeWh: 5000 - refusedWh });
    expect(shown.changes.map(({ unitId, name }) => `${unitId ?? 'plant'} ${name}`)).toContain('unit2 approvedWh');
    expect((await listMonths(plant.parts, 36)).items.find(({ month }) => month === '2026-10')).toMatchObject({
      late: { readings: 1, reviews: 1 },
    });

    expect(await refused(plant.close('2026-10'))).toEqual(['CAR_MONTH_CLOSED']);
    expect(await refused(plant.close('2026-10', { why: ' ' }))).toEqual(['CAR_MONTH_REASON']);
    expect(await refused(plant.close('2026-10', { why: 'late', role: 'operator' }))).toEqual(['CAR_MONTH_ROLE']);
    const second = await plant.close('2026-10', { why: 'A late push, and a reading withdrawn' });
    expect(closed(second)).toMatchObject({
      corrects: first,
      why: 'A late push, and a reading withdrawn',
      creditedNetWh: closed(first).creditedNetWh + 5000 - refusedWh,
    });
    expect((await showMonth(plant.parts, '2026-10')).closes.map(({ index }) => index)).toEqual([first, second]);
  });

  test('energy that an entry of a meter holds shows, and is never credited', async () => {
    open();
    plant.fill('2026-10');
    const first = closed(await plant.close('2026-10'));
    plant.record({
      kind: 'meter',
      body: {
        v: 1,
        event: 'reset',
        point: 'plc1/energy',
        unitId: 'unit1',
        quantity: 'energyExport',
        at: toIso(span('2026-10').fromMs + 5),
        finalKwh: '7',
        initialKwh: '0',
        by: 'Asha',
        account: { name: 'Asha', role: 'operator' },
        counted: 'in-entry',
        lastKwh: '5',
        lastAt: toIso(span('2026-10').fromMs),
        energyWh: 2000,
      },
    });
    const { netChangeWh, changes } = await showMonth(plant.parts, '2026-10');
    expect(netChangeWh).toBe(0);
    expect(changes).toEqual([{ unitId: 'unit1', name: 'meterWh', closed: 0, now: 2000 }]);
    const body = closed(await plant.close('2026-10', { why: 'The reset was entered' }));
    expect(body).toMatchObject({ creditedNetWh: first.creditedNetWh, total: { meterWh: 2000 } });
  });

  test('a correction of what is not closed is refused, and so is a close of what has changed since it was looked at', async () => {
    open();
    plant.fill('2026-10');
    expect(await refused(plant.close('2026-10', { why: 'none' }))).toEqual(['CAR_MONTH_NOT_CLOSED']);
    expect(await refused(plant.close('2026-10', { seenNetWh: 1 }))).toEqual(['CAR_MONTH_CHANGED_MEANWHILE']);
    await plant.close('2026-10', { seenNetWh: approvedWh('2026-10') });
  });
});

describe('entries that are not what was recorded', () => {
  test.each([
    [
      'a reading',
      'UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), \'"energyWh":100\', \'"energyWh":900\') AS BLOB) WHERE idx = 30',
    ],
    ['a reading and its hash', 'UPDATE entries SET leaf_hash = zeroblob(32), bytes = bytes WHERE idx = 30'],
    ['a row of the table of readings', 'DELETE FROM readings WHERE idx = 40'],
    ['a root', 'UPDATE checkpoints SET root = zeroblob(32) WHERE size = (SELECT max(size) FROM checkpoints)'],
    ['a signature', 'UPDATE checkpoints SET signature = zeroblob(64) WHERE size = (SELECT max(size) FROM checkpoints)'],
  ])('are never summed: %s', async (_, sql) => {
    open();
    plant.fill('2026-10');
    for (const { name } of plant.store.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'trigger'")) {
      plant.store.run(`DROP TRIGGER ${name}`);
    }
    plant.store.run(sql);
    expect(await refused(plant.close('2026-10', { leave: ['gaps', 'flagged'] }))).toContain('CAR_MONTH_UNSOUND');
    expect((await showMonth(plant.parts, '2026-10')).now).toBeNull();
  });

  test('a rejection that was taken out of the tables still counts', async () => {
    open();
    const indexes = [...plant.fill('2026-10').values()];
    plant.review(indexes[20] ?? -1, 'reject');
    const before = (await showMonth(plant.parts, '2026-10')).now?.creditedNetWh;
    for (const { name } of plant.store.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'trigger'")) {
      plant.store.run(`DROP TRIGGER ${name}`);
    }
    plant.store.run('DELETE FROM reviews');
    expect((await showMonth(plant.parts, '2026-10')).now?.creditedNetWh).toBe(before);
    expect(before).toBeLessThan(approvedWh('2026-10'));
  });
});

test('demonstration data is closed like any other and credits nothing', async () => {
  open({ origin: 'demo' });
  plant.fill('2026-10');
  const body = closed(await plant.close('2026-10'));
  expect(body).toMatchObject({
    demo: true,
    creditedNetWh: 0,
    total: { creditedWh: 0, approvedWh: approvedWh('2026-10') },
  });
});

test('another zone in plant.yaml is refused once a month is closed: readings would be in two months or in none', async () => {
  open();
  plant.fill('2026-09');
  await plant.close('2026-09');
  plant.fill('2026-10');
  const parts = {
    ...plant.parts,
    config: { ...plant.parts.config, plant: { ...plant.parts.config.plant, timezone: 'UTC' } },
  };
  Object.assign(plant.parts, parts);
  expect(await refused(plant.close('2026-10', { leave: ['gaps'] }))).toContain('CAR_MONTH_ZONE');
});

test('a viewer closes nothing', async () => {
  open();
  plant.fill('2026-10');
  expect(await refused(plant.close('2026-10', { role: 'viewer' }))).toEqual(['CAR_MONTH_ROLE']);
});
