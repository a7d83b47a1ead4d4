import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { CounterEvent, Reading, Statistics } from '../../core/acquisition/reading.ts';
import type { Sample } from '../../core/acquisition/sample.ts';
import type { DeviceConfig, PlantIdentity, PointConfig, UnitConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import type { Clock } from '../../core/model/clock.ts';
import { add, type Decimal, floor, multiply, toText } from '../../core/model/decimal.ts';
import { QUANTITIES, type Quantity } from '../../core/model/quantity.ts';
import { toIso } from '../../core/model/time.ts';
import type { UnitState } from '../../core/model/unit-state.ts';
import { simulator } from '../../drivers/simulator/simulator.ts';
import { driverHost } from '../contract/driver-host.ts';

/** Small enough that registers wrap within days. */
const MODULUS = 10_000_000n;
const FIELDS = {
  power: 'powerKw',
  flow: 'flowM3s',
  head: 'headM',
  gate: 'gatePercent',
  waterTemperature: 'waterTemperatureCel',
  ph: 'ph',
  turbidity: 'turbidityNtu',
} as const;

export interface DemoPlant {
  readonly plant: PlantIdentity;
  readonly units: readonly UnitConfig[];
  readonly devices: readonly { readonly connection: object }[];
}

/** The plant that `npm start` shows, as far as these tests need it. */
export function readDemoPlant(): DemoPlant {
  const path = new URL('../../drivers/simulator/demo-plant.yaml', import.meta.url);
  return parse(readFileSync(path, 'utf8')) as DemoPlant;
}

/**
 * Readings of every unit of the demo plant as an honest appliance closes them, interval by interval, all units of an
 * interval together. Plain aggregation of its own, so that it shares no mistake with acquisition.
 */
export async function* simulateReadings(of: {
  demo: DemoPlant;
  seed: number;
  fromMs: number;
  toMs: number;
  intervalMs: number;
  periodMs: number;
}): AsyncGenerator<Reading[]> {
  let nowMs = of.fromMs - of.periodMs;
  const clock: Clock = { wallMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => {} };
  const device = deviceOf(of.demo, of.seed, of.periodMs);
  const signal = new AbortController().signal;
  const opened = await simulator.connect(device, driverHost(1, { clock }), signal);
  if (opened.kind === 'fault') throw new Error(opened.fault.message);
  const read = async (): Promise<Sample[]> =>
    (await opened.connection.read(device.points, signal)).map((outcome) => {
      if (outcome.kind === 'miss') throw new Error(outcome.fault.message);
      return outcome;
    });
  let before = { atMs: nowMs, samples: await read() };
  for (let fromMs = of.fromMs; fromMs < of.toMs; fromMs += of.intervalMs) {
    const slots: { atMs: number; samples: Sample[] }[] = [];
    for (nowMs = fromMs; nowMs < fromMs + of.intervalMs; nowMs += of.periodMs) {
      slots.push({ atMs: nowMs, samples: await read() });
    }
    const start = before;
    before = present(slots.at(-1), 'the last slot');
    yield of.demo.units.map((unit) =>
      aggregate(of.demo.plant.id, unit.id, { fromMs, toMs: fromMs + of.intervalMs, periodMs: of.periodMs }, [
        start,
        ...slots,
      ]),
    );
  }
}

function deviceOf(demo: DemoPlant, seed: number, periodMs: number): DeviceConfig {
  const points = demo.units.flatMap(({ id }) =>
    (Object.keys(QUANTITIES) as Quantity[]).map((quantity): PointConfig => {
      const { unit, kind } = QUANTITIES[quantity];
      const counter = kind === 'counter' ? { modulus: MODULUS } : {};
      const name = `${id}_${quantity}`;
      return { ref: `sim/${name}`, id: name, unit, kind, ...counter, settings: { of: id, quantity } };
    }),
  );
  const plant = present(demo.devices[0], 'the simulated device').connection;
  const connection = simulator.schemas.connection.parse({ ...plant, seed });
  return { id: 'sim', driver: 'simulator', connection, periodMs, points };
}

interface Slot {
  readonly atMs: number;
  readonly samples: readonly Sample[];
}

function aggregate(
  plantId: string,
  unitId: string,
  interval: { fromMs: number; toMs: number; periodMs: number },
  [start, ...slots]: readonly Slot[],
): Reading {
  const sampleOf = (slot: Slot | undefined, quantity: Quantity): Sample =>
    present(
      slot?.samples.find(({ point }) => point === `sim/${unitId}_${quantity}`),
      quantity,
    );
  const statistics = Object.fromEntries(
    Object.entries(FIELDS).map(([quantity, field]) => [
      field,
      statisticsOf(slots.map((slot) => sampleOf(slot, quantity as Quantity).value as number)),
    ]),
  );
  const stateSeconds: Partial<Record<UnitState, number>> = {};
  for (const slot of slots) {
    const state = sampleOf(slot, 'status').value as UnitState;
    stateSeconds[state] = (stateSeconds[state] ?? 0) + interval.periodMs / 1000;
  }
  const from = present(sampleOf(start, 'energyExport').register, 'the first register');
  const to = present(sampleOf(slots.at(-1), 'energyExport').register, 'the last register');
  const span = spanOf(from, to, present(start, 'the slot before').atMs, interval.toMs - interval.periodMs);
  return {
    v: 1,
    plantId,
    unitId,
    from: toIso(interval.fromMs),
    to: toIso(interval.toMs),
    origin: 'demo',
    energyWh: span.energyWh,
    energySource: 'counter',
    registers: { energyExport: span.register },
    ...statistics,
    stateSeconds,
    coverage: 1,
    gaps: [],
    clock: 'disciplined',
    samples: [],
  };
}

function spanOf(from: Decimal, to: Decimal, startMs: number, endMs: number) {
  const wrapped = to.digits < from.digits;
  const counted = add({ digits: to.digits + (wrapped ? MODULUS : 0n), places: 2 }, { ...from, digits: -from.digits });
  const texts = { fromKwh: toText(from), toKwh: toText(to) };
  const events: CounterEvent[] = wrapped ? [{ kind: 'wrap', at: toIso(endMs), ...texts }] : [];
  return {
    energyWh: Number(floor(multiply(counted, { digits: 1000n, places: 0 }))),
    register: { startKwh: texts.fromKwh, startAt: toIso(startMs), endKwh: texts.toKwh, endAt: toIso(endMs), events },
  };
}

function statisticsOf(values: readonly number[]): Statistics {
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const distinct = Math.min(50, new Set(values).size);
  return { mean: sum / values.length, min, max, coverage: 1, samples: values.length, distinct };
}
