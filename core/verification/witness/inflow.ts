import type { Reading, Statistics } from '../../acquisition/reading.ts';
import { ASSUMED_FLOW_PERCENT, type InflowConfig } from '../../config/witnesses.ts';
import { instantMs } from '../../model/time.ts';
import { isTransition } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, show, showDuration, surenessOf, suspect } from '../suspicion.ts';
import { together } from './accuracy.ts';
import { absence, partOf } from './check-meter.ts';
import { DOUBT_SHARE } from './counted.ts';
import type { Difference, Run } from './difference-book.ts';
import { wholeOf } from './plant-meter.ts';
import { AGREES, silent, type Testimony, type WitnessView } from './witness.ts';

type View = Pick<WitnessView, 'units'> & { readonly inflow: InflowConfig; readonly storedM3s: number | undefined };

export interface FlowDifference extends Difference {
  readonly once: number;
  readonly inflowM3s: number;
  readonly unitsM3s: number;
  readonly besideM3s: number;
}

/**
 * Water of all units, spill and storage against the gauge, as m3 over the interval: what comes in goes somewhere. A
 * gauge in the river, where water may pass by unmeasured, only says how much there was at most.
 */
export function flowDifference(
  readings: readonly Reading[],
  { units, inflow, storedM3s }: View,
  { consistency: limits }: VerificationSettings,
): FlowDifference | string {
  const [first] = readings;
  if (first === undefined) return 'no unit was read';
  const gauge = usable(first, 'inflow', limits.witnessCoverageMin);
  if (typeof gauge === 'string') return gauge;
  let besideM3s = 0;
  if (inflow.spill !== undefined) {
    const spill = usable(first, 'spill', limits.witnessCoverageMin);
    if (typeof spill === 'string') return `its spill: ${spill}`;
    besideM3s += Math.max(0, spill.mean);
  }
  if (inflow.environmentalFlow !== undefined) {
    const environmental = usable(first, 'environmentalFlow', limits.witnessCoverageMin);
    if (typeof environmental === 'string') return `its environmental flow: ${environmental}`;
    besideM3s += Math.max(0, environmental.mean);
  }
  if (inflow.pondAreaM2 !== undefined) {
    if (storedM3s === undefined) return 'the level of the pond was not known in this and the last interval';
    besideM3s += storedM3s;
  }
  let unitsM3s = 0;
  let ratedM3s = 0;
  let percent = 0;
  for (const reading of readings) {
    const unit = units.find(({ id }) => id === reading.unitId);
    if (unit === undefined) return `${reading.unitId} is no unit of the plant`;
    if (reading.flowM3s === undefined) return `${unit.id} has no flow`;
    // Water takes its time from the gauge to the machine: a step arrives in another interval.
    if (isTransition(reading, unit)) return `the load of ${unit.id} changed`;
    unitsM3s += Math.max(0, reading.flowM3s.mean);
    ratedM3s += unit.ratedFlowM3s;
    percent = Math.max(percent, unit.accuracy?.flowPercent ?? ASSUMED_FLOW_PERCENT);
  }
  const [fromMs, toMs] = [instantMs(first.from), instantMs(first.to)];
  const seconds = (toMs - fromMs) / 1000;
  const baseM3s = Math.max(gauge.mean, unitsM3s + besideM3s);
  const [own, theirs] = [inflow.accuracyPercent / 100, percent / 100];
  const isOpen = inflow.at === 'river' && inflow.spill === undefined;
  const floorM3s = 0.01 * ratedM3s;
  const rampM3s = gauge.max - gauge.min;
  return {
    fromMs,
    toMs,
    claimed: (unitsM3s + besideM3s) * seconds,
    most: gauge.mean * seconds,
    least: isOpen ? Number.NEGATIVE_INFINITY : gauge.mean * seconds,
    allowed: together(own, theirs) * baseM3s * seconds,
    slack: (rampM3s + floorM3s) * seconds,
    once: (limits.witnessOnceTimes * (own + theirs) * baseM3s + rampM3s + floorM3s) * seconds,
    inflowM3s: gauge.mean,
    unitsM3s,
    besideM3s,
  };
}

const FIELDS = {
  inflow: 'inflowM3s',
  spill: 'spillM3s',
  environmentalFlow: 'environmentalFlowM3s',
  headwaterLevel: 'headwaterLevelM',
  tailwaterLevel: 'tailwaterLevelM',
} as const;

/** What a gauge showed, or why it says nothing. */
export function usable(reading: Reading, signal: keyof typeof FIELDS, coverageMin: number): Statistics | string {
  const statistics = reading.witness?.[FIELDS[signal]];
  if (statistics === undefined) return absence(reading, signal);
  if (statistics.coverage < coverageMin)
    return `it gave values for ${show(100 * statistics.coverage)} % of the interval`;
  if ((statistics.uncertain ?? 0) >= DOUBT_SHARE) return 'most of its values are uncertain by the word of its device';
  return statistics;
}

/** The units' water against the gauge of the inflow. */
export function hearInflow(
  reading: Reading,
  view: View & WitnessView,
  settings: VerificationSettings,
  isVouched: boolean,
): Testimony {
  const { witnessCoverageMin, witnessDecisionShare } = settings.consistency;
  const gauge = usable(reading, 'inflow', witnessCoverageMin);
  if (typeof gauge === 'string') return silent(gauge);
  const whole = wholeOf(reading, view);
  if (typeof whole === 'string') {
    if (view.lastWhole?.inflowMismatch !== true) return silent(whole);
    return { outcome: 'disagrees', suspicions: [lastMismatch(view, isVouched)] };
  }
  const difference = flowDifference(whole, view, settings);
  if (typeof difference === 'string') return silent(difference);
  const severity = isVouched ? 'note' : 'flag';
  if (isFlowOff(difference)) {
    const refused = view.companions?.find(({ status }) => status === 'REJECTED');
    if (refused !== undefined) return silent(`the reading of ${refused.reading.unitId} is refused itself`);
    return { outcome: 'disagrees', suspicions: [mismatch(difference, severity)] };
  }
  const ratedM3s = view.units.reduce((sum, { ratedFlowM3s }) => sum + ratedFlowM3s, 0);
  const decision = (witnessDecisionShare * ratedM3s * (difference.toMs - difference.fromMs)) / 1000;
  const run = view.books.inflow.worstRun(difference, decision);
  return run === undefined ? AGREES : { outcome: 'disagrees', suspicions: [drift(run, severity)] };
}

export function isFlowOff({ claimed, most, least, once }: FlowDifference): boolean {
  return claimed - most > once || least - claimed > once;
}

function mismatch(difference: FlowDifference, severity: 'flag' | 'note'): Suspicion {
  const { claimed, most, once, inflowM3s, unitsM3s, besideM3s, fromMs, toMs } = difference;
  const times = Math.abs(claimed - most) / once;
  const beside = besideM3s === 0 ? '' : `, and ${show(besideM3s, 3)} m3/s were spilled, released or stored`;
  return suspect('consistency', severity, severity === 'note' ? 0 : surenessOf(times), {
    code: 'VER_INFLOW_MISMATCH',
    message:
      `The units together took ${show(unitsM3s, 3)} m3/s${beside}, but the gauge of the inflow shows ` +
      `${show(inflowM3s, 3)} m3/s: ${partOf(claimed, most)}, and ${show((1000 * once) / (toMs - fromMs), 3)} m3/s may be due ` +
      'to the instruments.',
    action: severity === 'note' ? VOUCHED : ACTIONS[claimed > most ? 'over' : 'under'],
    evidence: { unitsM3s, besideM3s, inflowM3s, allowedM3s: (1000 * once) / (toMs - fromMs) },
  });
}

function drift(
  { side, fromMs, toMs, claimed, witnessed, allowed, times, intervals }: Run,
  severity: 'flag' | 'note',
): Suspicion {
  return suspect('consistency', severity, severity === 'note' ? 0 : surenessOf(times), {
    code: 'VER_INFLOW_DRIFT',
    message:
      `Over the last ${showDuration(toMs - fromMs)} ${show(claimed, 0)} m3 went to the units or beside them, and the gauge ` +
      `of the inflow saw ${show(witnessed, 0)} m3, ${partOf(claimed, witnessed)}; ${show(allowed, 0)} m3 may be due to the ` +
      'instruments.',
    action: severity === 'note' ? VOUCHED : ACTIONS[side],
    evidence: { unitsM3: claimed, inflowM3: witnessed, allowedM3: allowed, intervals },
  });
}

function lastMismatch({ lastWhole }: WitnessView, isVouched: boolean): Suspicion {
  return suspect('consistency', isVouched ? 'note' : 'flag', 0.2, {
    code: 'VER_INFLOW_MISMATCH',
    message:
      'In the interval before, the water of the units and the gauge of the inflow did not agree, and the other units have ' +
      'not been heard of this one yet.',
    action: isVouched ? VOUCHED : ACTIONS.over,
    evidence: { lastAt: new Date(lastWhole?.toMs ?? 0).toISOString() },
  });
}

const VOUCHED = "The unit's own check meter agrees with its energy. Check the flow meters and the gauge.";
const ACTIONS = {
  over:
    'Compare the flow meters of the units with the gauge and its rating curve. Water that did not come cannot have been ' +
    'turned into energy.',
  under:
    'Compare the flow meters of the units with the gauge and its rating curve; look for water that passes by: an open ' +
    'sluice, a leak, a spillway that is not measured.',
} as const;
