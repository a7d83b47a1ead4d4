import type { Reading } from '../../acquisition/reading.ts';
import type { PlantMeterConfig } from '../../config/witnesses.ts';
import { meanPowerKwOf } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, show, showDuration, surenessOf, suspect } from '../suspicion.ts';
import { limitOfError, together } from './accuracy.ts';
import { absence, classesOf, type MeterDifference, partOf, powerOf, ratedKwh } from './check-meter.ts';
import { type Counted, countedBy, countedOf, shiftKwh } from './counted.ts';
import type { Run } from './difference-book.ts';
import { AGREES, silent, type Testimony, type WitnessView } from './witness.ts';

type View = Pick<WitnessView, 'units' | 'plantPowerKw'> & { readonly meter: PlantMeterConfig };

/** Energy of all units together against that of the meter of the plant, net of import, over the same interval. */
export function plantDifference(
  readings: readonly Reading[],
  view: View,
  { consistency: limits }: VerificationSettings,
  resolutionKwh?: number,
): MeterDifference | string {
  const [first] = readings;
  const net = first === undefined ? 'no unit was read' : netOf(first, view.meter);
  if (typeof net === 'string') return net;
  let claimed = 0;
  let slack = net.resolutionKwh;
  let worst = 0;
  for (const reading of readings) {
    const unit = view.units.find(({ id }) => id === reading.unitId);
    const counted = countedOf(reading, resolutionKwh);
    if (typeof counted === 'string') return `of ${reading.unitId} ${counted}`;
    const ratedPowerKw = unit?.ratedPowerKw ?? 0;
    const shift = shiftKwh(counted, net, powerOf(reading, ratedPowerKw));
    if (shift === undefined) return `the register of ${reading.unitId} was not read over the same interval`;
    claimed += counted.kwh;
    slack += counted.resolutionKwh + shift;
    const load = (meanPowerKwOf(reading) ?? 0) / Math.max(ratedPowerKw, 1);
    // At rest a meter adds no error to the sum.
    if (unit !== undefined && counted.kwh > 0) worst = Math.max(worst, limitOfError(classesOf(unit).main, load));
  }
  const hours = (net.toMs - net.fromMs) / 3_600_000;
  const most = Math.max(0, net.kwh + view.meter.auxiliariesKw * hours) / (1 - view.meter.lossPercent / 100);
  const own = limitOfError(view.meter.class, net.kwh / ratedKwh(view.plantPowerKw, net));
  const base = Math.max(claimed, Math.abs(net.kwh));
  const floor = limits.witnessFloorShare * ratedKwh(view.plantPowerKw, net);
  return {
    fromMs: net.fromMs,
    toMs: net.toMs,
    claimed,
    most,
    least: net.kwh,
    allowed: together(worst, own) * base,
    slack,
    once: limits.witnessOnceTimes * (worst + own) * base + slack + floor,
  };
}

/** What left the plant less what came in. */
function netOf(reading: Reading, meter: PlantMeterConfig): Counted | string {
  const exported = reading.witness?.plantExport;
  if (exported === undefined) return absence(reading, 'plantExport');
  const out = countedBy(exported, reading);
  if (typeof out === 'string' || meter.energyImport === undefined) return out;
  const imported = reading.witness?.plantImport;
  if (imported === undefined) return `its import: ${absence(reading, 'plantImport')}`;
  const back = countedBy(imported, reading);
  if (typeof back === 'string') return `its import: ${back}`;
  if (back.fromMs !== out.fromMs || back.toMs !== out.toMs) return 'its two registers were not read in the same moment';
  return { ...out, kwh: out.kwh - back.kwh, resolutionKwh: out.resolutionKwh + back.resolutionKwh };
}

/** The units together against the meter of the plant. Who of them claims too much, the sum alone does not say. */
export function hearPlantMeter(
  reading: Reading,
  view: View & WitnessView,
  settings: VerificationSettings,
  words: { readonly isVouched: boolean; readonly resolutionKwh?: number | undefined },
): Testimony {
  const alone = plantDifference([reading], view, settings, words.resolutionKwh);
  if (typeof alone === 'string') return silent(alone);
  // More than the whole plant gave cannot come from one unit, whatever the others did.
  if (alone.claimed - alone.most > alone.once) {
    const isGross = alone.claimed - alone.most > settings.consistency.witnessRejectTimes * alone.once;
    const severity = isGross && !words.isVouched ? 'reject' : 'flag';
    return {
      outcome: 'disagrees',
      suspicions: [mismatch(alone, { settings, severity, who: 'This unit alone claims' })],
    };
  }
  const whole = wholeOf(reading, view);
  if (typeof whole === 'string') {
    if (view.lastWhole?.plantMismatch !== true) return silent(whole);
    return { outcome: 'disagrees', suspicions: [lastMismatch(view, words.isVouched)] };
  }
  const difference = plantDifference(whole, view, settings, words.resolutionKwh);
  if (typeof difference === 'string') return silent(difference);
  const severity = words.isVouched ? 'note' : 'flag';
  if (isOff(difference)) {
    const refused = view.companions?.find(({ status }) => status === 'REJECTED');
    if (refused !== undefined) return silent(`the reading of ${refused.reading.unitId} is refused itself`);
    return {
      outcome: 'disagrees',
      suspicions: [mismatch(difference, { settings, severity, who: 'The units together claim' })],
    };
  }
  const decision = settings.consistency.witnessDecisionShare * ratedKwh(view.plantPowerKw, difference);
  const run = view.books.plant.worstRun(difference, decision);
  return run === undefined ? AGREES : { outcome: 'disagrees', suspicions: [drift(run, severity)] };
}

export function isOff({ claimed, most, least, once }: MeterDifference): boolean {
  return claimed - most > once || least - claimed > once;
}

/** The readings of all units of the interval, or which one is missing. */
export function wholeOf(reading: Reading, { units, unit, companions }: WitnessView): readonly Reading[] | string {
  if (companions === undefined) return 'the units are not added up yet';
  const others = units.filter(({ id }) => id !== unit.id);
  const missing = others.find(({ id }) => !companions.some((companion) => companion.reading.unitId === id));
  if (missing !== undefined) return `${missing.id} has no reading of this interval yet`;
  return [reading, ...companions.map((companion) => companion.reading)];
}

function mismatch(
  { claimed, most, least, fromMs, toMs, once }: MeterDifference,
  { settings, severity, who }: { settings: VerificationSettings; severity: 'reject' | 'flag' | 'note'; who: string },
): Suspicion {
  const isOver = claimed > most;
  const times = (isOver ? claimed - most : least - claimed) / once;
  const limit = severity === 'reject' ? settings.consistency.witnessRejectTimes : 1;
  return suspect('consistency', severity, surenessOf(Math.max(1, times / limit)), {
    code: 'VER_PLANT_METER_MISMATCH',
    message:
      `${who} ${show(claimed, 1)} kWh in ${showDuration(toMs - fromMs)}, but the meter of the plant counted ` +
      `${show(least, 1)} kWh net${roomOf(least, most, isOver)}: ${partOf(claimed, isOver ? most : least)}, and ` +
      `${show(once, 1)} kWh may be due to the instruments.`,
    action: severity === 'note' ? VOUCHED : ACTIONS[isOver ? 'over' : 'under'],
    evidence: { unitsKwh: claimed, plantKwh: least, mostKwh: most, allowedKwh: once },
  });
}

function drift(
  { side, fromMs, toMs, claimed, witnessed, allowed, times, intervals }: Run,
  severity: 'flag' | 'note',
): Suspicion {
  const explains = side === 'over' ? 'explains at most' : 'counted';
  return suspect('consistency', severity, severity === 'note' ? 0 : surenessOf(times), {
    code: 'VER_PLANT_METER_DRIFT',
    message:
      `Over the last ${showDuration(toMs - fromMs)} the units together claimed ${show(claimed)} kWh, and the meter of the ` +
      `plant ${explains} ${show(witnessed)} kWh, ${partOf(claimed, witnessed)}; ${show(allowed)} kWh may be due to the ` +
      'instruments.',
    action: severity === 'note' ? VOUCHED : ACTIONS[side],
    evidence: { unitsKwh: claimed, plantKwh: witnessed, allowedKwh: allowed, intervals },
  });
}

/** Where readings come one by one, the first of an interval cannot wait for the others: the interval before speaks. */
function lastMismatch({ lastWhole }: WitnessView, isVouched: boolean): Suspicion {
  return suspect('consistency', isVouched ? 'note' : 'flag', 0.2, {
    code: 'VER_PLANT_METER_MISMATCH',
    message:
      'In the interval before, the units together and the meter of the plant did not agree, and the other units have not ' +
      'been heard of this one yet.',
    action: isVouched ? VOUCHED : ACTIONS.over,
    evidence: { lastAt: new Date(lastWhole?.toMs ?? 0).toISOString() },
  });
}

function roomOf(least: number, most: number, isOver: boolean): string {
  if (!isOver || most - least < 0.05) return '';
  return `, which with losses and own use comes from at most ${show(most, 1)} kWh of theirs`;
}

const VOUCHED = "Nothing to do for this unit: its own check meter agrees with it. Look at the other units' readings.";
const ACTIONS = {
  over:
    'Compare the display of each unit with the one of the plant, then scale and ratio of the points, and lossPercent and ' +
    'auxiliariesKw in plant.yaml. What the plant did not deliver was not generated.',
  under:
    'The plant delivers more than its units say. Look for a unit or a feeder that is not in plant.yaml, and compare scale ' +
    'and ratio of the points with the displays.',
} as const;
