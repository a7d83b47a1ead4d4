import { nextGaussian, type Random, seededRandom } from '../../core/model/random.ts';
import type { ReplayRow } from '../../core/verification/replay/replay-row.ts';
import { type PlantRow, STEP_MS } from './row.ts';
import { RATED_FLOW_M3S } from './unit-as-built.ts';

/** What transformers and the line take of what the units give, and what is used before the meter of the plant. */
const LOSS_SHARE = 0.008;
const OWN_USE_KW = 12;

/** A register that shows steps of its own, with the gain it was adjusted to. */
class Register {
  readonly #gain: number;
  readonly #stepKwh: number;
  #kwh: number;

  constructor(random: Random, classShare: number, stepKwh: number) {
    this.#gain = 1 + 0.5 * classShare * nextGaussian(random);
    this.#stepKwh = stepKwh;
    this.#kwh = 1_000_000 * random.next();
  }

  count(kwh: number): number {
    const before = Math.floor(this.#kwh / this.#stepKwh);
    this.#kwh += kwh * this.#gain;
    return (Math.floor(this.#kwh / this.#stepKwh) - before) * this.#stepKwh;
  }
}

/**
 * What instruments beside the units show of what really happened, by row, whatever was done to the rows of the units: a
 * check meter on each unit (class 0.5S, whole kWh), a meter of the plant (0.2S, steps of 1 kWh) behind a transformer,
 * and a gauge in the headrace, off by up to 1.5 % and as noisy as its meters are.
 */
export function besideTheUnits(rows: readonly PlantRow[], seed: number): ReadonlyMap<PlantRow, ReplayRow> {
  const random = seededRandom(seed);
  const units = [...new Set(rows.map(({ unitId }) => unitId))].sort();
  const checks = new Map(units.map((unitId) => [unitId, new Register(random, 0.005, 1)]));
  const out = new Register(random, 0.002, 1);
  const back = new Register(random, 0.002, 1);
  const gaugeGain = 1 + 0.03 * (random.next() - 0.5);
  const shown = new Map<PlantRow, ReplayRow>();
  for (const together of byTime(rows)) {
    const first = new Map<string, PlantRow>();
    for (const row of together) if (!first.has(row.unitId)) first.set(row.unitId, row);
    const truths = [...first.values()];
    const ownKwh = (OWN_USE_KW * STEP_MS) / 3_600_000;
    const netKwh = sum(truths, ({ trueKwh }) => trueKwh) * (1 - LOSS_SHARE) - ownKwh;
    const plant = { plantExportKwh: out.count(Math.max(0, netKwh)), plantImportKwh: back.count(Math.max(0, -netKwh)) };
    const flow = sum(truths, ({ trueFlowM3s }) => trueFlowM3s);
    const inflow = Math.max(0, flow * (gaugeGain + 0.01 * nextGaussian(random)) + 0.002 * RATED_FLOW_M3S);
    for (const [unitId, row] of first) {
      const checkGeneratedKwh = checks.get(unitId)?.count(row.trueKwh) ?? 0;
      const values = { ...plant, checkGeneratedKwh, inflow_m3_per_s: Math.round(1000 * inflow) / 1000 };
      const texts = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
      for (const same of together) if (same.unitId === unitId) shown.set(same, texts);
    }
  }
  return shown;
}

function byTime(rows: readonly PlantRow[]): PlantRow[][] {
  const groups = new Map<number, PlantRow[]>();
  for (const row of rows) {
    const group = groups.get(row.endMs);
    if (group === undefined) groups.set(row.endMs, [row]);
    else group.push(row);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

function sum(rows: readonly PlantRow[], of: (row: PlantRow) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}
