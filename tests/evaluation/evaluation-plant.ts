import { type Random, seededRandom } from '../../core/model/random.ts';
import { ATTACKS, DRIFTS } from './attacks.ts';
import { Instruments } from './instruments.ts';
import { operate } from './operation.ts';
import { makeRiver } from './river.ts';
import { HONEST, type PlantRow, STEP_MS } from './row.ts';
import { buildUnit } from './unit-as-built.ts';

export interface EvaluationSet {
  /** In the order in which they arrived. */
  readonly rows: readonly PlantRow[];
}

const FROM_MS = Date.UTC(2026, 5, 1);
const STEPS_PER_DAY = 288;
const CLEAN_DAYS = 30;
/** Rows of each kind of attack for a set of 90 days, so that all together are about 3 % of the rows. */
const ROWS_PER_KIND = 62;
const DRIFT_DAYS = 8;

/** Two units on one penstock for `days` days of five-minute rows: the first 30 days honest, then attacks among honest rows. */
export function makeEvaluationSet(seed: number, days = 90): EvaluationSet {
  const random = seededRandom(seed);
  const byUnit = operateHonestly(random, days);
  outages(byUnit, random, days);
  const copies = attack(byUnit, random);
  return inOrderOfArrival([...byUnit.flat(), ...copies]);
}

/** The same plant with nothing done to it but a meter or a whole measuring chain of each unit that drifts after day 32. */
export function makeDriftSet(seed: number): EvaluationSet {
  const random = seededRandom(seed);
  const days = 4 + Math.floor(9 * random.next());
  const byUnit = operateHonestly(random, CLEAN_DAYS + 2 + days);
  const length = days * STEPS_PER_DAY;
  for (const [u, rows] of byUnit.entries()) {
    const from = (CLEAN_DAYS + 2) * STEPS_PER_DAY;
    const label = (seed + u) % 2 === 0 ? 'slow drift' : 'slow meter drift';
    DRIFTS[label]({ rows, from, length, random, dose: random.next() });
    for (const row of rows.slice(from)) row.label = label;
  }
  return inOrderOfArrival(byUnit.flat());
}

function inOrderOfArrival(rows: readonly PlantRow[]): EvaluationSet {
  const arrived = rows.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs);
  return { rows: arrived.map((row, index) => ({ ...row, rowId: String(index + 1) })) };
}

function operateHonestly(random: Random, days: number): PlantRow[][] {
  const river = makeRiver(days, random);
  const units = ['unit1', 'unit2'].map((id) => buildUnit(id, random));
  const moments = operate(units, river, random);
  return units.map(({ id }, u) => {
    const instruments = new Instruments(random, u === 0 ? 0.1 : 1);
    return (moments[u] ?? []).map((moment, step): PlantRow => {
      const trueKwh = (moment.powerKw * STEP_MS) / 3_600_000;
      const { counterKwh, generatedKwh } = instruments.count(trueKwh);
      const isMissing = random.next() < 0.0015;
      return {
        rowId: `${id}-${step}`,
        unitId: id,
        endMs: FROM_MS + (step + 1) * STEP_MS,
        receivedAtMs: FROM_MS + (step + 1) * STEP_MS + 2000 + Math.floor(6000 * random.next()),
        flowM3s: isMissing ? undefined : round(instruments.flow(moment.flowM3s), 3),
        headM: round(instruments.head(moment.headM), 2),
        powerKw: round(instruments.power(moment.powerKw), 1),
        generatedKwh: round(generatedKwh, 1),
        counterKwh: round(counterKwh, 1),
        ph: u === 0 ? round(river.ph[step] ?? 7, 2) : undefined,
        turbidityNtu: u === 0 ? round(river.turbidityNtu[step] ?? 10, 1) : undefined,
        temperatureCel: u === 0 ? round(river.temperatureCel[step] ?? 12, 1) : undefined,
        gatePercent: round(instruments.gate(moment.opening), 2),
        status: moment.status,
        label: HONEST,
        trueKwh,
        trueFlowM3s: moment.flowM3s,
      };
    });
  });
}

/** The link is cut now and then: the rows of that time arrive afterwards, newest stretch last, behind rows of the new time. */
function outages(byUnit: readonly PlantRow[][], random: Random, days: number): void {
  for (let i = 0; i < days / 10; i += 1) {
    const from = Math.floor(random.next() * (days - 1) * STEPS_PER_DAY);
    const length = 6 + Math.floor(120 * random.next());
    const backMs = FROM_MS + (from + length + 3) * STEP_MS;
    for (const rows of byUnit) {
      for (let step = from; step < from + length; step += 1) {
        const row = rows[step];
        if (row !== undefined) row.receivedAtMs = Math.max(row.receivedAtMs, backMs + (step - from) * 400);
      }
    }
  }
}

function attack(byUnit: readonly PlantRow[][], random: Random): PlantRow[] {
  const taken = byUnit.map(() => new Set<number>());
  const copies: PlantRow[] = [];
  for (const [label, change] of Object.entries(ATTACKS)) {
    let left = label === 'slow drift' ? DRIFT_DAYS * STEPS_PER_DAY : ROWS_PER_KIND;
    for (let tries = 0; left > 0 && tries < 5000; tries += 1) {
      const u = Math.floor(byUnit.length * random.next());
      const rows = byUnit[u] ?? [];
      const length = label === 'slow drift' ? left : Math.min(left, 12 + Math.floor(30 * random.next()));
      const from =
        CLEAN_DAYS * STEPS_PER_DAY +
        Math.floor(random.next() * (rows.length - CLEAN_DAYS * STEPS_PER_DAY - length - 2));
      const seen = taken[u] ?? new Set();
      if (!isFree(rows, seen, from, length, label)) continue;
      for (let i = from - 6; i < from + length + 6; i += 1) seen.add(i);
      const episode = { rows, from, length, random, dose: random.next() };
      if (label === 'duplicate') copies.push(...rows.slice(from, from + length).map((row) => copyOf(row)));
      else {
        const own = rows.slice(from, from + length);
        const honest = own.map((row) => ({ ...row }));
        change(episode);
        for (const [at, row] of own.entries()) if (isChanged(row, honest[at])) row.label = label;
      }
      left -= length;
    }
  }
  return copies;
}

/**
 * Whether anything of the row is other than the honest logger wrote it. A value held by a stuck sensor, or calculated,
 * may be the very one that was measured: then nothing was done to the row, and nothing is there to be found.
 */
function isChanged(row: PlantRow, honest: PlantRow | undefined): boolean {
  return JSON.stringify(row) !== JSON.stringify(honest);
}

function copyOf(row: PlantRow): PlantRow {
  return { ...row, label: 'duplicate', receivedAtMs: row.receivedAtMs + 3 * STEP_MS };
}

/** An attack on a unit at rest claims nothing: episodes lie where the unit generates, at least at most of the time. */
function isFree(
  rows: readonly PlantRow[],
  seen: ReadonlySet<number>,
  from: number,
  length: number,
  label: string,
): boolean {
  let generating = 0;
  for (let i = from - 6; i < from + length + 6; i += 1) {
    if (seen.has(i)) return false;
    if (i >= from && i < from + length && rows[i]?.status === 'generating') generating += 1;
  }
  return generating >= length * (label === 'slow drift' ? 0.6 : 1);
}

function round(value: number, places: number): number {
  return Math.round(value * 10 ** places) / 10 ** places;
}
