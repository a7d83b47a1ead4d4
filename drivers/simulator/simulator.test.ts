import { describe, expect, it } from 'vitest';
import type { Connection } from '../../core/acquisition/driver.ts';
import type { Sample } from '../../core/acquisition/sample.ts';
import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import type { Clock } from '../../core/model/clock.ts';
import { QUANTITIES, type Quantity } from '../../core/model/quantity.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { SimulatedPlant } from './simulated-plant.ts';
import { simulator } from './simulator.ts';

const UNITS = [
  { id: 'unit1', turbine: 'francis', ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95 },
  { id: 'unit2', turbine: 'francis', ratedPowerKw: 1990, ratedFlowM3s: 2.45, ratedHeadM: 96 },
  { id: 'unit3', turbine: 'pelton', ratedPowerKw: 2010, ratedFlowM3s: 0.76, ratedHeadM: 310 },
] as const;
const SEED = 7;
/** With this seed a unit trips, is stopped and started again within the two days after it. */
const NOV_20 = Date.UTC(2026, 10, 20, 12);
const signal = new AbortController().signal;

function pointOf(of: string, quantity: Quantity, modulus?: bigint): PointConfig {
  const { unit, kind } = QUANTITIES[quantity];
  const counter = modulus === undefined ? {} : { modulus };
  return { ref: `sim/${of}_${quantity}`, id: `${of}_${quantity}`, unit, kind, ...counter, settings: { of, quantity } };
}

function deviceOf(points: readonly PointConfig[], connection: object = {}): DeviceConfig {
  const settings = simulator.schemas.connection.parse({ seed: SEED, units: UNITS, ...connection });
  return { id: 'sim', driver: 'simulator', connection: settings, periodMs: 1000, points };
}

/** A connection whose clock the test moves. */
async function open(device: DeviceConfig, time: { nowMs: number }): Promise<Connection> {
  const clock: Clock = { wallMs: () => time.nowMs, monotonicMs: () => time.nowMs, after: () => () => {} };
  const outcome = await simulator.connect(device, driverHost(1, { clock }), signal);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  return outcome.connection;
}

async function readAll(connection: Connection, points: readonly PointConfig[]): Promise<Sample[]> {
  return (await connection.read(points, signal)).map((outcome) => {
    if (outcome.kind === 'miss') throw new Error(outcome.fault.message);
    return outcome;
  });
}

describe('simulated plant', () => {
  const plant = new SimulatedPlant(SEED, UNITS);

  it('counts the integral of its power, second by second, and never falls', () => {
    const seen = new Set<string>();
    for (const unit of [0, 1, 2]) {
      const first = plant.truthAt(unit, NOV_20);
      let last = first;
      let integralKwh = 0;
      let falls = 0;
      for (let second = 1; second <= 2 * 86_400; second += 1) {
        const truth = plant.truthAt(unit, NOV_20 + second * 1000);
        integralKwh += (truth.powerKw + last.powerKw) / 2 / 3600;
        if (truth.exportedKwh < last.exportedKwh || truth.importedKwh < last.importedKwh) falls += 1;
        seen.add(truth.state);
        last = truth;
      }
      expect(falls).toBe(0);
      // A trip or synchronisation lies within a second: the trapezoid errs there by half a second of full load.
      expect(Math.abs(last.exportedKwh - first.exportedKwh - integralKwh)).toBeLessThan(3);
    }
    expect([...seen].sort()).toEqual(['generating', 'starting', 'stopped', 'stopping', 'tripped']);
  });

  it('goes on without a fall or jump where slots, days and years meet', () => {
    let met = 0;
    for (const boundaryMs of [
      Date.UTC(2026, 10, 22, 4),
      Date.UTC(2026, 10, 23),
      Date.UTC(2027, 0, 1),
      Date.UTC(2026, 0, 1),
    ]) {
      for (const unit of [0, 1, 2]) {
        const [before, after] = [plant.truthAt(unit, boundaryMs - 1), plant.truthAt(unit, boundaryMs)];
        const stepKwh = after.exportedKwh - before.exportedKwh;
        expect(stepKwh).toBeGreaterThanOrEqual(0);
        expect(stepKwh).toBeLessThan(0.001);
        expect(Math.abs(after.flowShare - before.flowShare)).toBeLessThan(0.001);
        met += 1;
      }
    }
    expect(met).toBe(12);
  });

  it('generates with at least one unit at any time of the year, and stays within its ratings', () => {
    for (let hour = 0; hour < 365 * 24; hour += 1) {
      const truths = [0, 1, 2].map((unit) => plant.truthAt(unit, Date.UTC(2026, 0, 1, hour, 50)));
      for (const [unit, truth] of truths.entries()) {
        expect(truth.powerKw).toBeLessThan(1.03 * present(UNITS[unit], 'the unit').ratedPowerKw);
        expect(truth.powerKw).toBeGreaterThanOrEqual(0);
      }
      if (truths.every(({ state }) => state !== 'generating')) {
        expect(truths.some(({ state }) => state === 'tripped' || state === 'starting')).toBe(true);
      }
    }
  });
});

describe('a peaking unit', () => {
  const cycle = { everyMs: 600_000, restMs: 120_000 };
  const plant = new SimulatedPlant(
    SEED,
    UNITS.map((unit) => ({ ...unit, ...(unit.id === 'unit2' ? { cycle } : {}) })),
  );

  it('counts the integral of its power through every start and stop, across slots', () => {
    // A slot ends in its middle.
    const fromMs = NOV_20 + 3 * 3_600_000;
    const first = plant.truthAt(1, fromMs);
    let last = first;
    let integralKwh = 0;
    let fallsAndJumps = 0;
    for (let step = 1; step <= 2 * 36_000; step += 1) {
      const truth = plant.truthAt(1, fromMs + step * 100);
      const stepKwh = truth.exportedKwh - last.exportedKwh;
      if (!(stepKwh >= 0 && stepKwh < 0.06)) fallsAndJumps += 1;
      integralKwh += (truth.powerKw + last.powerKw) / 2 / 36_000;
      last = truth;
    }
    expect(fallsAndJumps).toBe(0);
    const countedKwh = last.exportedKwh - first.exportedKwh;
    expect(countedKwh).toBeGreaterThan(600);
    // At 12 starts and 12 stops the trapezoid errs by half a step of the little power that the breaker cuts.
    expect(Math.abs(countedKwh - integralKwh)).toBeLessThan(0.05);
  });

  it.each([Date.UTC(2026, 0, 20, 3, 59, 11), NOV_20 + 123_000, Date.UTC(2026, 7, 4, 1, 2, 3)])(
    'shows a start and a stop within any ten minutes, from %i on too, while the first unit generates',
    (fromMs) => {
      const moves = new Set<string>();
      let before = plant.truthAt(1, fromMs).state;
      for (let second = 1; second <= 600; second += 1) {
        const { state } = plant.truthAt(1, fromMs + second * 1000);
        if (state !== before) moves.add(`${before} to ${state}`);
        before = state;
        expect(plant.truthAt(0, fromMs + second * 1000).powerKw).toBeGreaterThan(500);
      }
      expect([...moves].sort()).toEqual([
        'generating to stopping',
        'starting to generating',
        'stopped to starting',
        'stopping to stopped',
      ]);
    },
  );

  it.each([
    [{ every: '7m', rest: '1m' }, 'divide 4h'],
    [{ every: '6m', rest: '2m' }, 'leave 5m'],
    [{ every: 'often', rest: '2m' }, 'a duration'],
  ])('refuses the cycle %j', (wrong, words) => {
    const units = [{ ...UNITS[0], cycle: wrong }];
    const parsed = simulator.schemas.connection.safeParse({ seed: 1, units });
    expect(parsed.success).toBe(false);
    expect(String(parsed.error)).toContain(words);
  });
});

describe('simulator driver', () => {
  const quantities = Object.keys(QUANTITIES) as Quantity[];
  const points = UNITS.flatMap(({ id }) => quantities.map((quantity) => pointOf(id, quantity, 10_000_000n)));

  it('shows the same after a restart as without one', async () => {
    const time = { nowMs: NOV_20 + 12_345_678 };
    const running = await open(deviceOf(points), time);
    await readAll(running, points);
    time.nowMs += 7_654_321;
    const restarted = await open(deviceOf(points), time);
    expect(await readAll(restarted, points)).toEqual(await readAll(running, points));
  });

  it('carries raw bytes that its recipe decodes to the value', async () => {
    const connection = await open(deviceOf(points), { nowMs: NOV_20 + 1 });
    const samples = await readAll(connection, points);
    expect(samples).toHaveLength(quantities.length * UNITS.length);
    for (const { raw, recipe, value, register } of samples) {
      const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
      if (recipe.type === 'float64') expect(view.getFloat64(0)).toBe(value);
      else if (recipe.type === 'uint64') {
        expect(view.getBigUint64(0)).toBe(register?.digits);
        expect(Number(view.getBigUint64(0)) / 100).toBe(value);
      } else expect((recipe.map as Record<string, string>)[String(view.getUint8(0))]).toBe(value);
    }
  });

  it('wraps its energy register within days and counts nothing twice there', async () => {
    const point = pointOf('unit1', 'energyExport', 10_000_000n);
    const time = { nowMs: NOV_20 };
    const connection = await open(deviceOf([point]), time);
    let wraps = 0;
    let countedKwh = 0;
    let last = present((await readAll(connection, [point]))[0], 'a sample').value as number;
    const plant = new SimulatedPlant(SEED, UNITS);
    const startKwh = plant.truthAt(0, NOV_20).exportedKwh;
    for (let minute = 1; minute <= 5 * 1440; minute += 1) {
      time.nowMs += 60_000;
      const value = present((await readAll(connection, [point]))[0], 'a sample').value as number;
      if (value < last) wraps += 1;
      countedKwh += value - last + (value < last ? 100_000 : 0);
      last = value;
    }
    expect(wraps).toBeGreaterThanOrEqual(1);
    expect(Math.abs(countedKwh - (plant.truthAt(0, time.nowMs).exportedKwh - startKwh))).toBeLessThan(0.011);
  });

  it('shows registers as of a plant that has exported for years and imported little', async () => {
    const pairs = UNITS.flatMap(({ id }) => [pointOf(id, 'energyExport'), pointOf(id, 'energyImport')]);
    const samples = await readAll(await open(deviceOf(pairs), { nowMs: NOV_20 }), pairs);
    for (let unit = 0; unit < UNITS.length; unit += 1) {
      const [exported, imported] = samples.slice(2 * unit, 2 * unit + 2).map(({ value }) => value as number);
      expect(exported).toBeGreaterThan(2_000_000);
      expect(exported).toBeLessThan(50_000_000);
      expect(present(imported, 'the import') / present(exported, 'the export')).toBeLessThan(0.02);
    }
  });

  it('counts energy over real time when the river runs faster', async () => {
    const pair = [pointOf('unit1', 'energyExport'), pointOf('unit1', 'power')];
    const time = { nowMs: NOV_20 };
    const connection = await open(deviceOf(pair, { speed: 60, start: '2026-11-20T12:00:00Z' }), time);
    const [before] = await readAll(connection, pair);
    let meanKw = 0;
    for (let second = 0; second < 600; second += 1) {
      time.nowMs += 1000;
      meanKw += ((await readAll(connection, pair))[1]?.value as number) / 600;
    }
    const [after] = await readAll(connection, pair);
    const energyKwh = (after?.value as number) - (before?.value as number);
    expect(energyKwh / (meanKw / 6)).toBeCloseTo(1, 1);
  });

  it('names a unit it does not simulate, a wrong unit of measure and a wrong kind', () => {
    const wrong = { ...pointOf('unit1', 'flow'), unit: 'l/s', kind: 'counter' as const };
    const issues = simulator.check?.(deviceOf([pointOf('unit9', 'flow'), wrong])) ?? [];
    expect(issues.map(({ path }) => path.join('.'))).toEqual(['points.0.of', 'points.1.unit', 'points.1.kind']);
    expect(issues[0]?.hint).toContain('unit3');
  });

  it('refuses keys it does not know', () => {
    expect(simulator.schemas.connection.safeParse({ seed: 1, units: UNITS, sped: 2 }).success).toBe(false);
    expect(simulator.schemas.point.safeParse({ of: 'unit1', quantity: 'flow', scale: 2 }).success).toBe(false);
    expect(simulator.schemas.point.safeParse({ of: 'unit1', quantity: 'flux' }).success).toBe(false);
  });

  it('gives a miss for every point once it is closed or the read is given up', async () => {
    const connection = await open(deviceOf(points), { nowMs: NOV_20 });
    const aborted = AbortSignal.abort();
    const given = await connection.read(points, aborted);
    expect(given.map((outcome) => outcome.kind === 'miss' && outcome.fault.code)).toEqual(
      points.map(() => 'DRV_SIMULATOR_ABORTED'),
    );
    await connection.close();
    await connection.close();
    const closed = await connection.read(points, signal);
    expect(closed.map((outcome) => outcome.kind === 'miss' && outcome.fault.policy)).toEqual(
      points.map(() => 'reconnect'),
    );
    expect(connection.counts()).toEqual({ requests: 2, timeouts: 0, strangers: 0, writes: 0 });
  });
});
