import { IntervalJudge, readingEntry } from '../../appliance/judge-interval.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import { createUnitInterval } from '../../core/acquisition/unit-interval.ts';
import type { PlantConfig, PointConfig } from '../../core/config/plant.ts';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { present } from '../../core/model/assert.ts';
import { QUANTITIES, type Quantity } from '../../core/model/quantity.ts';
import { PlantMemory } from '../../core/verification/plant-memory.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';

const BEGIN_MS = Date.parse('2026-01-01T00:00:00Z');
const INTERVAL_MS = 60_000;
const POWER_KW = 1500;
const RECIPE = { v: 1, driver: 'bench' };

/**
 * Gives reading number `n` as the appliance makes it: the poll that ends its interval is taken in, the interval is
 * closed, the reading judged with a memory of 200 earlier ones and signed by the device key.
 */
export function readingProducer(): (n: number) => NewEntry {
  const config = benchPlant();
  const unit = present(config.units[0], 'the unit');
  const interval = createUnitInterval(config, unit, new Map());
  const key = deviceKeyFromSeed(new Uint8Array(32).fill(3), config.plant.id);
  const judge = new IntervalJudge(
    config,
    DEFAULT_SETTINGS,
    key,
    new PlantMemory({ ...config, settings: DEFAULT_SETTINGS }),
  );
  return (n) => {
    const fromMs = BEGIN_MS + n * INTERVAL_MS;
    const toMs = fromMs + INTERVAL_MS;
    interval.take(cycleAt(config, fromMs, n));
    interval.takeRegisters(cycleAt(config, toMs, n + 1));
    const closed = interval.close({
      fromMs,
      toMs,
      clock: 'holdover',
      origin: 'plant',
      samples: [{ device: 'plc1', digest: 'ab'.repeat(32), outcomes: 10 }],
      absence: 'ACQ_NOT_POLLED',
      offUntilMs: Number.NEGATIVE_INFINITY,
      isRecordable: true,
    });
    const judged = judge.judge({ fromMs, toMs, units: [closed], counters: closed.counters }, toMs);
    judge.remember(judged);
    return readingEntry(present(judged[0], 'the judged reading'));
  };
}

function cycleAt(config: PlantConfig, slotMs: number, n: number) {
  const device = present(config.devices[0], 'the device');
  const outcomes = device.points.map((point) => outcomeOf(point, n, slotMs));
  return { deviceId: device.id, cycleId: 'c', slotMs, startedAtMs: slotMs, endedAtMs: slotMs, outcomes };
}

function outcomeOf(point: PointConfig, n: number, readAtMs: number): Outcome {
  const raw = new Uint8Array(4);
  const base = { kind: 'sample', point: point.ref, unit: point.unit, quality: 'good', readAtMs, raw } as const;
  if (point.kind === 'state') return { ...base, value: 'generating', recipe: RECIPE };
  if (point.kind === 'counter') {
    const kwh = point.id === 'energyExport' ? n * 25 : 40;
    return { ...base, value: kwh, register: { digits: BigInt(kwh), places: 0 }, recipe: RECIPE };
  }
  return { ...base, value: gaugeValue(point.id as Quantity, n), recipe: RECIPE };
}

/** Small waves round a steady point that agrees with the water power of the unit. */
function gaugeValue(quantity: Quantity, n: number): number {
  const wave = 1 + 0.004 * Math.sin(n / 7);
  const steady: Partial<Record<Quantity, number>> = {
    flow: 1.84,
    head: 95,
    power: POWER_KW,
    gate: 74,
    waterTemperature: 9.8,
    ph: 7.6,
    turbidity: 11,
  };
  return (steady[quantity] ?? 0) * wave;
}

function benchPlant(): PlantConfig {
  const quantities = Object.keys(QUANTITIES) as Quantity[];
  return {
    version: 1,
    plant: { id: 'HP-BENCH', name: 'Bench', timezone: 'UTC', ratedPowerKw: 2000 },
    intervalMs: INTERVAL_MS,
    units: [
      {
        id: 'unit1',
        name: 'Unit 1',
        turbine: 'francis',
        ratedPowerKw: 2000,
        ratedFlowM3s: 2.5,
        ratedHeadM: 95,
        signals: Object.fromEntries(quantities.map((quantity) => [quantity, `plc1/${quantity}`])),
      },
    ],
    devices: [
      {
        id: 'plc1',
        driver: 'bench',
        connection: {},
        periodMs: INTERVAL_MS,
        points: quantities.map((quantity) => ({
          ref: `plc1/${quantity}`,
          id: quantity,
          unit: QUANTITIES[quantity].unit,
          kind: QUANTITIES[quantity].kind,
          settings: {},
        })),
      },
    ],
  };
}
