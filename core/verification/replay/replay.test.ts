import { describe, expect, it } from 'vitest';
import { present } from '../../model/assert.ts';
import { nextGaussian, seededRandom } from '../../model/random.ts';
import { toIso } from '../../model/time.ts';
import { PLANT, UNIT } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import type { Verdict } from '../verdict.ts';
import { Replay } from './replay.ts';
import type { ReplayRow } from './replay-row.ts';

const INTERVAL_MS = 300_000;
const FIRST_MS = Date.UTC(2026, 5, 1);

/** What the logger wrote of the `index`th interval, and what it could be changed to. */
interface Written {
  readonly powerKw: number;
  readonly energyKwh: number;
  readonly registerKwh: number;
  readonly status: string;
  readonly flowM3s: number;
}

/** Rows of steady generation, with a register that counts what is claimed, changed one by one. */
function verdicts(count: number, change: (index: number, row: Written) => Partial<Written>): Verdict[] {
  const replay = new Replay({
    config: { plant: PLANT, units: [UNIT], intervalMs: INTERVAL_MS },
    settings: DEFAULT_SETTINGS,
    trainDays: 0,
  });
  let registerKwh = 50_000;
  return Array.from({ length: count }, (_none, index) => {
    const energyKwh = energyOf(index);
    registerKwh = Number((registerKwh + energyKwh).toFixed(1));
    const honest = {
      energyKwh,
      powerKw: 12 * energyKwh,
      registerKwh,
      status: 'generating',
      flowM3s: flowOf(index),
    };
    return replay.judge(rowOf(index, { ...honest, ...change(index, honest) }));
  });
}

const noise = (index: number, quantity: number): number => nextGaussian(seededRandom(10 * index + quantity));
const energyOf = (index: number): number => Number((134 + noise(index, 1)).toFixed(1));
const flowOf = (index: number): number => 2.1 + 0.02 * noise(index, 2);

function rowOf(index: number, { powerKw, energyKwh, registerKwh, status, flowM3s }: Written): ReplayRow {
  return {
    rowId: String(index),
    timestamp: toIso(FIRST_MS + (index + 1) * INTERVAL_MS),
    deviceId: UNIT.id,
    flowRate_m3_per_s: flowM3s.toFixed(3),
    headHeight_m: (95 + 0.1 * noise(index, 3)).toFixed(2),
    power_kW: powerKw.toFixed(1),
    generatedKwh: energyKwh.toFixed(1),
    exportCounter_kWh: registerKwh.toFixed(1),
    gatePercent: (82 + noise(index, 4)).toFixed(1),
    status,
    receivedAt: toIso(FIRST_MS + (index + 1) * INTERVAL_MS + 2000),
  };
}

const codesOf = ({ findings }: Verdict): string[] =>
  findings.filter(({ severity }) => severity !== 'note').map(({ code }) => code);
const codesAt = (all: readonly Verdict[], index: number): string[] => codesOf(present(all[index], 'a verdict'));

describe('a replay with a register beside the claims', () => {
  it('leaves honest rows alone', () => {
    expect(verdicts(60, () => ({})).flatMap(codesOf)).toEqual([]);
  });

  it('refuses claims that the register does not bear out, and approves the first that it does', () => {
    const all = verdicts(40, (index, row) => (index >= 20 && index < 30 ? { energyKwh: 1.3 * row.energyKwh } : {}));
    for (let index = 20; index < 30; index += 1) expect(codesAt(all, index)).toContain('VER_CLAIM_UNLIKE_REGISTER');
    for (let index = 30; index < 40; index += 1) expect(codesAt(all, index)).toEqual([]);
  });

  it('doubts a register that was set back by less than it counts, until it is back', () => {
    const all = verdicts(40, (index, row) => (index >= 20 && index < 24 ? { registerKwh: row.registerKwh - 100 } : {}));
    for (let index = 20; index < 24; index += 1) expect(codesAt(all, index)).toContain('VER_CLAIM_UNLIKE_REGISTER');
    for (let index = 24; index < 40; index += 1) expect(codesAt(all, index)).toEqual([]);
  });

  it('does not hold an energy that is no number against the readings after it', () => {
    const all = verdicts(40, (index) => (index === 20 ? { energyKwh: -1_000_000 } : {}));
    expect(present(all[20], 'a verdict').status).toBe('REJECTED');
    for (let index = 21; index < 40; index += 1) expect(codesAt(all, index)).toEqual([]);
  });
});

describe('a replay of a start and a stop of which only means are known', () => {
  const rest = { energyKwh: 0, powerKw: 0, status: 'stopped', flowM3s: 0 };

  it('leaves them alone, and still finds energy without power once the unit runs', () => {
    let counted = 50_000;
    const all = verdicts(40, (index, row) => {
      const written =
        index < 20
          ? row
          : index === 20
            ? { ...row, energyKwh: 60, powerKw: 620, flowM3s: 1.1, status: 'stopped' }
            : { ...row, ...rest };
      counted = Number((counted + written.energyKwh).toFixed(1));
      return { ...written, registerKwh: counted };
    });
    expect(all.flatMap(codesOf)).toEqual([]);
  });

  it('finds power that goes on while the status says stopped', () => {
    const all = verdicts(40, (index) => (index >= 20 ? { status: 'stopped' } : {}));
    expect(
      all.slice(21).filter((verdict) => codesOf(verdict).includes('VER_POWER_WHILE_RESTING')).length,
    ).toBeGreaterThan(5);
  });
});

describe('a replay of rows that do not say when they came', () => {
  const DAY_MS = 86_400_000;
  const YEARS_MS = 5 * 365 * DAY_MS;

  /** Steady rows of which `aheadMs` says how far ahead each is dated; before the row `outage.at` the register rises. */
  function dated(count: number, aheadMs: (index: number) => number, outage = { at: 0, kwh: 0 }): Verdict[] {
    const replay = new Replay({
      config: { plant: PLANT, units: [UNIT], intervalMs: INTERVAL_MS },
      settings: DEFAULT_SETTINGS,
      trainDays: 0,
    });
    let registerKwh = 50_000;
    return Array.from({ length: count }, (_none, index) => {
      const energyKwh = energyOf(index);
      registerKwh = Number((registerKwh + energyKwh + (index === outage.at ? outage.kwh : 0)).toFixed(1));
      const flowM3s = flowOf(index);
      const row = rowOf(index, { energyKwh, powerKw: 12 * energyKwh, registerKwh, status: 'generating', flowM3s });
      const end = toIso(FIRST_MS + (index + 1) * INTERVAL_MS + aheadMs(index));
      return replay.judge({ ...row, timestamp: end, receivedAt: '' });
    });
  }

  it('flags one that is dated years ahead, and holds it against none after it', () => {
    const all = dated(40, (index) => (index === 20 ? YEARS_MS : 0));
    expect(present(all[20], 'a verdict').status).toBe('FLAGGED');
    expect(codesAt(all, 20)).toEqual(['VER_TIME_LEAP']);
    for (const verdict of all.toSpliced(20, 1)) expect(codesOf(verdict)).toEqual([]);
  });

  it('believes the new time once four rows have gone on from the first', () => {
    const all = dated(40, (index) => (index >= 20 ? YEARS_MS : 0));
    expect(all.map((verdict) => codesOf(verdict).join())).toEqual(
      all.map((_, index) => (index >= 20 && index < 25 ? 'VER_TIME_LEAP' : '')),
    );
  });

  it('leaves a shorter outage alone, and one over which the register rose as the unit generates', () => {
    const short = dated(30, (index) => (index >= 20 ? DAY_MS - INTERVAL_MS : 0));
    expect(short.flatMap(codesOf)).toEqual([]);
    const generating = dated(30, (index) => (index >= 20 ? 3 * DAY_MS : 0), { at: 20, kwh: 3 * 24 * 1600 });
    expect(generating.flatMap(codesOf)).not.toContain('VER_TIME_LEAP');
  });
});

describe('a replay of an earlier hour, to the last digit', () => {
  it('doubts the first reading and refuses the second', () => {
    const replay = new Replay({
      config: { plant: PLANT, units: [UNIT], intervalMs: INTERVAL_MS },
      settings: DEFAULT_SETTINGS,
      trainDays: 0,
    });
    let registerKwh = 50_000;
    const all = Array.from({ length: 60 }, (_none, index) => {
      const shown = index < 50 ? index : index - 40;
      const energyKwh = energyOf(shown);
      registerKwh = Number((registerKwh + energyKwh).toFixed(1));
      const flowM3s = flowOf(shown);
      const row = rowOf(shown, { energyKwh, powerKw: 12 * energyKwh, registerKwh, status: 'generating', flowM3s });
      const end = toIso(FIRST_MS + (index + 1) * INTERVAL_MS);
      return replay.judge({ ...row, timestamp: end, receivedAt: end });
    });
    expect(all.slice(0, 50).flatMap(codesOf)).toEqual([]);
    expect(present(all[50], 'a verdict').status).toBe('FLAGGED');
    for (const verdict of all.slice(50)) expect(codesOf(verdict)).toContain('VER_REPLAY');
    for (const verdict of all.slice(51)) expect(verdict.status).toBe('REJECTED');
  });
});
