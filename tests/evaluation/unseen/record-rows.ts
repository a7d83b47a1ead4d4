import { type Random, seededRandom } from '../../../core/model/random.ts';
import { drawEvents, type Events, isWithin } from './events.ts';
import { Instruments, type Shown } from './instruments.ts';
import { PlantRun, STEP_S } from './run-plant.ts';
import type { Site } from './site.ts';

export const INTERVAL_S = 300;
const STEPS_PER_INTERVAL = INTERVAL_S / STEP_S;

/** One row of the file before it is written. Seconds count from the begin of the data. */
export interface Row {
  readonly unit: number;
  /** End of the interval that the row speaks for. */
  endS: number;
  receivedS: number;
  shown: Shown;
  /** What the terminals truly gave in that interval; 0 when the row claims an interval that is not its own. */
  trueKwh: number;
  label: string;
  /** What a tampered meter counted too much (or too little) in this row; its register keeps it for good. */
  registerExtraKwh: number;
  /** Texts in place of numbers, by the name of the value. */
  readonly texts: Partial<Record<keyof Shown | 'endS', string>>;
}

/** Honest rows by unit, in order of time, as the link brought them. Rows that a restart of the PLC ate are absent. */
export function recordRows(site: Site, seed: number, days: number): { rows: Row[][]; events: Events } {
  const events = drawEvents(seededRandom(seed * 7 + 1), days, site.machines.length);
  const plant = new PlantRun(site, events, seededRandom(seed * 7 + 2));
  const random = seededRandom(seed * 7 + 3);
  const instruments = site.machines.map((machine) => new Instruments(random, machine, site.grossHeadM));
  const rows: Row[][] = site.machines.map(() => []);
  const intervals = (days * 86_400) / INTERVAL_S;
  for (let interval = 0; interval < intervals; interval += 1) {
    const trueKwh = site.machines.map(() => 0);
    for (let step = 0; step < STEPS_PER_INTERVAL; step += 1) {
      const { weather, units } = plant.step(interval * INTERVAL_S + step * STEP_S);
      for (const [index, truth] of units.entries()) {
        instruments[index]?.step(truth, weather);
        trueKwh[index] = (trueKwh[index] ?? 0) + (truth.powerKw * STEP_S) / 3600;
      }
    }
    const endS = (interval + 1) * INTERVAL_S;
    for (const [unit, instrument] of instruments.entries()) {
      const shown = instrument.show();
      if (isWithin(events.restarts[unit] ?? [], endS)) continue;
      loseValues(random, shown, isWithin(events.echoLosses[unit] ?? [], endS));
      const receivedS = endS + 2 + Math.floor(random.next() * 14);
      rows[unit]?.push({
        unit,
        endS,
        receivedS,
        shown,
        trueKwh: trueKwh[unit] ?? 0,
        label: 'honest',
        registerExtraKwh: 0,
        texts: {},
      });
    }
  }
  for (const unitRows of rows) holdBack(random, unitRows, events);
  return { rows, events };
}

function loseValues(random: Random, shown: Shown, isEchoLost: boolean): void {
  if (isEchoLost) shown.flowM3s = undefined;
  if (random.next() < 0.002) shown.headM = undefined;
  if (random.next() < 0.001) shown.gatePercent = undefined;
  if (random.next() < 0.001) shown.powerKw = undefined;
  if (random.next() < 0.004) shown.ph = undefined;
  if (random.next() < 0.004) shown.turbidityNtu = undefined;
  if (random.next() < 0.002) shown.waterCel = undefined;
}

/** What the link did not take waits, and comes oldest first at about six rows a minute once it is back. */
function holdBack(random: Random, rows: readonly Row[], { linkOutages }: Events): void {
  for (const outage of linkOutages) {
    let backS = outage.to + 20 * random.next();
    for (const row of rows) {
      if (row.receivedS < outage.from || row.receivedS >= outage.to) continue;
      backS += 5 + 10 * random.next();
      row.receivedS = Math.floor(backS);
    }
  }
}
