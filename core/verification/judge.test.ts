import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CounterEvent, Reading } from '../acquisition/reading.ts';
import { present } from '../model/assert.ts';
import { toIso } from '../model/time.ts';
import { UnitHistory } from './history.ts';
import { judge } from './judge.ts';
import type { VerificationContext } from './layer.ts';
import { consistency } from './layers/consistency.ts';
import { environmental } from './layers/environmental.ts';
import { physics } from './layers/physics.ts';
import { statistical } from './layers/statistical.ts';
import { temporal } from './layers/temporal.ts';
import {
  around,
  constant,
  contextFor,
  emptyReading,
  INTERVAL_MS,
  restingReading,
  steadyHistory,
  steadyReading,
  UNIT,
  withEnergy,
} from './readings.testing.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { statusOf } from './trust-score.ts';
import type { LayerName, Verdict, VerdictStatus } from './verdict.ts';

const AT = 100;
const ALL = [physics, temporal, environmental, statistical, consistency];

function judgeOne(reading: Reading, context: Partial<VerificationContext> = {}, layers = ALL): Verdict {
  return judge(reading, { ...contextFor(reading, steadyHistory(AT)), ...context }, DEFAULT_SETTINGS, layers);
}

interface Case {
  readonly code: string;
  readonly layer: LayerName;
  readonly status: VerdictStatus;
  readonly reading: Reading;
  readonly context?: Partial<VerificationContext>;
}

const base = steadyReading(AT);
const rest = restingReading(AT);
const powerKw = present(base.powerKw, 'power').mean;
const energyWh = present(base.energyWh, 'energy');
const register = present(base.registers?.energyExport, 'the register');

function withEvent(kind: CounterEvent['kind']): Reading {
  const event: CounterEvent = { kind, at: base.to, fromKwh: '99999.9', toKwh: '3.1' };
  return { ...base, registers: { energyExport: { ...register, events: [event] } } };
}

/** Energy `wattHours` since a register value read `earlierMs` before the interval. */
function withSpan(wattHours: number, earlierMs: number): Reading {
  const altered = withEnergy(AT, wattHours);
  const span = present(altered.registers?.energyExport, 'the register');
  const startAt = toIso(Date.parse(span.startAt) - earlierMs);
  return { ...base, ...altered, registers: { energyExport: { ...span, startAt } } };
}

function stuckHistory(): { reading: Reading; history: UnitHistory } {
  const history = new UnitHistory(UNIT);
  const stuck = (index: number): Reading => ({
    ...steadyReading(index),
    registers: {},
    flowM3s: constant(2.1),
  });
  for (let index = AT - 5; index < AT; index += 1) history.remember({ reading: stuck(index), status: 'APPROVED' });
  return { reading: stuck(AT), history };
}

/** A history whose last reading keeps its register. */
function historyEndingWith(reading: Reading): UnitHistory {
  const history = new UnitHistory(UNIT);
  history.remember({ reading, status: 'APPROVED' });
  return history;
}

const sibling = { unit: { ...UNIT, id: 'unit2' }, reading: { ...base, unitId: 'unit2', headM: around(110, 0.001) } };
const low = { ...base, powerKw: around(0.3 * powerKw), ...withEnergy(AT, Math.floor(0.3 * energyWh)) };

const previous = { ...steadyReading(AT - 1), registers: {}, powerKw: around(300) };
const earlierEnd = present(steadyReading(AT - 1).registers?.energyExport, 'the register before');

const CASES: readonly Case[] = [
  { code: 'VER_ABOVE_CAPACITY', layer: 'physics', status: 'REJECTED', reading: { ...base, powerKw: around(2600) } },
  { code: 'VER_NEGATIVE_VALUE', layer: 'physics', status: 'FLAGGED', reading: { ...rest, flowM3s: constant(-0.3) } },
  {
    code: 'VER_ENERGY_POWER_MISMATCH',
    layer: 'physics',
    status: 'FLAGGED',
    reading: { ...base, ...withEnergy(AT, Math.floor(1.05 * energyWh)) },
  },
  {
    code: 'VER_ENERGY_POWER_MISMATCH',
    layer: 'physics',
    status: 'REJECTED',
    reading: { ...base, ...withEnergy(AT, Math.floor(0.5 * energyWh)) },
  },
  {
    code: 'VER_GENERATION_WITHOUT_FLOW',
    layer: 'physics',
    status: 'REJECTED',
    reading: { ...base, flowM3s: constant(0) },
  },
  {
    code: 'VER_EFFICIENCY_ABOVE_ONE',
    layer: 'physics',
    status: 'REJECTED',
    reading: { ...base, flowM3s: around(1.6) },
  },
  { code: 'VER_POWER_ABOVE_WATER', layer: 'physics', status: 'FLAGGED', reading: { ...base, flowM3s: around(1.82) } },
  { code: 'VER_POWER_BELOW_WATER', layer: 'physics', status: 'FLAGGED', reading: low },
  { code: 'VER_INTERVAL_INVALID', layer: 'temporal', status: 'REJECTED', reading: { ...base, to: base.from } },
  {
    code: 'VER_INTERVAL_MISALIGNED',
    layer: 'temporal',
    status: 'FLAGGED',
    reading: base,
    context: { intervalMs: 600_000 },
  },
  {
    code: 'VER_FUTURE',
    layer: 'temporal',
    status: 'REJECTED',
    reading: base,
    context: { closedAtMs: Date.parse(base.from) },
  },
  {
    code: 'VER_DUPLICATE_INTERVAL',
    layer: 'temporal',
    status: 'REJECTED',
    reading: base,
    context: { history: historyEndingWith(rest) },
  },
  {
    code: 'VER_OVERLAP',
    layer: 'temporal',
    status: 'REJECTED',
    reading: base,
    context: {
      history: historyEndingWith({
        ...steadyReading(AT - 1),
        from: toIso(Date.parse(base.from) + 60_000),
        to: toIso(Date.parse(base.to) + 60_000),
      }),
    },
  },
  {
    code: 'VER_LATE',
    layer: 'temporal',
    status: 'APPROVED',
    reading: { ...rest, registers: {} },
    context: { history: historyEndingWith(restingReading(AT + 3)) },
  },
  {
    code: 'VER_REPLAY',
    layer: 'temporal',
    status: 'REJECTED',
    reading: { ...steadyReading(AT - 30), from: base.from, to: base.to },
  },
  {
    code: 'VER_STEP_UNEXPLAINED',
    layer: 'temporal',
    status: 'FLAGGED',
    reading: base,
    context: { history: historyEndingWith(previous) },
  },
  {
    code: 'VER_STUCK_VALUE',
    layer: 'temporal',
    status: 'FLAGGED',
    reading: stuckHistory().reading,
    context: { history: stuckHistory().history },
  },
  {
    code: 'VER_WATER_QUALITY',
    layer: 'environmental',
    status: 'APPROVED',
    reading: { ...base, turbidityNtu: around(2400) },
  },
  { code: 'VER_WATER_SENSOR', layer: 'environmental', status: 'APPROVED', reading: { ...base, ph: constant(0) } },
  {
    code: 'VER_UNLIKE_HISTORY',
    layer: 'statistical',
    status: 'FLAGGED',
    reading: { ...base, ...withEnergy(AT, Math.floor(1.06 * energyWh)), powerKw: around(1.06 * powerKw) },
  },
  {
    code: 'VER_ENERGY_ESTIMATED',
    layer: 'consistency',
    status: 'FLAGGED',
    reading: { ...base, registers: {}, energySource: 'estimated' },
  },
  {
    code: 'VER_ENERGY_REGISTER_MISMATCH',
    layer: 'consistency',
    status: 'REJECTED',
    reading: { ...base, energyWh: energyWh + 40 },
  },
  {
    code: 'VER_ENERGY_COUNTED_TWICE',
    layer: 'consistency',
    status: 'REJECTED',
    reading: withSpan(energyWh, 4000),
    context: { history: historyEndingWith(steadyReading(AT - 1)) },
  },
  {
    code: 'VER_REGISTER_DISCONTINUITY',
    layer: 'consistency',
    status: 'REJECTED',
    reading: base,
    context: {
      history: historyEndingWith({
        ...steadyReading(AT - 1),
        registers: { energyExport: { ...earlierEnd, endKwh: '7.5' } },
      }),
    },
  },
  {
    code: 'VER_ENERGY_SPANS_GAP',
    layer: 'consistency',
    status: 'FLAGGED',
    reading: withSpan(3 * energyWh, 2 * INTERVAL_MS),
  },
  { code: 'VER_COVERAGE_LOW', layer: 'consistency', status: 'APPROVED', reading: { ...base, coverage: 0.6 } },
  { code: 'VER_UNCERTAIN_VALUES', layer: 'consistency', status: 'FLAGGED', reading: { ...base, uncertain: 0.5 } },
  { code: 'VER_CLOCK_SUSPECT', layer: 'consistency', status: 'FLAGGED', reading: { ...base, clock: 'suspect' } },
  { code: 'VER_COUNTER_WRAP', layer: 'consistency', status: 'APPROVED', reading: withEvent('wrap') },
  { code: 'VER_COUNTER_DIP', layer: 'consistency', status: 'FLAGGED', reading: withEvent('dip') },
  { code: 'VER_COUNTER_RESET', layer: 'consistency', status: 'FLAGGED', reading: withEvent('reset') },
  { code: 'VER_COUNTER_EXCHANGE', layer: 'consistency', status: 'FLAGGED', reading: withEvent('exchange') },
  { code: 'VER_COUNTER_RETURN', layer: 'consistency', status: 'FLAGGED', reading: withEvent('return') },
  { code: 'VER_COUNTER_CORRECTION', layer: 'consistency', status: 'FLAGGED', reading: withEvent('correction') },
  { code: 'VER_COUNTER_ROUNDS', layer: 'consistency', status: 'FLAGGED', reading: withEvent('rounds') },
  { code: 'VER_COUNTER_SCALE', layer: 'consistency', status: 'REJECTED', reading: withEvent('scale') },
  { code: 'VER_COUNTER_SET', layer: 'consistency', status: 'FLAGGED', reading: withEvent('set') },
  { code: 'VER_COUNTER_UNSHOWN', layer: 'consistency', status: 'FLAGGED', reading: withEvent('unshown') },
  { code: 'VER_COUNTER_SILENCE', layer: 'consistency', status: 'APPROVED', reading: withEvent('silence') },
  { code: 'VER_COUNTER_ROLLBACK', layer: 'consistency', status: 'REJECTED', reading: withEvent('rollback') },
  { code: 'VER_COUNTER_JUMP', layer: 'consistency', status: 'REJECTED', reading: withEvent('jump') },
  {
    code: 'VER_OUTSIDE_NAMEPLATE',
    layer: 'consistency',
    status: 'FLAGGED',
    reading: { ...base, gatePercent: around(120) },
  },
  {
    code: 'VER_GENERATION_GATE_CLOSED',
    layer: 'consistency',
    status: 'REJECTED',
    reading: { ...base, gatePercent: constant(0) },
  },
  {
    code: 'VER_POWER_WHILE_RESTING',
    layer: 'consistency',
    status: 'FLAGGED',
    reading: { ...base, stateSeconds: { stopped: 300 } },
  },
  {
    code: 'VER_GENERATING_WITHOUT_POWER',
    layer: 'consistency',
    status: 'APPROVED',
    reading: { ...rest, flowM3s: constant(0.02), stateSeconds: { generating: 300 } },
    context: { history: historyEndingWith({ ...restingReading(AT - 1), registers: {} }) },
  },
  {
    code: 'VER_HEAD_UNLIKE_SIBLINGS',
    layer: 'consistency',
    status: 'FLAGGED',
    reading: base,
    context: { siblings: [sibling] },
  },
  {
    code: 'VER_VALUE_INVALID',
    layer: 'consistency',
    status: 'REJECTED',
    reading: { ...base, headM: constant(Number.NaN) },
  },
];

function withoutEnergy(): Reading {
  const { energyWh: _energy, energySource: _source, registers: _registers, ...reading } = base;
  return reading;
}

describe('judge', () => {
  it.each([base, rest])('approves an honest reading with no finding', (reading) => {
    const { status, trustScore, findings } = judgeOne(reading);
    expect({ status, trustScore, findings }).toEqual({ status: 'APPROVED', trustScore: 1, findings: [] });
  });

  it.each(CASES)('$code: $status', ({ code, layer, status, reading, context }) => {
    const verdict = judgeOne(reading, context);
    const finding = verdict.findings.find((each) => each.code === code);
    expect(verdict.findings.map((each) => each.code)).toContain(code);
    expect(finding?.layer).toBe(layer);
    expect(finding?.message).toMatch(/\.$/);
    expect(finding?.action).toMatch(/\.$/);
    expect(verdict.status, JSON.stringify(verdict.findings)).toBe(status);
  });

  it.each(CASES.filter(({ code }) => code !== 'VER_VALUE_INVALID'))('$code comes from $layer alone', (each) => {
    const others = ALL.filter(({ name }) => name !== each.layer);
    const { findings } = judgeOne(each.reading, each.context, others);
    expect(findings.map(({ code }) => code)).not.toContain(each.code);
  });

  it('scores a rejection lower the surer it is', () => {
    const scores = [1.2, 1.5, 3].map((factor) =>
      judgeOne({ ...base, ...withEnergy(AT, Math.floor(factor * energyWh)) }),
    );
    const [slight, plain, gross] = scores.map(({ trustScore }) => trustScore);
    expect(present(plain, 'plain')).toBeLessThan(present(slight, 'slight'));
    expect(present(gross, 'gross')).toBeLessThan(present(plain, 'plain'));
  });

  it('flags energy that could not be established', () => {
    const { status, findings } = judgeOne(withoutEnergy());
    expect([status, findings.map(({ code }) => code)]).toEqual(['FLAGGED', ['VER_ENERGY_MISSING']]);
  });

  it('flags an interval without data with exactly 0.5 and says why', () => {
    const { status, trustScore, layers, findings } = judgeOne(emptyReading(AT));
    expect([status, trustScore]).toEqual(['FLAGGED', 0.5]);
    expect(layers.every(({ outcome, weight }) => outcome === 'abstain' && weight === 0)).toBe(true);
    expect(findings[0]).toMatchObject({ code: 'VER_NO_DATA' });
    expect(findings[0]?.message).toContain('DRV_MODBUS_TIMEOUT');
  });

  it.each([
    ['ACQ_NOT_RUNNING', /check why the PC was off/],
    ['ACQ_NOT_POLLED', /sleep and hibernation/],
    ['ACQ_CLOCK_STEP', /time synchronisation/],
    ['DRV_MODBUS_TIMEOUT', /device page/],
  ])('advises on an interval without data by its reason %s alone', (reason, advice) => {
    const empty = emptyReading(AT);
    const gaps = empty.gaps.map((gap) => ({ ...gap, reason }));
    const { action = '' } = judgeOne({ ...empty, gaps }).findings[0] ?? {};
    expect(action).toMatch(advice);
    expect(/mend|device page/.test(action)).toBe(reason.startsWith('DRV_'));
  });

  it('calls the energy whole only when the register was read at both ends, and says coverage rounded down', () => {
    const register = present(base.registers?.energyExport, 'the register');
    const fromMs = Date.parse(base.from);
    const of = (startMs: number, endMs: number, coverage: number) => {
      const span = { ...register, startAt: toIso(startMs), endAt: toIso(endMs) };
      const { findings } = judgeOne({ ...base, coverage, registers: { energyExport: span } });
      // The energy is the same over each span here, which other rules notice.
      const ofSpan = findings.filter(({ code }) => /^VER_(COVERAGE|ENERGY_FROM|ENERGY_PART|ENERGY_SPANS)/.test(code));
      return Object.fromEntries(ofSpan.map(({ code, message }) => [code, message]));
    };
    const toMs = fromMs + INTERVAL_MS;
    expect(of(fromMs + 40, toMs + 35, 0.8167)).toEqual({
      VER_COVERAGE_LOW: expect.stringMatching(/^Only 81 % .*the energy is whole/),
    });
    const first = of(fromMs + 11_000, toMs + 35, 0.899999);
    expect(first.VER_COVERAGE_LOW).toBe('Only 89 % of the interval was sampled.');
    expect(first.VER_ENERGY_PART_OF_INTERVAL).toMatch(/^The energy counts from ..:..:11 UTC on, 11 s after/);
    expect(of(fromMs + 40, toMs - 7000, 1)).toEqual({
      VER_ENERGY_PART_OF_INTERVAL: expect.stringContaining('until 08:24:53 UTC, 7 s before the interval ended'),
    });
    expect(of(fromMs - 3000, toMs, 1)).toEqual({
      VER_ENERGY_FROM_BEFORE: expect.stringMatching(/energy of 3 s before the interval, from ..:..:57 UTC/),
    });
    expect(of(fromMs - 2000, toMs - 2000, 1)).toEqual({});
  });

  it('never takes missing water quality for good water', () => {
    const { waterTemperatureCel: _t, ph: _ph, turbidityNtu: _ntu, ...reading } = base;
    const verdict = judgeOne(reading);
    const outcome = verdict.layers.find(({ layer }) => layer === 'environmental');
    expect(outcome).toEqual({ layer: 'environmental', outcome: 'abstain', weight: 0, reason: expect.any(String) });
    expect(verdict.layers.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  it('approves a unit that is stopped for a week', () => {
    const history = new UnitHistory(UNIT);
    const statuses = new Set<string>();
    const readings = (7 * 24 * 3600_000) / INTERVAL_MS;
    for (let index = 0; index < readings; index += 1) {
      const { registers: _registers, ...reading } = restingReading(index);
      const { status } = judge(reading, contextFor(reading, history), DEFAULT_SETTINGS);
      history.remember({ reading, status });
      statuses.add(status);
    }
    expect([readings, ...statuses]).toEqual([2016, 'APPROVED']);
  });

  it('does not punish a start, a trip or a ramp', () => {
    const half = {
      ...base,
      ...withEnergy(AT, Math.floor(0.5 * energyWh)),
      powerKw: { mean: powerKw / 2, min: 0, max: powerKw, coverage: 1 },
    };
    const water = {
      flowM3s: { mean: 1.1, min: 0, max: 2.2, coverage: 1 },
      gatePercent: { mean: 41, min: 0, max: 82, coverage: 1 },
    };
    for (const stateSeconds of [
      { stopped: 80, starting: 70, generating: 150 },
      { generating: 150, tripped: 150 },
      { generating: 300 },
    ]) {
      expect(judgeOne({ ...half, ...water, stateSeconds }).findings).toEqual([]);
    }
  });

  it('keeps rejected readings out of the reference', () => {
    const history = new UnitHistory(UNIT);
    for (let index = 0; index < 60; index += 1) {
      history.remember({ reading: steadyReading(index), status: index % 2 === 0 ? 'APPROVED' : 'REJECTED' });
    }
    expect(history.reference('efficiency').size).toBe(30);
    expect(
      judge(base, contextFor(base, history), DEFAULT_SETTINGS).layers.find(({ layer }) => layer === 'statistical'),
    ).toMatchObject({ outcome: 'abstain' });
  });

  it('says which rules and settings were in force', () => {
    const { engine } = judgeOne(base);
    expect(engine.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(engine.config).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});

describe('judge on any reading whatever', () => {
  const seed = Number(process.env.FOREBAY_SEED ?? 20_261_120);
  const number = fc.oneof(
    fc.double({ noNaN: false }),
    fc.double({ min: -10, max: 3000, noNaN: true }),
    fc.constantFrom(0, -0, 1e-300, 1e308, 0.5, 2000),
  );
  const statistics = fc.oneof(
    fc.record({ mean: number, min: number, max: number, coverage: number }),
    fc.double({ min: -5, max: 2500, noNaN: true }).map((value) => around(value)),
    fc.double({ min: 0, max: 2500, noNaN: true }).map(constant),
  );
  const alterations = fc.record(
    {
      energyWh: number,
      energyImportWh: number,
      powerKw: statistics,
      flowM3s: statistics,
      headM: statistics,
      gatePercent: statistics,
      ph: statistics,
      turbidityNtu: statistics,
      waterTemperatureCel: statistics,
      stateSeconds: fc.record({ stopped: number, generating: number, tripped: number }),
      coverage: fc.oneof(number, fc.double({ min: 0, max: 1, noNaN: true })),
      clock: fc.constantFrom('disciplined' as const, 'suspect' as const),
      from: fc.constantFrom(base.from, base.to, steadyReading(AT - 1).from),
    },
    { requiredKeys: [] },
  );

  it('gives a score that agrees with the status, no NaN, and the same twice', () => {
    process.stdout.write(`SEED=${seed}\n`);
    let judged = 0;
    const history = steadyHistory(AT);
    fc.assert(
      fc.property(alterations, fc.constantFrom(base, rest, emptyReading(AT)), (alteration, onto) => {
        const reading: Reading = { ...onto, ...alteration };
        const verdict = judge(reading, contextFor(reading, history), DEFAULT_SETTINGS);
        expect(verdict.trustScore).toBeGreaterThanOrEqual(0);
        expect(verdict.trustScore).toBeLessThanOrEqual(1);
        expect(statusOf(verdict.trustScore)).toBe(verdict.status);
        if (verdict.findings.some(({ severity }) => severity === 'reject')) expect(verdict.status).toBe('REJECTED');
        if (verdict.findings.some(({ severity }) => severity === 'flag')) expect(verdict.status).not.toBe('APPROVED');
        for (const { evidence, message } of verdict.findings) {
          for (const value of Object.values(evidence)) expect(value).not.toBeNaN();
          if (!message.includes('no measurement gives')) expect(message).not.toMatch(/NaN|Infinity|undefined/);
        }
        expect(judge(reading, contextFor(reading, history), DEFAULT_SETTINGS)).toEqual(verdict);
        judged += 1;
      }),
      { seed, numRuns: 3000 },
    );
    expect(judged).toBe(3000);
  });
});

describe('generation with no head', () => {
  it.each([0, -3, 1e-300])('is rejected at a head of %f m, in numbers that JSON can carry', (head) => {
    const verdict = judge({ ...base, headM: constant(head) }, contextFor(base, steadyHistory(200)), DEFAULT_SETTINGS);
    expect(verdict.status).toBe('REJECTED');
    const finding = verdict.findings.find(({ code }) => code === 'VER_EFFICIENCY_ABOVE_ONE');
    expect(finding?.message).toMatch(/which carry 0 kW\.$/);
    expect(Object.values(finding?.evidence ?? { none: Number.NaN }).every(Number.isFinite)).toBe(true);
  });
});
