import type { Reading } from '../../acquisition/reading.ts';
import type { WitnessKind, WitnessSource } from '../../config/witness-sources.ts';
import { instantMs, toIso } from '../../model/time.ts';
import type { Sibling, VerificationContext } from '../layer.ts';
import { isSteady } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, showDuration, suspect } from '../suspicion.ts';
import type { WitnessOutcome } from '../verdict.ts';
import { hearCheckMeter } from './check-meter.ts';
import { hearInflow } from './inflow.ts';
import { hearPlantMeter } from './plant-meter.ts';
import { hearWaterLevel } from './water-level.ts';
import { AGREES, silent, type Testimony, type WitnessView } from './witness.ts';

export interface Heard {
  readonly outcomes: readonly WitnessOutcome[];
  readonly suspicions: readonly Suspicion[];
}

const NOTHING: Heard = { outcomes: [], suspicions: [] };

let heardOf: Reading | undefined;
let heardIn: VerificationContext | undefined;
let kept: Heard = NOTHING;

/** What every source beside the unit says of the reading. The layer and the verdict ask in turn, so the last is kept. */
export function hearWitnesses(reading: Reading, context: VerificationContext, settings: VerificationSettings): Heard {
  if (heardOf === reading && heardIn === context) return kept;
  kept = hear(reading, context, settings);
  heardOf = reading;
  heardIn = context;
  return kept;
}

function hear(reading: Reading, context: VerificationContext, settings: VerificationSettings): Heard {
  const view = context.witness;
  if (view === undefined || view.sources.length === 0) return NOTHING;
  const outcomes: WitnessOutcome[] = [];
  const suspicions: Suspicion[] = [];
  let isVouched = false;
  for (const source of view.sources) {
    const testimony = ask(source.kind, { reading, view, context, settings, isVouched });
    // The check meter stands first: a unit that it agrees with is not to blame for a sum that does not fit.
    if (source.kind === 'check-meter' && source.isIndependent) isVouched = testimony.outcome === 'agrees';
    const { kind, sees, isIndependent } = source;
    const { outcome, reason } = testimony;
    outcomes.push({ kind, sees, isIndependent, outcome, ...(reason === undefined ? {} : { reason }) });
    suspicions.push(...testimony.suspicions, ...saySilence(source, reading, view, reason));
  }
  return { outcomes, suspicions };
}

interface Question {
  readonly reading: Reading;
  readonly view: WitnessView;
  readonly context: VerificationContext;
  readonly settings: VerificationSettings;
  readonly isVouched: boolean;
}

function ask(kind: WitnessKind, { reading, view, context, settings, isVouched }: Question): Testimony {
  const { siblings, resolutionKwh } = context;
  const { meter, inflow } = view.config ?? {};
  switch (kind) {
    case 'check-meter':
      return hearCheckMeter(reading, view, settings, resolutionKwh);
    case 'plant-meter':
      if (meter === undefined) return silent('it is not in plant.yaml');
      return hearPlantMeter(reading, { ...view, meter }, settings, { isVouched, resolutionKwh });
    case 'inflow':
      if (inflow === undefined) return silent('it is not in plant.yaml');
      return hearInflow(reading, { ...view, inflow }, settings, isVouched);
    case 'water-level':
      return hearWaterLevel(reading, view, siblings, settings);
    case 'siblings':
      return hearSiblings(reading, view, siblings, settings);
  }
}

/** Whether their heads agree is for the check of the common head to say; here only whether they were there to ask. */
function hearSiblings(
  reading: Reading,
  { unit }: WitnessView,
  siblings: readonly Sibling[],
  settings: VerificationSettings,
): Testimony {
  if (reading.headM === undefined || !isSteady(reading, unit, settings)) {
    return silent('the unit did not run at a steady load with its head known');
  }
  const isThere = siblings.some(
    (sibling) =>
      sibling.unit.intake === 'shared' &&
      sibling.reading.headM !== undefined &&
      isSteady(sibling.reading, sibling.unit, settings),
  );
  return isThere ? AGREES : silent('no other unit on the intake ran at a steady load');
}

const SIGNALS: Readonly<Record<Exclude<WitnessKind, 'siblings'>, readonly string[]>> = {
  'check-meter': ['energyExportCheck'],
  'plant-meter': ['plantExport', 'plantImport'],
  inflow: ['inflow', 'spill', 'environmentalFlow'],
  'water-level': ['headwaterLevel', 'tailwaterLevel'],
};

const NAMES: Readonly<Record<Exclude<WitnessKind, 'siblings'>, string>> = {
  'check-meter': 'check meter',
  'plant-meter': 'meter of the plant',
  inflow: 'gauge of the inflow',
  'water-level': 'gauge of the water level',
};

/** A meter is repaired, or its silence explained, within a day. */
const LOST_MS = 86_400_000;

/** Only where the instrument itself was not heard: that it has nothing to say of a unit at rest needs no words. */
function saySilence(
  source: WitnessSource,
  reading: Reading,
  { heardMs }: WitnessView,
  reason: string | undefined,
): Suspicion[] {
  const { kind } = source;
  const { witness } = reading;
  if (reason === undefined || kind === 'siblings') return [];
  const signal = SIGNALS[kind].find((name) => witness?.silent?.[name] !== undefined);
  if (signal === undefined) return [];
  const silence = { kind, signal, code: witness?.silent?.[signal] ?? '', heardMs: heardMs.get(signal) };
  return [saySilent(source, reading, silence)];
}

interface Silence {
  readonly kind: Exclude<WitnessKind, 'siblings'>;
  readonly signal: string;
  readonly code: string;
  readonly heardMs: number | undefined;
}

/** A note at first; where nothing of a claim of energy was witnessed for too long, a person shall look at it. */
function saySilent({ sees, isIndependent, refs }: WitnessSource, reading: Reading, silence: Silence): Suspicion {
  const { kind, signal, code, heardMs } = silence;
  const silentMs = heardMs === undefined ? 0 : instantMs(reading.to) - heardMs;
  const isClaim = (reading.energyWh ?? 0) > 0;
  const heard = heardMs === undefined ? {} : { heardUntil: toIso(heardMs) };
  const evidence = { witness: kind, signal, reason: code, ...heard };
  if (sees === 'energy' && isIndependent && isClaim && silentMs > LOST_MS) {
    return suspect('consistency', 'flag', 0.2, {
      code: 'VER_WITNESS_LOST',
      message:
        `The ${NAMES[kind]} has not been heard for ${showDuration(silentMs)} (${signal}: ${code}): the energy of this interval ` +
        'stands on the unit alone.',
      action:
        `Get its device (${refs.join(', ')}) to answer again, then compare what both meters counted meanwhile and approve or ` +
        'reject the readings by it. Where it was taken away for good, take it out of plant.yaml.',
      evidence,
    });
  }
  return suspect('consistency', 'note', 0, {
    code: 'VER_WITNESS_SILENT',
    message: `The ${NAMES[kind]} was not heard in this interval (${signal}: ${code}), so nothing was compared with it.`,
    action: `See the page of its device (${refs.join(', ')}) for why. The reading stands on the unit's own values alone.`,
    evidence,
  });
}
