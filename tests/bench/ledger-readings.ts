import { canonicalize } from '../../core/ledger/canonical.ts';
import type { DeviceKey } from '../../core/ledger/device-key.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { toIso } from '../../core/model/time.ts';

/** Begin of the first reading: 2026-01-01T00:00:00Z. */
const BEGIN_MS = 1_767_225_600_000;
const INTERVAL_MS = 300_000;
const UNITS = 4;
const LAYERS = ['physics', 'temporal', 'environmental', 'statistical', 'consistency'];

/**
 * Reading number `n` of a plant with four units: as large and as varied as what the appliance records, about 2 KB.
 * Signed if there is a key; without one the signature is a stand-in of the same length, for what does not check it.
 */
export function benchReading(n: number, key?: Pick<DeviceKey, 'sign'>): NewEntry {
  const reading = readingBody(n);
  const signature =
    key === undefined
      ? Buffer.alloc(64, n & 0xff).toString('base64')
      : Buffer.from(key.sign(Buffer.from(canonicalize(reading), 'utf8'))).toString('base64');
  return { kind: 'reading', body: { reading, signature, verdict: verdictBody(n) } };
}

/** The unit and begin of reading number `n`. */
export function benchReadingKey(n: number): { readonly unitId: string; readonly fromMs: number } {
  return { unitId: `unit${(n % UNITS) + 1}`, fromMs: BEGIN_MS + Math.floor(n / UNITS) * INTERVAL_MS };
}

function readingBody(n: number): JsonObject {
  const { unitId, fromMs } = benchReadingKey(n);
  const from = toIso(fromMs);
  const to = toIso(fromMs + INTERVAL_MS);
  const wave = Math.sin(n / 97);
  const statistics = (mean: number): JsonObject => ({ mean, min: mean * 0.97, max: mean * 1.02, coverage: 1 });
  return {
    v: 1,
    plantId: 'HP-001',
    unitId,
    from,
    to,
    origin: 'demo',
    energyWh: 150_000 + (n % 7919),
    energyImportWh: n % 13,
    energySource: 'counter',
    registers: {
      energyExport: span(`${123_456 + n}.25`, `${123_606 + n}.5`, from, to),
      energyImport: span(`${1200 + n}`, `${1200 + n}.013`, from, to),
    },
    powerKw: statistics(1800 + 40 * wave),
    flowM3s: statistics(2.31 + 0.05 * wave),
    headM: statistics(94.6 + 0.4 * wave),
    gatePercent: statistics(81.2 + wave),
    waterTemperatureCel: statistics(11.4 + wave),
    ph: statistics(7.31),
    turbidityNtu: statistics(14.2 + wave),
    stateSeconds: { generating: 300 },
    coverage: 1,
    gaps: [],
    clock: 'disciplined',
    samples: [{ device: 'plc1', digest: n.toString(16).padStart(64, 'a'), outcomes: 3000 }],
  };
}

function span(startKwh: string, endKwh: string, startAt: string, endAt: string): JsonObject {
  return { startKwh, startAt, endKwh, endAt, events: [] };
}

function verdictBody(n: number): JsonObject {
  const isFlagged = n % 50 === 49;
  const finding = {
    code: 'VER_TEMPORAL_RAMP',
    layer: 'temporal',
    severity: 'flag',
    message: `Power rose by ${n % 100} kW in one interval, faster than unit rated 2000 kW usually does.`,
    action: 'Compare the power reading with the governor and the meter.',
    evidence: { riseKw: n % 100, limitKw: 60 },
  };
  return {
    status: isFlagged ? 'FLAGGED' : 'APPROVED',
    trustScore: isFlagged ? 0.8731 : 0.9942,
    layers: LAYERS.map((layer, i) => ({ layer, outcome: 'pass', score: 0.99 - i / 1000, weight: 0.2 })),
    findings: isFlagged ? [finding] : [],
    engine: { version: '1', config: 'c0ffee'.padEnd(64, '0') },
  };
}
