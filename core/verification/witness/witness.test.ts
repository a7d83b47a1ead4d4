import { describe, expect, test } from 'vitest';
import type { CountedWitness, Reading, WitnessValues } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import type { WitnessesConfig } from '../../config/witnesses.ts';
import { present } from '../../model/assert.ts';
import { judge } from '../judge.ts';
import { PlantMemory } from '../plant-memory.ts';
import { around, constant, INTERVAL_MS, PLANT, steadyReading, UNIT, withEnergy } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import type { Finding, Verdict } from '../verdict.ts';

const accurate = { energyExport: '0.2S', energyExportCheck: '0.5S', flowPercent: 2 } as const;
const UNITS = ['unit1', 'unit2'].map(
  (id): UnitConfig => ({
    ...UNIT,
    id,
    name: id,
    accuracy: accurate,
    signals: { energyExport: `plc/${id}`, energyExportCheck: `meters/${id}`, head: `plc/${id}_head` },
  }),
);
const ALL: WitnessesConfig = {
  meter: { energyExport: 'grid/out', class: '0.2S', lossPercent: 1, auxiliariesKw: 20 },
  inflow: { flow: 'rtu/flow', at: 'headrace', accuracyPercent: 3 },
  headwaterLevel: 'rtu/level',
  tailwaterLevel: 'rtu/tail',
};

type Shown = (unitId: string) => { claimedWh: number; flowM3s?: number; witness: WitnessValues };

/** A plant of which each interval is judged as its recorder does: unit by unit, each remembered before the next. */
class Plant {
  readonly units: readonly UnitConfig[];
  readonly witnesses: WitnessesConfig;
  readonly #memory: PlantMemory;

  constructor(witnesses: WitnessesConfig, units: readonly UnitConfig[] = UNITS) {
    this.units = units;
    this.witnesses = witnesses;
    this.#memory = new PlantMemory({
      plant: { ratedPowerKw: 4000 },
      units,
      intervalMs: INTERVAL_MS,
      settings: DEFAULT_SETTINGS,
      witnesses,
    });
  }

  #readings(index: number, of: Shown): Reading[] {
    return this.units.map(({ id }): Reading => {
      const { claimedWh, witness, flowM3s } = of(id);
      // Without registers, whose values would have to go on from reading to reading.
      const { registers: _registers, ...energy } = {
        ...{ ...steadyReading(index), ...withEnergy(index, claimedWh) },
        powerKw: around(claimedWh * 0.012),
      };
      return { ...energy, unitId: id, witness, ...(flowM3s === undefined ? {} : { flowM3s: around(flowM3s) }) };
    });
  }

  /** Takes the readings in with a verdict from before a restart. */
  remember(index: number, of: Shown, verdict: Verdict): void {
    for (const reading of this.#readings(index, of)) this.#memory.remember({ reading, siblings: [], verdict });
  }

  judge(index: number, of: Shown): Verdict[] {
    const readings = this.#readings(index, of);
    const verdicts = readings.map((reading, u) => {
      const memory = this.#memory.unit(reading.unitId);
      if (memory === undefined) throw new Error(reading.unitId);
      const companions = readings
        .filter((other) => other !== reading)
        .map((other) => ({ reading: other, status: 'APPROVED' as const }));
      const siblings = this.#memory.siblingsOf(reading);
      const context = {
        ...{
          plant: PLANT,
          unit: this.units[u] ?? UNIT,
          intervalMs: INTERVAL_MS,
          closedAtMs: Date.parse(reading.to) + 500,
        },
        ...{ history: memory.history, siblings },
        witness: this.#memory.beside.viewOf(reading, companions),
      };
      return { reading, siblings, verdict: judge(reading, context, DEFAULT_SETTINGS) };
    });
    for (const judged of verdicts) this.#memory.remember(judged);
    return verdicts.map(({ verdict }) => verdict);
  }
}

const counted = (index: number, energyWh: number, resolutionKwh = 0.1): CountedWitness => {
  const { registers } = withEnergy(index, energyWh);
  return {
    energyWh,
    resolutionKwh,
    ...(registers?.energyExport === undefined ? {} : { register: registers.energyExport }),
  };
};

function findingOf(verdict: Verdict | undefined, code: string): Finding | undefined {
  return verdict?.findings.find((finding) => finding.code === code);
}

/** 150 kWh in five minutes are 1800 kW. */
const TRUE_WH = 150_000;
const ONE = [UNITS[0] ?? UNIT];
const checked = (claimedWh: number, checkWh: number) => (index: number) => () => ({
  claimedWh,
  witness: { energyExportCheck: counted(index, checkWh) },
});

describe('a check meter', () => {
  test('agrees within the limits of both instruments, and the verdict says so', () => {
    const plant = new Plant({}, ONE);
    const [verdict] = plant.judge(0, checked(TRUE_WH, 149_400)(0));
    expect(verdict?.witnesses).toEqual([
      { kind: 'check-meter', sees: 'energy', isIndependent: true, outcome: 'agrees' },
    ]);
    expect(verdict?.findings).toEqual([]);
  });

  test('speaks at once against a large claim, and refuses a gross one', () => {
    const [large] = new Plant({}, ONE).judge(0, checked(160_000, TRUE_WH)(0));
    expect(findingOf(large, 'VER_CHECK_METER_MISMATCH')?.message).toBe(
      'The meter counted 160 kWh in 5 min, but the check meter 150 kWh, 6.7 % more; meters of class 0.2S and 0.5S may ' +
        'differ by 3.51 kWh here.',
    );
    expect(large?.witnesses?.[0]?.outcome).toBe('disagrees');
    expect(large?.status).toBe('FLAGGED');
    expect(new Plant({}, ONE).judge(0, checked(165_000, TRUE_WH)(0))[0]?.status).toBe('REJECTED');
  });

  test('shows a small bias that lasts, and forgets it once it has ended', () => {
    const plant = new Plant({}, ONE);
    let first: number | undefined;
    for (let index = 0; index < 60; index += 1) {
      const [verdict] = plant.judge(index, checked(152_700, TRUE_WH)(index));
      const drift = findingOf(verdict, 'VER_CHECK_METER_DRIFT');
      if (drift === undefined || first !== undefined) continue;
      first = index;
    }
    expect(first).toBeGreaterThan(3);
    expect(first).toBeLessThan(24);
    const [after] = plant.judge(60, checked(TRUE_WH, TRUE_WH)(60));
    expect(after?.findings).toEqual([]);
  });

  test('sees no bias in two honest meters at the ends of their classes, whatever steps they show', () => {
    const plant = new Plant({}, ONE);
    let shown = 0;
    for (let index = 0; index < 400; index += 1) {
      const total = Math.floor((TRUE_WH * 0.995 * (index + 1)) / 10_000) * 10_000;
      const witness = { energyExportCheck: counted(index, total - shown, 10) };
      shown = total;
      const [verdict] = plant.judge(index, () => ({ claimedWh: TRUE_WH + 300, witness }));
      expect(verdict?.findings.filter(({ code }) => code.startsWith('VER_CHECK'))).toEqual([]);
    }
  });

  test.each([
    ['silent', { silent: { energyExportCheck: 'DRV_MODBUS_TIMEOUT' } }, /gave no value \(DRV_MODBUS_TIMEOUT\)/],
    ['doubted by its device', { energyExportCheck: { ...counted(0, 90_000), uncertain: 0.9 } }, /uncertain/],
    ['read over another time', { energyExportCheck: counted(3, 90_000) }, /not read over the same interval/],
    [
      'reset',
      {
        energyExportCheck: {
          ...counted(0, 90_000),
          register: {
            ...{ startKwh: '9', startAt: '2026-10-01T00:00:00Z', endKwh: '1', endAt: '2026-10-01T00:05:00Z' },
            events: [{ kind: 'reset' as const, at: '2026-10-01T00:02:00Z', fromKwh: '9', toKwh: '0' }],
          },
        },
      },
      /did something else than count \(reset/,
    ],
  ])('accuses nobody while it is %s, and says why', (_, witness, reason) => {
    const [verdict] = new Plant({}, ONE).judge(0, () => ({ claimedWh: TRUE_WH, witness }));
    expect(verdict?.status).toBe('APPROVED');
    expect(verdict?.witnesses?.[0]).toMatchObject({ outcome: 'silent', reason: expect.stringMatching(reason) });
  });

  test('that was not heard is named in the reading', () => {
    const witness = { silent: { energyExportCheck: 'DRV_MODBUS_TIMEOUT' } };
    const [verdict] = new Plant({}, ONE).judge(0, () => ({ claimedWh: TRUE_WH, witness }));
    expect(findingOf(verdict, 'VER_WITNESS_SILENT')?.message).toBe(
      'The check meter was not heard in this interval (energyExportCheck: DRV_MODBUS_TIMEOUT), so nothing was compared ' +
        'with it.',
    );
  });
});

describe('a check meter that goes silent', () => {
  const DAY = 86_400_000 / INTERVAL_MS;
  const silent = { silent: { energyExportCheck: 'DRV_MODBUS_TIMEOUT' } };
  const heard = (index: number): WitnessValues => ({ energyExportCheck: counted(index, TRUE_WH) });

  test('lets claims wait for a person after a day, and none once it is back', () => {
    const plant = new Plant({}, ONE);
    const verdicts = Array.from({ length: DAY + 12 }, (_, index) => {
      const witness = index === 0 || index >= DAY + 8 ? heard(index) : silent;
      return present(plant.judge(index, () => ({ claimedWh: TRUE_WH, witness }))[0], 'a verdict');
    });
    const lost = verdicts.map((verdict) => findingOf(verdict, 'VER_WITNESS_LOST') !== undefined);
    expect(lost.indexOf(true)).toBe(DAY + 1);
    expect(lost.lastIndexOf(true)).toBe(DAY + 7);
    expect(verdicts.map(({ status }) => status)).toEqual(lost.map((isLost) => (isLost ? 'FLAGGED' : 'APPROVED')));
  });

  test('goes on being missed after a restart that reads nothing but silence', () => {
    const before = new Plant({}, ONE);
    before.judge(0, () => ({ claimedWh: TRUE_WH, witness: heard(0) }));
    const [last] = before.judge(1, () => ({ claimedWh: TRUE_WH, witness: silent }));
    const after = new Plant({}, ONE);
    after.remember(1, () => ({ claimedWh: TRUE_WH, witness: silent }), present(last, 'a verdict'));
    const [verdict] = after.judge(DAY + 1, () => ({ claimedWh: TRUE_WH, witness: silent }));
    expect(findingOf(verdict, 'VER_WITNESS_LOST')?.evidence.heardUntil).toBe('2026-10-01T00:05:00.000Z');
  });

  test('is missed by nobody who never heard it, and by no unit at rest', () => {
    const plant = new Plant({}, ONE);
    const [never] = plant.judge(2 * DAY, () => ({ claimedWh: TRUE_WH, witness: silent }));
    expect(findingOf(never, 'VER_WITNESS_LOST')).toBeUndefined();
    plant.judge(2 * DAY + 1, () => ({ claimedWh: TRUE_WH, witness: heard(2 * DAY + 1) }));
    const [resting] = plant.judge(4 * DAY, () => ({ claimedWh: 0, witness: silent }));
    expect(findingOf(resting, 'VER_WITNESS_LOST')).toBeUndefined();
    expect(findingOf(resting, 'VER_WITNESS_SILENT')?.severity).toBe('note');
  });
});

describe('the meter of the plant', () => {
  const METERED = UNITS.map((unit): UnitConfig => ({ ...unit, signals: { energyExport: `plc/${unit.id}` } }));
  const meterOnly: WitnessesConfig = ALL.meter === undefined ? {} : { meter: ALL.meter };
  const claims = (index: number, first: number, netWh: number) => (unitId: string) => ({
    claimedWh: unitId === 'unit1' ? first : TRUE_WH,
    witness: { plantExport: counted(index, netWh) },
  });

  test('agrees with the sum less what losses and own use may take', () => {
    const verdicts = new Plant(meterOnly, METERED).judge(0, claims(0, TRUE_WH, 296_000));
    expect(verdicts.map(({ witnesses }) => witnesses?.[0]?.outcome)).toEqual(['agrees', 'agrees']);
  });

  test('speaks against the sum, in every reading of the interval', () => {
    const verdicts = new Plant(meterOnly, METERED).judge(0, claims(0, 170_000, 296_000));
    for (const verdict of verdicts) {
      expect(findingOf(verdict, 'VER_PLANT_METER_MISMATCH')?.message).toBe(
        'The units together claim 320 kWh in 5 min, but the meter of the plant counted 296 kWh net, which with losses and ' +
          'own use comes from at most 300.7 kWh of theirs: 6.4 % more, and 4.4 kWh may be due to the instruments.',
      );
      expect(findingOf(verdict, 'VER_PLANT_METER_MISMATCH')?.severity).toBe('flag');
    }
  });

  test('shows a sum that is a little too high for hours', () => {
    const plant = new Plant(meterOnly, METERED);
    const told = Array.from({ length: 30 }, (_, index) =>
      findingOf(plant.judge(index, claims(index, 157_000, 299_000))[0], 'VER_PLANT_METER_DRIFT'),
    ).find((finding) => finding !== undefined);
    expect(told?.message).toMatch(/^Over the last /);
  });

  test('accuses nobody for a unit that is refused itself, and one unit that claims more than the whole', () => {
    const verdicts = new Plant(meterOnly, METERED).judge(0, claims(0, 166_000, 100_000));
    expect(findingOf(verdicts[0], 'VER_PLANT_METER_MISMATCH')?.message).toMatch(/^This unit alone claims 166 kWh/);
    expect(verdicts[0]?.status).toBe('REJECTED');
  });

  test('sees that the units at rest use what comes in', () => {
    const imported: WitnessesConfig = {
      meter: { energyExport: 'grid/out', energyImport: 'grid/in', class: '0.2S', lossPercent: 1, auxiliariesKw: 20 },
    };
    const rest = (index: number) => () => ({
      claimedWh: 0,
      witness: { plantExport: counted(index, 0), plantImport: counted(index, 1500) },
    });
    const [verdict] = new Plant(imported, METERED).judge(0, rest(0));
    expect(verdict?.witnesses?.[0]?.outcome).toBe('agrees');
  });
});

describe('a gauge of the inflow', () => {
  const inflow: WitnessesConfig = ALL.inflow === undefined ? {} : { inflow: ALL.inflow };
  const taking = (unitsM3s: number, inflowM3s: number) => () => ({
    claimedWh: TRUE_WH,
    flowM3s: unitsM3s,
    witness: { inflowM3s: constant(inflowM3s) },
  });

  test('speaks against more water than came', () => {
    const verdicts = new Plant(inflow).judge(0, taking(2.4, 4.2));
    expect(findingOf(verdicts[0], 'VER_INFLOW_MISMATCH')?.message).toBe(
      'The units together took 4.8 m3/s, but the gauge of the inflow shows 4.2 m3/s: 14.3 % more, and 0.41 m3/s may be ' +
        'due to the instruments.',
    );
    expect(new Plant(inflow).judge(0, taking(2.1, 4.3))[0]?.witnesses?.[1]?.outcome).toBe('agrees');
  });

  test('in a river says only how much there was at most', () => {
    const river: WitnessesConfig = { inflow: { flow: 'rtu/flow', at: 'river', accuracyPercent: 3 } };
    expect(new Plant(river).judge(0, taking(2.1, 9))[0]?.witnesses?.[1]?.outcome).toBe('agrees');
    expect(new Plant(inflow).judge(0, taking(2.1, 9))[0]?.witnesses?.[1]?.outcome).toBe('disagrees');
  });

  test('counts what is spilled and what a rising pond stores', () => {
    const pond: WitnessesConfig = {
      ...{ headwaterLevel: 'rtu/level' },
      inflow: { flow: 'rtu/flow', at: 'headrace', accuracyPercent: 3, spill: 'rtu/spill', pondAreaM2: 12_000 },
    };
    const plant = new Plant(pond);
    const at = (level: number, spill: number) => () => ({
      claimedWh: TRUE_WH,
      flowM3s: 2.1,
      witness: { inflowM3s: constant(6.2), spillM3s: constant(spill), headwaterLevelM: constant(level) },
    });
    // The first interval has no level before it.
    expect(plant.judge(0, at(100, 0))[0]?.witnesses?.[1]).toMatchObject({ outcome: 'silent' });
    // 0.04 m in five minutes on 12,000 m2 are 1.6 m3/s.
    expect(plant.judge(1, at(100.04, 0.4))[0]?.witnesses?.[1]?.outcome).toBe('agrees');
    expect(plant.judge(2, at(100.04, 0))[0]?.witnesses?.[1]?.outcome).toBe('disagrees');
  });

  test('shows water that is claimed a little too much for hours', () => {
    const plant = new Plant(inflow);
    const found = Array.from({ length: 40 }, (_, index) =>
      findingOf(plant.judge(index, taking(2.2, 4.12))[0], 'VER_INFLOW_DRIFT'),
    );
    const first = found.findIndex((finding) => finding !== undefined);
    expect(first).toBeGreaterThan(1);
    expect(first).toBeLessThan(30);
  });
});

describe('the levels of forebay and tailrace', () => {
  const levels: WitnessesConfig = { headwaterLevel: 'rtu/level', tailwaterLevel: 'rtu/tail' };
  const at = (grossM: number) => () => ({
    claimedWh: TRUE_WH,
    witness: { headwaterLevelM: constant(400 + grossM), tailwaterLevelM: constant(400) },
  });

  test('say at once that no head is higher than the water stands', () => {
    const [verdict] = new Plant(levels, ONE).judge(0, at(94));
    expect(findingOf(verdict, 'VER_HEAD_UNLIKE_LEVEL')?.message).toBe(
      'Head 96 m, but the levels of forebay and tailrace are only 94 m apart.',
    );
  });

  test('learn the losses, and then see a head that is too high for them', () => {
    const plant = new Plant(levels, ONE);
    for (let index = 0; index < 30; index += 1) plant.judge(index, at(99.5));
    expect(plant.judge(30, at(99.5))[0]?.witnesses?.find(({ kind }) => kind === 'water-level')?.outcome).toBe('agrees');
    const [high] = plant.judge(31, at(97.5));
    expect(findingOf(high, 'VER_HEAD_UNLIKE_LEVEL')).toMatchObject({ severity: 'flag' });
    // A clogged rack takes head: the unit claims nothing by that.
    const [low] = plant.judge(32, at(101.5));
    expect(findingOf(low, 'VER_HEAD_UNLIKE_LEVEL')).toMatchObject({ severity: 'note' });
  });
});
