import { z } from 'zod';
import type {
  Connection,
  ConnectionCounts,
  ConnectOutcome,
  DeviceIssue,
  Driver,
  DriverHost,
} from '../../core/acquisition/driver.ts';
import type { DecodeRecipe, Miss, Outcome, Sample } from '../../core/acquisition/sample.ts';
import { type DeviceConfig, type PointConfig, TURBINES } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { BREAKER_STATES } from '../../core/model/breaker-state.ts';
import { toNumber } from '../../core/model/decimal.ts';
import type { Fault } from '../../core/model/fault.ts';
import { QUANTITIES, type Quantity } from '../../core/model/quantity.ts';
import { parseDuration, parseIso } from '../../core/model/time.ts';
import { UNIT_STATES } from '../../core/model/unit-state.ts';
import { hashToUnit } from './noise.ts';
import { refuseCycle } from './schedule.ts';
import { senseQuantity } from './sensors.ts';
import { SimulatedPlant } from './simulated-plant.ts';

const positive = z.number().positive();

const duration = z.string('a duration such as 10m').transform((text, context) => {
  const durationMs = parseDuration(text) ?? 0;
  if (durationMs > 0) return durationMs;
  context.addIssue({ code: 'custom', message: `expected a duration such as 10m, found "${text}"` });
  return z.NEVER;
});

const cycleSchema = z
  .strictObject({ every: duration, rest: duration })
  .transform(({ every, rest }) => ({ everyMs: every, restMs: rest }))
  .superRefine((cycle, context) => {
    const message = refuseCycle(cycle);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const connectionSchema = z.strictObject({
  seed: z.number().int().min(0).max(0xffffffff).describe('Another seed is another river and other machines'),
  start: z
    .string()
    .refine((text) => parseIso(text) !== undefined, { message: 'must be an ISO 8601 instant with its offset' })
    .optional()
    .describe('The moment at which the plant reads the same time as the clock; matters with a speed other than 1'),
  speed: z.number().positive().max(10_000).default(1).describe('How much faster the river and the operators live'),
  units: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        turbine: z.enum(TURBINES),
        ratedPowerKw: positive,
        ratedFlowM3s: positive,
        ratedHeadM: positive,
        cycle: cycleSchema.optional().describe('Started and stopped for peaks at fixed times, not by the river'),
      }),
    )
    .min(1)
    .max(20),
});

const quantityNames = Object.keys(QUANTITIES) as [Quantity, ...Quantity[]];
const pointSchema = z.strictObject({ of: z.string().min(1), quantity: z.enum(quantityNames) });

type SimulatorConnectionSettings = z.infer<typeof connectionSchema>;
type SimulatorPointSettings = z.infer<typeof pointSchema>;

/** An eight-digit meter with two decimals, as plants of this size have: years from zero to its highest value. */
const COUNTER_MODULUS = 10_000_000_000n;
/** What the meters showed when the simulated plant began, kWh: a plant exports for years and imports while it rests. */
const BEGUN_KWH = {
  energyExport: { least: 2_000_000, range: 8_000_000 },
  energyImport: { least: 5_000, range: 15_000 },
  energyExportCheck: { least: 2_000_000, range: 8_000_000 },
} as const;
/** How far the check meter counts from the main one at most: two honest meters of class 0.2S never agree wholly. */
const CHECK_GAIN = 0.0015;
const COUNTER_PLACES = 2;
const COUNTS_PER_KWH = 100;
const DEFAULT_START_MS = Date.UTC(2026, 0, 1);

/** A small run-of-river plant that needs no hardware. What it delivers is marked as demonstration data for good. */
export const simulator: Driver = {
  name: 'simulator',
  origin: 'demo',
  schemas: { connection: connectionSchema, point: pointSchema, defaultModulus },
  check: checkDevice,
  places: { device: () => 'built in', point: () => '' },
  connect,
};

function defaultModulus(settings: unknown): bigint | undefined {
  const { quantity } = settings as SimulatorPointSettings;
  return QUANTITIES[quantity].kind === 'counter' ? COUNTER_MODULUS : undefined;
}

function checkDevice(device: DeviceConfig): readonly DeviceIssue[] {
  const { units } = device.connection as SimulatorConnectionSettings;
  const ids = units.map(({ id }) => id);
  return device.points.flatMap((point, index) => {
    const { of, quantity } = point.settings as SimulatorPointSettings;
    const issues: DeviceIssue[] = [];
    if (!ids.includes(of)) {
      const hint = `the simulated units are ${ids.join(', ')}`;
      issues.push({ path: ['points', index, 'of'], message: `no simulated unit is called "${of}"`, hint });
    }
    const { unit, kind } = QUANTITIES[quantity];
    if (point.unit !== unit) {
      issues.push({ path: ['points', index, 'unit'], message: `the simulator delivers ${quantity} in "${unit}"` });
    }
    if (point.kind !== kind) {
      issues.push({ path: ['points', index, 'kind'], message: `${quantity} is a ${kind}, not a ${point.kind}` });
    }
    return issues;
  });
}

async function connect(device: DeviceConfig, host: DriverHost, signal: AbortSignal): Promise<ConnectOutcome> {
  if (signal.aborted) return { kind: 'fault', fault: ABORTED };
  const settings = device.connection as SimulatorConnectionSettings;
  return { kind: 'connected', connection: new SimulatorConnection(settings, host) };
}

const ABORTED: Fault = {
  code: 'DRV_SIMULATOR_ABORTED',
  message: 'The read was given up before the simulated plant answered.',
  policy: 'retry',
};

const CLOSED: Fault = {
  code: 'DRV_SIMULATOR_CLOSED',
  message: 'The connection to the simulated plant is closed.',
  policy: 'reconnect',
};

class SimulatorConnection implements Connection {
  readonly #settings: SimulatorConnectionSettings;
  readonly #host: DriverHost;
  readonly #plant: SimulatedPlant;
  readonly #recipes = new Map<string, DecodeRecipe>();
  #requests = 0;
  #isClosed = false;

  constructor(settings: SimulatorConnectionSettings, host: DriverHost) {
    this.#settings = settings;
    this.#host = host;
    this.#plant = new SimulatedPlant(settings.seed, settings.units);
  }

  async read(points: readonly PointConfig[], signal: AbortSignal): Promise<readonly Outcome[]> {
    this.#requests += 1;
    const atMs = this.#host.clock.wallMs();
    if (this.#isClosed) return points.map((point) => missOf(point, CLOSED, atMs));
    if (signal.aborted) return points.map((point) => missOf(point, ABORTED, atMs));
    return points.map((point) => this.#readPoint(point, atMs));
  }

  counts(): ConnectionCounts {
    return { requests: this.#requests, timeouts: 0, strangers: 0, writes: 0 };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #readPoint(point: PointConfig, atMs: number): Outcome {
    const { of, quantity } = point.settings as SimulatorPointSettings;
    const unit = this.#plant.indexOf(of);
    if (unit === undefined) return missOf(point, unknownUnit(of), atMs);
    const plantMs = this.#plantMs(atMs);
    const truth = this.#plant.truthAt(unit, plantMs);
    const base = { point: point.ref, unit: point.unit, readAtMs: atMs, recipe: this.#recipe(point) };
    if (quantity === 'status') return sampleOf({ ...base, value: truth.state, raw: encodeState(truth.state) });
    if (quantity === 'breaker') {
      const value = truth.powerKw === 0 ? 'open' : 'closed';
      return sampleOf({ ...base, value, raw: Uint8Array.of(BREAKER_STATES.indexOf(value)) });
    }
    if (quantity === 'energyExport' || quantity === 'energyImport' || quantity === 'energyExportCheck') {
      const gain =
        quantity === 'energyExportCheck' ? 1 + CHECK_GAIN * (2 * hashToUnit(this.#settings.seed, 40, unit) - 1) : 1;
      // A faster river lets power change faster, but a kilowatt still takes an hour for a kilowatt-hour.
      const energyKwh =
        (gain * (quantity === 'energyImport' ? truth.importedKwh : truth.exportedKwh)) / this.#settings.speed;
      const counts = this.#countsOf(energyKwh, unit, quantity, point.modulus);
      const register = { digits: counts, places: COUNTER_PLACES };
      return sampleOf({ ...base, value: toNumber(register), register, raw: encodeCounts(counts) });
    }
    const nameplate = this.#plant.nameplate(unit);
    const value = senseQuantity(quantity, truth, { nameplate, seed: this.#settings.seed, unit, utcMs: plantMs });
    return sampleOf({ ...base, value, raw: encodeDouble(value) });
  }

  #plantMs(wallMs: number): number {
    const { start, speed } = this.#settings;
    if (speed === 1) return wallMs;
    const startMs = start === undefined ? DEFAULT_START_MS : present(parseIso(start), 'a validated instant');
    return Math.floor(startMs + (wallMs - startMs) * speed);
  }

  /** What the meter shows: whole counts, begun at some value of its own, wrapped at its modulus. */
  #countsOf(energyKwh: number, unit: number, quantity: keyof typeof BEGUN_KWH, modulus: bigint | undefined): bigint {
    const stream = 9000 + unit * 2 + (quantity === 'energyExport' ? 0 : 1);
    const { least, range } = BEGUN_KWH[quantity];
    const begunAt = Math.floor((least + hashToUnit(this.#settings.seed, stream, 0) * range) * COUNTS_PER_KWH);
    const counts = BigInt(Math.floor(energyKwh * COUNTS_PER_KWH) + begunAt);
    if (modulus === undefined) return counts < 0n ? 0n : counts;
    return ((counts % modulus) + modulus) % modulus;
  }

  #recipe(point: PointConfig): DecodeRecipe {
    const known = this.#recipes.get(point.ref);
    if (known !== undefined) return known;
    const { of, quantity } = point.settings as SimulatorPointSettings;
    const recipe: DecodeRecipe = { v: 1, driver: 'simulator', of, quantity, unit: point.unit, ...wireForm(point) };
    this.#recipes.set(point.ref, recipe);
    return recipe;
  }
}

function wireForm(point: PointConfig): { [key: string]: string | { [state: string]: string } } {
  if (point.kind === 'counter') return { type: 'uint64', order: 'big-endian', scale: '0.01' };
  if (point.kind === 'gauge') return { type: 'float64', order: 'big-endian' };
  const { quantity } = point.settings as SimulatorPointSettings;
  const states: readonly string[] = quantity === 'breaker' ? BREAKER_STATES : UNIT_STATES;
  return { type: 'uint8', map: Object.fromEntries(states.map((state, index) => [String(index), state])) };
}

function sampleOf(parts: Omit<Sample, 'kind' | 'quality'>): Sample {
  return { kind: 'sample', quality: 'good', ...parts };
}

function missOf(point: PointConfig, fault: Fault, atMs: number): Miss {
  return { kind: 'miss', point: point.ref, fault, atMs };
}

function unknownUnit(id: string): Fault {
  return {
    code: 'DRV_SIMULATOR_UNKNOWN_UNIT',
    message: `No simulated unit is called "${id}".`,
    policy: 'misconfigured',
    hint: 'correct `of` in plant.yaml',
  };
}

function encodeState(state: (typeof UNIT_STATES)[number]): Uint8Array {
  return Uint8Array.of(UNIT_STATES.indexOf(state));
}

function encodeCounts(counts: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, counts);
  return bytes;
}

function encodeDouble(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}
