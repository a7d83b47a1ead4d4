import type { Reading, Statistics } from '../../acquisition/reading.ts';
import { instantMs } from '../../model/time.ts';
import { waterExpectation } from '../expected-power.ts';
import { hydraulicPowerKw } from '../hydraulics.ts';
import type { LayerResult, VerificationContext, VerificationLayer } from '../layer.ts';
import { type EnergySpan, energySpanOf, meanPowerKwOf } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import {
  conclude,
  PASS_RANGE,
  type Suspicion,
  show,
  showDuration,
  showPercent,
  surenessOf,
  suspect,
} from '../suspicion.ts';
import { twinViewOf } from '../twin/twin-view.ts';
import { askTwin } from './physics-twin.ts';

/** Power and energy against the water, the nameplate and each other. Zero flow with zero power is fine. */
export const physics: VerificationLayer = { name: 'physics', check };

function check(reading: Reading, context: VerificationContext, settings: VerificationSettings): LayerResult {
  const span = energySpanOf(reading);
  const powerKw = meanPowerKwOf(reading);
  if (powerKw === undefined) {
    return { outcome: 'abstain', reason: 'Neither power nor energy is known.', findings: [] };
  }
  const view = twinViewOf(reading, context);
  const twin = askTwin(view, settings);
  const found = [
    ...twin.found,
    checkCapacity(reading, span, context, settings),
    checkNegative(reading, context, settings),
    checkEnergyAgainstPower(reading, span, context, settings),
    checkWater(reading, powerKw, { ...context, isLearned: view.powerByFlow !== undefined }, settings),
  ];
  return conclude(
    found.filter((suspicion) => suspicion !== undefined),
    1 - PASS_RANGE * twin.strain,
  );
}

function checkCapacity(
  reading: Reading,
  span: EnergySpan | undefined,
  { unit }: VerificationContext,
  { physics: limits }: VerificationSettings,
): Suspicion | undefined {
  // A register that moves in whole steps may show one step too many over a short span.
  const stepKw = span === undefined ? 0 : span.resolutionKwh / (span.spanMs / 3_600_000);
  const fromEnergyKw = span === undefined ? 0 : span.meanPowerKw - stepKw;
  const fromPowerKw = reading.powerKw?.mean ?? 0;
  const highestKw = Math.max(fromEnergyKw, fromPowerKw);
  const share = highestKw / unit.ratedPowerKw;
  if (share <= limits.overloadFlagShare) return undefined;
  const source = fromEnergyKw > fromPowerKw ? 'The energy amounts to a mean power of' : 'Mean power is';
  const severity = share > limits.overloadRejectShare ? 'reject' : 'flag';
  const limit = severity === 'reject' ? limits.overloadRejectShare : limits.overloadFlagShare;
  return suspect('physics', severity, surenessOf(share / limit), {
    code: 'VER_ABOVE_CAPACITY',
    message: `${source} ${show(highestKw)} kW, ${showPercent(share)} of the rated ${show(unit.ratedPowerKw)} kW.`,
    action: 'Check the scale and unit of the power and energy points, the meter ratio, and the rating in plant.yaml.',
    evidence: { meanPowerKw: highestKw, ratedPowerKw: unit.ratedPowerKw, share },
  });
}

function checkNegative(
  reading: Reading,
  { unit }: VerificationContext,
  { physics: limits }: VerificationSettings,
): Suspicion | undefined {
  const floor = limits.powerFloorShare;
  const flow = reading.flowM3s?.mean ?? 0;
  const head = reading.headM?.mean ?? 0;
  const energyWh = Math.min(reading.energyWh ?? 0, reading.energyImportWh ?? 0);
  const isBelow = flow < -floor * unit.ratedFlowM3s || head < -floor * unit.ratedHeadM;
  if (energyWh >= 0 && !isBelow) return undefined;
  return suspect('physics', energyWh < 0 ? 'reject' : 'flag', energyWh < 0 ? 1 : 0.5, {
    code: 'VER_NEGATIVE_VALUE',
    message:
      `A value that cannot be negative is: flow ${show(flow, 3)} m3/s, head ${show(head)} m, energy ` +
      `${energyWh} Wh.`,
    action: 'Check the sign and type (signed or unsigned) of the point, and the sensor zero.',
    evidence: { flowM3s: flow, headM: head, energyWh },
  });
}

/** kWh against kWh, over the time the register really spans. Uncovered time may hold anything up to full load. */
function checkEnergyAgainstPower(
  reading: Reading,
  span: EnergySpan | undefined,
  { unit, history }: VerificationContext,
  { physics: limits }: VerificationSettings,
): Suspicion | undefined {
  const powerKw = reading.push === undefined ? reading.powerKw : powerBetween(history.last?.reading, reading);
  if (span === undefined || powerKw === undefined || reading.energySource !== 'counter') return undefined;
  const hours = span.coveredMs / 3_600_000;
  const coveredKwh = Math.max(0, powerKw.mean) * hours;
  // One value at either end: in between it may have been at either for as long as it likes.
  const rampShare = reading.push === undefined ? limits.rampSamplingShare : 0.5;
  const unseenKwh = limits.rampUnseenShare * unseenRampKw(reading, unit, history) * hours;
  const rampKwh = Math.max(rampShare * (powerKw.max - powerKw.min) * hours, unseenKwh);
  const idleKwh = 0.1 * limits.powerFloorShare * unit.ratedPowerKw * hours;
  const slackKwh = rampKwh + idleKwh + span.resolutionKwh;
  const aloneKwh = limits.overloadFlagShare * unit.ratedPowerKw * (span.aloneMs / 3_600_000);
  const leastKwh = coveredKwh * (1 - limits.energyBandShare) - slackKwh;
  const greatestKwh = coveredKwh * (1 + limits.energyBandShare) + slackKwh + aloneKwh;
  if (span.energyKwh >= leastKwh && span.energyKwh <= greatestKwh) return undefined;
  const excessKwh = span.energyKwh > greatestKwh ? span.energyKwh - greatestKwh : leastKwh - span.energyKwh;
  const allowedKwh = limits.energyBandShare * coveredKwh + slackKwh;
  const severity = excessKwh > limits.energyRejectShare * coveredKwh + slackKwh ? 'reject' : 'flag';
  const [bound, nearKwh] =
    span.energyKwh > greatestKwh ? ['at most', greatestKwh] : (['no less than', leastKwh] as const);
  return suspect('physics', severity, surenessOf(1 + excessKwh / allowedKwh), {
    code: 'VER_ENERGY_POWER_MISMATCH',
    message:
      `The meter counted ${show(span.energyKwh, 2)} kWh in ${showDuration(span.spanMs)}, but a mean power of ` +
      `${show(powerKw.mean)} kW allows ${bound} ${show(nearKwh, 2)} kWh.${hintAtUnits(span, powerKw.mean)}`,
    action: 'Compare the meter display with the power display, then the scale, unit and meter ratio of both points.',
    evidence: { energyKwh: span.energyKwh, meanPowerKw: powerKw.mean, spanMs: span.spanMs, leastKwh, greatestKwh },
  });
}

/**
 * How far the power may have moved within an interval of which only the mean is known, kW: a start may end anywhere up
 * to rated power, a stop begins where the interval before was, and a mean that moved stands half-way. 0 where the
 * extremes were measured, and where nothing is known of the interval before.
 */
function unseenRampKw(
  { from, powerKw, push, stateSeconds }: Reading,
  { ratedPowerKw }: VerificationContext['unit'],
  history: VerificationContext['history'],
): number {
  const beforeKw = history.timeLine.endingAt(instantMs(from))?.powerKw;
  if (powerKw === undefined || powerKw.min !== powerKw.max || push !== undefined || beforeKw === undefined) return 0;
  const isStart = beforeKw < IDLE_SHARE * ratedPowerKw && powerKw.mean > IDLE_SHARE * ratedPowerKw;
  if (isStart) return ratedPowerKw;
  const isStop = stateSeconds !== undefined && stateSeconds.generating === undefined && beforeKw > powerKw.mean;
  return isStop ? Math.min(beforeKw, ratedPowerKw) : Math.min(2 * Math.abs(powerKw.mean - beforeKw), ratedPowerKw);
}

/** Under this share of rated power a unit is at rest. */
const IDLE_SHARE = 0.02;

/**
 * What is known of the power between two pushes: the two values at its ends. Undefined where the one before is missing,
 * for a single value at the end says little of the time before.
 */
function powerBetween(last: Reading | undefined, { from, powerKw }: Reading): Statistics | undefined {
  if (powerKw === undefined || last?.powerKw === undefined || last.to !== from) return undefined;
  const [low, high] = [Math.min(powerKw.min, last.powerKw.max), Math.max(powerKw.max, last.powerKw.max)];
  return { mean: (low + high) / 2, min: low, max: high, coverage: 1 };
}

/** Says so when the two differ by the factor of a wrong prefix. */
function hintAtUnits(span: EnergySpan, meanPowerKw: number): string {
  const ratio = span.meanPowerKw / meanPowerKw;
  if (ratio > 700 && ratio < 1400)
    return ' That is a factor of 1000: one of them is read in the wrong unit (kW for MW).';
  if (ratio > 0.0007 && ratio < 0.0014)
    return ' That is a factor of 1000: one of them is read in the wrong unit (kWh for MWh).';
  return '';
}

/** Says so when a power is a thousand times, or a thousandth of, what the water gives. */
function hintAtPrefix(powerKw: number, waterKw: number): string {
  const ratio = powerKw / waterKw;
  if (ratio > 500 && ratio < 1400) return ' That is about a factor of 1000: the power probably comes in W, not in kW.';
  if (ratio > 0.0005 && ratio < 0.0014)
    return ' That is about a factor of 1000: the power probably comes in MW, not in kW.';
  return '';
}

function checkWater(
  reading: Reading,
  powerKw: number,
  { unit, isLearned }: VerificationContext & { readonly isLearned: boolean },
  settings: VerificationSettings,
): Suspicion | undefined {
  const { flowM3s, headM } = reading;
  const idleKw = settings.consistency.idleShare * unit.ratedPowerKw;
  if (flowM3s === undefined) return undefined;
  if (powerKw > idleKw && flowM3s.max < settings.consistency.idleShare * unit.ratedFlowM3s) {
    return suspect('physics', 'reject', surenessOf(powerKw / idleKw), {
      code: 'VER_GENERATION_WITHOUT_FLOW',
      message: `${show(powerKw)} kW with no flow: at most ${show(flowM3s.max, 3)} m3/s passed the turbine.`,
      action: 'Check the flow meter first (air, power supply, zero). Without water there is no energy to credit.',
      evidence: { meanPowerKw: powerKw, flowMaxM3s: flowM3s.max },
    });
  }
  if (headM === undefined) return undefined;
  const hydraulicKw = hydraulicPowerKw(Math.max(0, flowM3s.mean), Math.max(0, headM.mean), settings.water);
  if (powerKw > idleKw && powerKw > hydraulicKw * settings.physics.efficiencyMax) {
    return aboveWhatWaterCarries(reading, powerKw, hydraulicKw, settings.physics.efficiencyMax);
  }
  // What the unit itself has shown says more than its guarantee.
  if (isLearned || flowM3s.mean <= 0 || headM.mean <= 0) return undefined;
  return checkExpectedPower(reading, powerKw, { flow: flowM3s.mean, head: headM.mean }, unit, settings);
}

function aboveWhatWaterCarries(
  { flowM3s, headM }: Reading,
  powerKw: number,
  hydraulicKw: number,
  efficiencyMax: number,
): Suspicion {
  // Under a watt of water power the quotient says nothing and may not even be a number that JSON can carry.
  const efficiency = hydraulicKw < 0.001 ? undefined : powerKw / hydraulicKw;
  return suspect('physics', 'reject', efficiency === undefined ? 1 : surenessOf(efficiency / efficiencyMax), {
    code: 'VER_EFFICIENCY_ABOVE_ONE',
    message:
      `${show(powerKw)} kW from ${show(flowM3s?.mean ?? 0, 3)} m3/s at ${show(headM?.mean ?? 0)} m, which carry ` +
      `${show(hydraulicKw)} kW${efficiency === undefined ? '' : `: efficiency ${showPercent(efficiency)}`}.` +
      hintAtPrefix(powerKw, hydraulicKw),
    action: 'No machine gives more than the water carries. Check the scale and unit of flow, head and power.',
    evidence: { meanPowerKw: powerKw, hydraulicKw, ...(efficiency === undefined ? {} : { efficiency }) },
  });
}

function checkExpectedPower(
  reading: Reading,
  powerKw: number,
  water: { flow: number; head: number },
  unit: VerificationContext['unit'],
  settings: VerificationSettings,
): Suspicion | undefined {
  const limits = settings.physics;
  const expectation = waterExpectation(reading, unit, settings);
  if (expectation === undefined) return undefined;
  const { expectedKw, allowedKw, band, floorKw, isChanging } = expectation;
  const fraction = water.flow / unit.ratedFlowM3s;
  const differenceKw = powerKw - expectedKw;
  const times = differenceKw > 0 ? differenceKw / allowedKw : -differenceKw / (allowedKw * limits.deficitBands);
  if (times <= 1 || (isChanging && differenceKw < 0)) return undefined;
  const isStill = powerKw <= limits.powerFloorShare * unit.ratedPowerKw;
  // Water that passes a unit at rest is for the operator to explain; it creates no energy.
  const severity = differenceKw > 0 && times > limits.rejectBands ? 'reject' : 'flag';
  const limit = severity === 'reject' ? limits.rejectBands : 1;
  const differenceShare = Math.abs(differenceKw) / Math.max(expectedKw, floorKw);
  const difference = `${showPercent(differenceShare)} ${differenceKw > 0 ? 'more' : 'less'}`;
  return suspect('physics', severity, isStill ? 0 : surenessOf(times / limit), {
    code: differenceKw > 0 ? 'VER_POWER_ABOVE_WATER' : 'VER_POWER_BELOW_WATER',
    message:
      `${show(powerKw)} kW, but ${show(water.flow, 3)} m3/s at ${show(water.head)} m should give about ` +
      `${show(expectedKw)} kW (${difference}, band ${showPercent(band)}).${hintAtPrefix(powerKw, expectedKw)}`,
    action:
      differenceKw > 0
        ? 'Check flow meter, head sensor and power scaling against the displays at the unit.'
        : 'Check the flow meter scaling, the screen and the runner; some water may pass without working.',
    evidence: { meanPowerKw: powerKw, expectedKw, band, fractionOfRatedFlow: fraction },
  });
}
