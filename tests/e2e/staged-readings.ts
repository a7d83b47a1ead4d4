import { createHash } from 'node:crypto';
import { creditOf } from '../../core/verification/credit.ts';
import type { ExpectedPoint, Reading } from '../../renderer/api/types.ts';

export const PLANT_ID = 'HP-001';
export const INTERVAL_MS = 300_000;
/** Intervals of history: six and a half hours. */
export const HISTORY = 78;
const FLAGGED_AT = 60;
const REJECTED_AT = 66;
const GAP_AT = 40;

/** Which point of which device serves a quantity of unit `number`. */
export function signalsOf(number: number): Record<string, string> {
  const plc = `plc${number}`;
  const own = {
    flow: 'flow',
    head: 'head',
    power: 'power',
    energyExport: 'energy_export',
    gate: 'gate',
    status: 'status',
  };
  const signals = Object.fromEntries(Object.entries(own).map(([quantity, point]) => [quantity, `${plc}/${point}`]));
  if (number !== 1) return signals;
  return { ...signals, waterTemperature: 'meter1/water_temp', ph: 'meter1/ph', turbidity: 'meter1/turbidity' };
}

/** Reading `i` of the staged day, as it is signed. */
export function readingBody(fromMs: number, unitNumber: number, ratedKw: number, i: number): object {
  const meanKw =
    Math.round((0.78 + 0.12 * Math.sin(i / 11 + unitNumber) - (i > 25 && i < 29 ? 0.6 : 0)) * ratedKw * 10) / 10;
  const spread = (mean: number, share: number): object => ({
    mean,
    min: mean * (1 - share),
    max: mean * (1 + share),
    coverage: 1,
  });
  const from = new Date(fromMs).toISOString();
  const to = new Date(fromMs + INTERVAL_MS).toISOString();
  const hasGap = i === GAP_AT;
  const startKwh = 4_812_345 + i * 145;
  return {
    v: 1,
    plantId: PLANT_ID,
    unitId: `unit${unitNumber + 1}`,
    from,
    to,
    origin: 'demo',
    energyWh: Math.floor((meanKw * 1000 * INTERVAL_MS) / 3_600_000),
    energySource: hasGap ? 'estimated' : 'counter',
    registers: {
      energyExport: { startKwh: `${startKwh}.4`, startAt: from, endKwh: `${startKwh + 145}.1`, endAt: to, events: [] },
    },
    powerKw: spread(meanKw, 0.02),
    flowM3s: spread(meanKw / 820, 0.015),
    headM: spread(93.4, 0.003),
    gatePercent: spread(meanKw / 23, 0.02),
    stateSeconds: { generating: INTERVAL_MS / 1000 },
    coverage: hasGap ? 0.84 : 1,
    gaps: hasGap ? [{ from, to: new Date(fromMs + 48_000).toISOString(), reason: 'DRV_MODBUS_TIMEOUT' }] : [],
    clock: 'disciplined',
    samples: [{ device: 'plc1', digest: createHash('sha256').update(from).digest('hex'), outcomes: 1800 }],
  };
}

/** Approved, but for one flagged and one rejected reading. */
export function verdictBody(i: number, unitNumber: number): Reading['verdict'] {
  const isFlagged = i === FLAGGED_AT && unitNumber === 0;
  const isRejected = i === REJECTED_AT && unitNumber === 1;
  const flagged = {
    code: 'VER_TEMPORAL_STEP',
    layer: 'temporal' as const,
    severity: 'flag' as const,
    message: 'Power rose by 412 kW against the previous interval while the gate moved by 1.2 %.',
    action: 'Compare the power transducer with the meter; a loose current transformer looks like this.',
    evidence: { stepKw: 412, gateStepPercent: 1.2 },
  };
  const rejected = {
    code: 'VER_PHYSICS_EFFICIENCY',
    layer: 'physics' as const,
    severity: 'reject' as const,
    message: 'More power than the water can give: 1,812 kW from 1.61 m³/s at 93.4 m is an efficiency of 1.23.',
    action: 'Check the flow meter and the scale of its register before this unit is credited again.',
    evidence: { efficiency: 1.23 },
  };
  const physics = isRejected ? { outcome: 'reject' as const, score: 0.12 } : { outcome: 'pass' as const, score: 0.99 };
  const temporal = isFlagged ? { outcome: 'flag' as const, score: 0.61 } : { outcome: 'pass' as const, score: 0.98 };
  return {
    status: isRejected ? 'REJECTED' : isFlagged ? 'FLAGGED' : 'APPROVED',
    trustScore: isRejected ? 0.31 : isFlagged ? 0.86 : 0.9812,
    layers: [
      { layer: 'physics', ...physics, weight: 0.35 },
      { layer: 'temporal', ...temporal, weight: 0.3 },
      { layer: 'environmental', outcome: 'abstain', weight: 0, reason: 'Turbidity was not measured in this interval.' },
      { layer: 'statistical', outcome: 'pass', score: 0.94, weight: 0.2 },
      { layer: 'consistency', outcome: 'pass', score: 1, weight: 0.15 },
    ],
    findings: isRejected ? [rejected] : isFlagged ? [flagged] : [],
    engine: { version: '1', config: createHash('sha256').update('rules').digest('hex') },
  };
}

/** What the appliance adds to a reading that nobody has reviewed. */
export function judged(reading: Reading, verdict: Reading['verdict']): Pick<Reading, 'review' | 'credit' | 'anchor'> {
  return {
    review: { state: 'none', decision: null, items: [] },
    credit: creditOf({ ...reading, origin: 'plant' }, verdict, []),
    anchor: { state: 'recorded', receipts: [] },
  };
}

const STAGED_BASIS = { basis: 'modelByFlow', model: `sha256:${'3fa1b2c4'.repeat(8)}` } as const;

/** The power of a reading beside an expectation that it meets, unless the reading was rejected. */
export function expectedPointOf({ index, from, to, verdict, powerKw }: Reading): ExpectedPoint {
  const mean = powerKw?.mean ?? 0;
  const expectedKw = verdict.status === 'REJECTED' ? 0.74 * mean : mean - 9;
  const band = { lowKw: 0.9 * expectedKw, highKw: 1.06 * expectedKw };
  return { index, from, to, status: verdict.status, powerKw: mean, expectedKw, ...band, ...STAGED_BASIS };
}
