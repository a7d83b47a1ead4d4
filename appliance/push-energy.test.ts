import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Reading } from '../core/acquisition/reading.ts';
import { type Random, seededRandom } from '../core/model/random.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { openStore } from '../core/store/open-store.ts';
import { announceSeed } from '../tests/contract/driver-host.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { FULL_LOAD, flat, startPushPlant } from '../tests/fixtures/push-plant.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const INTERVAL_MS = 300_000;
const SCHEDULES = 4;
const MOMENTS = 90;

interface Delivery {
  readonly unitId: string;
  readonly arrivesMs: number;
  readonly atMs: number;
  readonly powerKw: number;
  /** Whole watt-hours times ten: the register shows tenths of a watt-hour. */
  readonly tenthsWh: bigint;
}

/** What two units really did, and how a bad network brings word of it: late, twice, in any order, or not at all. */
function deliveries(random: Random): Delivery[] {
  return ['unit1', 'unit2'].flatMap((unitId) => {
    let atMs = START;
    let tenthsWh = 12_345_678_901n;
    const sent: Delivery[] = [];
    for (let n = 0; n < MOMENTS; n += 1) {
      const isAway = random.next() < 0.02;
      const stepMs = isAway ? 6 * 3_600_000 : 1000 * (1 + Math.floor(random.next() ** 3 * 1500));
      const powerKw = random.next() < 0.2 ? 0 : Math.round(random.next() * 19_000) / 10;
      atMs += stepMs;
      tenthsWh += BigInt(Math.floor((powerKw * stepMs) / 360));
      const copies = random.next() < 0.1 ? 0 : random.next() < 0.2 ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        const delayMs = random.next() < 0.6 ? 0 : Math.floor(random.next() ** 2 * 3_600_000);
        sent.push({ unitId, arrivesMs: atMs + delayMs, atMs, powerKw, tenthsWh });
      }
    }
    // A step after a long silence counts once the next values confirm it: the last ones are all heard, in order.
    const lastMs = Math.max(atMs, ...sent.map(({ arrivesMs }) => arrivesMs));
    for (let n = 1; n <= 4; n += 1) {
      tenthsWh += 100_000n;
      sent.push({ unitId, arrivesMs: lastMs + n * 60_000, atMs: lastMs + n * 60_000, powerKw: 600, tenthsWh });
    }
    return sent;
  });
}

const lengthMs = ({ from, to }: Reading): number => Date.parse(to) - Date.parse(from);

/** Length of the union of the intervals that end at these moments. */
function unionMs(momentsMs: readonly number[]): number {
  let [coveredMs, untilMs] = [0, Number.NEGATIVE_INFINITY];
  for (const atMs of [...momentsMs].sort((a, b) => a - b)) {
    coveredMs += atMs - Math.max(untilMs, atMs - INTERVAL_MS);
    untilMs = atMs;
  }
  return coveredMs;
}

test('no watt-hour is counted twice or lost, whatever a network does to pushes, over restarts too', async () => {
  const first = announceSeed('push-energy');
  let [pushes, refusals, restarts] = [0, 0, 0];
  for (let seed = first; seed < first + SCHEDULES; seed += 1) {
    const random = seededRandom(seed);
    const folder = mkdtempSync(join(tmpdir(), 'forebay-push-energy-'));
    const clock = new ManualClock(START);
    const store = openStore(join(folder, 'ledger.db'), { access: 'write' });
    let running = startPushPlant(store, clock);
    const accepted = new Map<string, Delivery[]>([
      ['unit1', []],
      ['unit2', []],
    ]);
    for (const delivery of deliveries(random).sort((a, b) => a.arrivesMs - b.arrivesMs)) {
      await clock.pass(Math.max(0, delivery.arrivesMs - clock.wallMs()));
      const { unitId, atMs, powerKw, tenthsWh } = delivery;
      const register = `${tenthsWh / 10_000n}.${String(tenthsWh % 10_000n).padStart(4, '0')}`;
      const body = JSON.stringify(
        flat(unitId, atMs, { ...FULL_LOAD, power_output_kw: powerKw, export_counter_kwh: 0 }),
      );
      const outcome = running.push(body.replace('"export_counter_kwh":0', `"export_counter_kwh":${register}`));
      pushes += 1;
      if (outcome.kind === 'recorded') accepted.get(unitId)?.push(delivery);
      else {
        refusals += 1;
        expect(outcome.refusal, `seed ${seed}`).toMatchObject({ status: 409, code: 'DRV_HTTP_RECORDED' });
        expect(holds(store, outcome.refusal.entryIndex, unitId, atMs), `seed ${seed}`).toBe(true);
      }
      if (random.next() < 0.03) {
        const stopping = running.plant.stop();
        await clock.pass(0);
        await stopping;
        running = startPushPlant(store, clock);
        restarts += 1;
      }
    }
    for (const [unitId, taken] of accepted) checkUnit(unitId, taken, running.readings(unitId), seed);
    expect(running.isSound(), `seed ${seed}`).toBe(true);
    const stopping = running.plant.stop();
    await clock.pass(0);
    await stopping;
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(`${pushes} pushes, ${refusals} refused as recorded already, ${restarts} restarts\n`);
  expect(pushes).toBeGreaterThan(SCHEDULES * MOMENTS);
  expect(refusals).toBeGreaterThan(SCHEDULES);
  expect(restarts).toBeGreaterThan(SCHEDULES);
});

/** Whether the entry is the unit's reading of that moment. */
function holds(store: ReadableStore, index: number | undefined, unitId: string, atMs: number): boolean {
  const sql = 'SELECT 1 FROM readings WHERE idx = ? AND unit_id = ? AND from_ms < ? AND to_ms >= ?';
  return store.get(sql, index ?? -1, unitId, atMs, atMs) !== undefined;
}

function checkUnit(unitId: string, taken: readonly Delivery[], readings: readonly Reading[], seed: number): void {
  const label = `seed ${seed}, ${unitId}`;
  expect(readings, label).toHaveLength(taken.length);
  for (const [at, reading] of readings.entries()) {
    const before = readings[at - 1];
    if (before !== undefined) expect(reading.from >= before.to, `${label}: ${reading.from}`).toBe(true);
  }
  const coveredMs = readings.reduce((sum, reading) => sum + lengthMs(reading), 0);
  expect(coveredMs, label).toBe(unionMs(taken.map(({ atMs }) => atMs)));
  const energyWh = readings.reduce((sum, reading) => sum + (reading.energyWh ?? 0), 0);
  if (unitId === 'unit1') {
    const newest = taken.reduce((latest, delivery) => (delivery.atMs > latest.atMs ? delivery : latest));
    const counted = (newest.tenthsWh - (taken[0]?.tenthsWh ?? 0n)) / 10n;
    expect(energyWh, label).toBe(Number(counted));
    return;
  }
  const powers = new Map(taken.map(({ atMs, powerKw }) => [atMs, powerKw]));
  const estimated = readings.map((reading) => {
    const powerKw = powers.get(Date.parse(reading.to)) ?? Number.NaN;
    return Math.floor((powerKw * 1000 * lengthMs(reading)) / 3_600_000 + 1e-6);
  });
  expect(Math.abs(energyWh - estimated.reduce((sum, wh) => sum + wh, 0)), label).toBeLessThanOrEqual(readings.length);
}
