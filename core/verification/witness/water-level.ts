import type { Reading } from '../../acquisition/reading.ts';
import { instantMs } from '../../model/time.ts';
import type { Sibling } from '../layer.ts';
import { isSteady } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, show, surenessOf, suspect } from '../suspicion.ts';
import { usable } from './inflow.ts';
import { AGREES, silent, type Testimony, type WitnessView } from './witness.ts';

/** The head against the levels: what of rated head was lost on the way, at which flow on the intake. */
export interface HeadLoss {
  readonly flowShare: number;
  readonly lossShare: number;
  readonly grossM: number;
  readonly headM: number;
  /** Whether the level of the tailrace is known, so that the difference is one of heads and not of datums. */
  readonly isGross: boolean;
}

/** Why the head cannot be held against the levels, or what was lost. */
export function headLoss(
  reading: Reading,
  { unit, units, config }: Pick<WitnessView, 'unit' | 'units' | 'config'>,
  siblings: readonly Sibling[],
  settings: VerificationSettings,
): HeadLoss | string {
  const { witnessCoverageMin } = settings.consistency;
  const upper = usable(reading, 'headwaterLevel', witnessCoverageMin);
  if (typeof upper === 'string') return upper;
  const isGross = config?.tailwaterLevel !== undefined;
  const lower = isGross ? usable(reading, 'tailwaterLevel', witnessCoverageMin) : undefined;
  if (typeof lower === 'string') return `the tailrace: ${lower}`;
  if (reading.headM === undefined) return 'the unit has no head';
  if (!isSteady(reading, unit, settings)) return 'the unit did not run at a steady load';
  const grossM = upper.mean - (lower?.mean ?? 0);
  const others = units.filter(({ id, intake }) => id !== unit.id && unit.intake === 'shared' && intake === 'shared');
  const shared = others.map(({ id }) => siblings.find((sibling) => sibling.unit.id === id));
  const missing = others.find((_, place) => shared[place]?.reading.flowM3s === undefined);
  // What the others take costs head too.
  if (missing !== undefined) return `the flow of ${missing.id} is not known`;
  const flowM3s = [reading, ...shared.map((sibling) => sibling?.reading)].reduce(
    (sum, one) => sum + Math.max(0, one?.flowM3s?.mean ?? 0),
    0,
  );
  return {
    flowShare: flowM3s / unit.ratedFlowM3s,
    lossShare: (grossM - reading.headM.mean) / unit.ratedHeadM,
    grossM,
    headM: reading.headM.mean,
    isGross,
  };
}

/** Water stored in the pond over the interval, m3/s, from this and the last level; undefined where one is missing. */
export function storedM3s(reading: Reading, last: Reading | undefined, areaM2: number): number | undefined {
  const [now, before] = [reading.witness?.headwaterLevelM, last?.witness?.headwaterLevelM];
  if (now === undefined || before === undefined || last?.to !== reading.from) return undefined;
  return ((now.mean - before.mean) * areaM2 * 1000) / (instantMs(reading.to) - instantMs(reading.from));
}

/** The unit's head against the levels. */
export function hearWaterLevel(
  reading: Reading,
  view: WitnessView,
  siblings: readonly Sibling[],
  settings: VerificationSettings,
): Testimony {
  const loss = headLoss(reading, view, siblings, settings);
  if (typeof loss === 'string') return silent(loss);
  const limits = settings.consistency;
  // No head is higher than the water stands.
  const aboveTimes = -loss.lossShare / limits.levelShareMin;
  if (loss.isGross && aboveTimes > 1) return { outcome: 'disagrees', suspicions: [above(loss, aboveTimes)] };
  const usual = view.books.level.usual(loss.flowShare, limits.levelReadingsMin);
  if (usual === undefined) {
    const count = limits.levelReadingsMin;
    return silent(`${count} approved readings at about this flow are needed before the levels are compared`);
  }
  const offShare = usual.lossShare - loss.lossShare;
  const times = Math.abs(offShare) / Math.max(limits.levelShareMin, limits.levelSigmas * usual.spread);
  if (times <= 1) return AGREES;
  return { outcome: 'disagrees', suspicions: [unlike(loss, offShare * view.unit.ratedHeadM, times)] };
}

function above({ grossM, headM, lossShare }: HeadLoss, times: number): Suspicion {
  return suspect('consistency', 'flag', surenessOf(times), {
    code: 'VER_HEAD_UNLIKE_LEVEL',
    message: `Head ${show(headM, 2)} m, but the levels of forebay and tailrace are only ${show(grossM, 2)} m apart.`,
    action:
      'Compare the pressure sensor with the staff gauges, and the datum of both levels. A net head is never higher than ' +
      'the water stands.',
    evidence: { headM, grossHeadM: grossM, lossShare },
  });
}

function unlike({ grossM, headM, flowShare }: HeadLoss, offM: number, times: number): Suspicion {
  // What clogs the trash rack takes head from an honest unit; less head claims nothing.
  return suspect('consistency', offM > 0 ? 'flag' : 'note', offM > 0 ? surenessOf(times) : 0, {
    code: 'VER_HEAD_UNLIKE_LEVEL',
    message:
      `Head ${show(headM, 2)} m is ${show(Math.abs(offM), 2)} m ${offM > 0 ? 'above' : 'below'} what the level and the flow ` +
      'on the intake have let expect so far.',
    action:
      offM > 0
        ? 'Compare the pressure sensor and the level with the staff gauges; one of them has drifted or was altered.'
        : 'Look at the trash rack first: what clogs it takes head. Then compare the pressure sensor with the staff gauge.',
    evidence: { headM, grossHeadM: grossM, offM, flowShare },
  });
}
