import type { Reading } from '../../acquisition/reading.ts';
import { instantMs } from '../../model/time.ts';
import type { VerificationContext } from '../layer.ts';
import { isSteady, meanPowerKwOf } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, show, surenessOf, suspect } from '../suspicion.ts';
import { twinViewOf } from '../twin/twin-view.ts';
import type { TwinResidual } from '../twin/unit-twin.ts';

/** Nameplate, gate, state and neighbours of the unit. */
export function checkUnit(reading: Reading, context: VerificationContext, settings: VerificationSettings): Suspicion[] {
  return [
    checkRange(reading, context, settings),
    checkGate(reading, context, settings),
    checkState(reading, context, settings),
    checkBreaker(reading, context, settings),
    checkSiblings(reading, context, settings),
  ].filter((suspicion) => suspicion !== undefined);
}

function checkRange(
  reading: Reading,
  { unit }: VerificationContext,
  settings: VerificationSettings,
): Suspicion | undefined {
  const limits = settings.consistency;
  const flowShare = (reading.flowM3s?.mean ?? 0) / unit.ratedFlowM3s;
  const headShare = reading.headM === undefined ? 1 : reading.headM.mean / unit.ratedHeadM;
  const gate = reading.gatePercent;
  const wrong: string[] = [];
  let times = 1;
  if (flowShare > limits.flowMaxShare) {
    wrong.push(`flow ${show(reading.flowM3s?.mean ?? 0, 3)} m3/s (rated ${unit.ratedFlowM3s} m3/s)`);
    times = Math.max(times, flowShare / limits.flowMaxShare);
  }
  const isLow = headShare < limits.headMinShare && isSteady(reading, unit, settings);
  if (headShare > limits.headMaxShare || isLow) {
    wrong.push(`head ${show(reading.headM?.mean ?? 0)} m (rated ${unit.ratedHeadM} m)`);
    times = Math.max(times, headShare / limits.headMaxShare, isLow ? 1.5 : 1);
  }
  if (gate !== undefined && (gate.min < -limits.gateSlackPercent || gate.max > 100 + limits.gateSlackPercent)) {
    wrong.push(`gate ${show(gate.min)} to ${show(gate.max)} %`);
    times = Math.max(times, 1.5);
  }
  if (wrong.length === 0) return undefined;
  return suspect('consistency', 'flag', surenessOf(times), {
    code: 'VER_OUTSIDE_NAMEPLATE',
    message: `Outside what this unit can show: ${wrong.join(', ')}.`,
    action: 'Check scale and unit of the point, the sensor, and the ratings in plant.yaml.',
    evidence: { flowShare, headShare },
  });
}

function checkGate(
  reading: Reading,
  { unit }: VerificationContext,
  { consistency: limits }: VerificationSettings,
): Suspicion | undefined {
  const gate = reading.gatePercent;
  const powerKw = meanPowerKwOf(reading);
  const idleKw = limits.idleShare * unit.ratedPowerKw;
  if (gate === undefined || powerKw === undefined || gate.max > limits.gateClosedPercent || powerKw <= idleKw) {
    return undefined;
  }
  return suspect('consistency', 'reject', surenessOf(powerKw / idleKw), {
    code: 'VER_GENERATION_GATE_CLOSED',
    message: `${show(powerKw)} kW with the gate closed (at most ${show(gate.max, 2)} %).`,
    action: 'Check the gate position sensor at the machine. With the gate truly closed this power cannot be.',
    evidence: { meanPowerKw: powerKw, gateMaxPercent: gate.max },
  });
}

const RESTING = ['stopped', 'tripped', 'maintenance'] as const;

function checkState(
  reading: Reading,
  { unit, history }: VerificationContext,
  { consistency: limits }: VerificationSettings,
): Suspicion | undefined {
  const states = reading.stateSeconds;
  const powerKw = meanPowerKwOf(reading);
  if (states === undefined || powerKw === undefined) return undefined;
  const total = Object.values(states).reduce((sum, seconds) => sum + seconds, 0);
  const resting = RESTING.reduce((sum, state) => sum + (states[state] ?? 0), 0);
  if (total === 0) return undefined;
  const idleKw = limits.idleShare * unit.ratedPowerKw;
  // A state read once at the end says nothing of the power before it: the interval in which the unit stopped has some.
  const beforeKw = history.timeLine.endingAt(instantMs(reading.from))?.powerKw ?? 0;
  const hasStopped = reading.powerKw?.min === reading.powerKw?.max && beforeKw > powerKw;
  if (resting === total && powerKw > idleKw && !hasStopped) {
    return suspect('consistency', 'flag', surenessOf(powerKw / idleKw), {
      code: 'VER_POWER_WHILE_RESTING',
      message:
        `${show(powerKw)} kW while the unit reported ` +
        `${RESTING.filter((state) => (states[state] ?? 0) > 0).join(', ')} throughout.`,
      action: 'Check the status point and its map in plant.yaml against the panel of the unit.',
      evidence: { meanPowerKw: powerKw, restingSeconds: resting },
    });
  }
  if (states.generating !== total || powerKw > 0 || (reading.flowM3s?.mean ?? 0) <= 0) return undefined;
  return suspect('consistency', 'note', 0, {
    code: 'VER_GENERATING_WITHOUT_POWER',
    message: 'The unit reported generating throughout, but delivered no power.',
    action: 'Speed without load is normal for some minutes. Otherwise check the status point and the breaker.',
    evidence: { meanPowerKw: powerKw },
  });
}

/** Nothing leaves a generator whose breaker is open; a closed one at rest is said for what it is worth. */
function checkBreaker(
  reading: Reading,
  { unit, intervalMs }: VerificationContext,
  { consistency: limits }: VerificationSettings,
): Suspicion | undefined {
  const { breakerSeconds, stateSeconds } = reading;
  if (breakerSeconds === undefined) return undefined;
  const { open = 0, closed = 0 } = breakerSeconds;
  // Only what was seen for nearly all of the interval says that it was so throughout.
  const wholeS = (0.9 * intervalMs) / 1000;
  const powerKw = meanPowerKwOf(reading) ?? 0;
  const idleKw = limits.idleShare * unit.ratedPowerKw;
  if (closed === 0 && open >= wholeS && powerKw > idleKw) {
    return suspect('consistency', 'flag', surenessOf(powerKw / idleKw), {
      code: 'VER_POWER_BREAKER_OPEN',
      message: `${show(powerKw)} kW with the breaker open for all of ${show(open)} s.`,
      action:
        'Look at the breaker and its auxiliary contact, and check the map of its point. With the breaker truly open nothing ' +
        "is exported, and the power or the register was not this unit's.",
      evidence: { meanPowerKw: powerKw, openSeconds: open },
    });
  }
  const resting = RESTING.reduce((sum, state) => sum + (stateSeconds?.[state] ?? 0), 0);
  const total = Object.values(stateSeconds ?? {}).reduce((sum, seconds) => sum + seconds, 0);
  if (open > 0 || closed < wholeS || total === 0 || resting < total) return undefined;
  return suspect('consistency', 'note', 0, {
    code: 'VER_BREAKER_CLOSED_AT_REST',
    message: `The unit reported rest for all of ${show(total)} s with its breaker closed.`,
    action: 'Check the status point, the contact of the breaker and the maps of both in plant.yaml.',
    evidence: { closedSeconds: closed, restingSeconds: resting },
  });
}

/** Units on one intake see one water level; their net heads differ only by their own losses. */
function checkSiblings(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
): Suspicion | undefined {
  const { unit, siblings } = context;
  if (unit.intake !== 'shared' || reading.headM === undefined || !isSteady(reading, unit, settings)) return undefined;
  const learned = twinViewOf(reading, context).headBySibling;
  if (learned !== undefined) return checkLearnedHead(learned, settings);
  const heads = siblings
    .filter((sibling) => sibling.unit.intake === 'shared' && isSteady(sibling.reading, sibling.unit, settings))
    .flatMap((sibling) => (sibling.reading.headM === undefined ? [] : [sibling.reading.headM.mean]))
    .sort((a, b) => a - b);
  const middle = heads[heads.length >>> 1];
  if (middle === undefined) return undefined;
  const differenceM = Math.abs(reading.headM.mean - middle);
  const share = differenceM / unit.ratedHeadM;
  if (share <= settings.consistency.siblingHeadShare) return undefined;
  return suspect('consistency', 'flag', surenessOf(share / settings.consistency.siblingHeadShare), {
    code: 'VER_HEAD_UNLIKE_SIBLINGS',
    message: `Head ${show(reading.headM.mean)} m, but the other units on this intake show ${show(middle)} m.`,
    action: 'Compare the pressure sensors of the units; one of them has drifted or is scaled wrongly.',
    evidence: { headM: reading.headM.mean, siblingsHeadM: middle },
  });
}

/** The difference of the heads against what it has always been at these flows. */
function checkLearnedHead(
  { share, z, spread }: TwinResidual,
  { consistency: limits }: VerificationSettings,
): Suspicion | undefined {
  const times = Math.min(Math.abs(z) / limits.siblingHeadSigmas, Math.abs(share) / limits.siblingHeadShareMin);
  if (times <= 1) return undefined;
  return suspect('consistency', 'flag', surenessOf(times), {
    code: 'VER_HEAD_UNLIKE_SIBLINGS',
    message:
      `Head is ${show(Math.abs(share) * 100, 2)} % of rated head ${share > 0 ? 'above' : 'below'} what the other units ` +
      `on this intake let expect (${show(Math.abs(z))} times the usual spread).`,
    action: 'Compare the pressure sensors of the units; one of them has drifted, stands still, or was altered.',
    evidence: { share, spread, sigmas: z },
  });
}
