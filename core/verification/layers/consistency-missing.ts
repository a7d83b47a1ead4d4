import type { Reading } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import type { Quantity } from '../../model/quantity.ts';
import type { VerificationContext } from '../layer.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, suspect } from '../suspicion.ts';
import { hearWitnesses } from '../witness/hear-witnesses.ts';

/** What a unit's own instruments give of how its energy came about; the water's quality says nothing of it. */
const SPEAKING = {
  flow: 'flowM3s',
  head: 'headM',
  power: 'powerKw',
  gate: 'gatePercent',
  status: 'stateSeconds',
} as const;
type Speaking = keyof typeof SPEAKING;
const SPEAKING_NAMES = Object.keys(SPEAKING) as Speaking[];

/** Any one of these holds the energy against something. */
const BEARING: readonly Speaking[] = ['flow', 'head', 'power'];

/**
 * Energy is claimed and not all came that plant.yaml lets expect. A check that has nothing to look at abstains, and its
 * weight goes to the others: what was not looked at must be said, or less measured would read as better measured.
 */
export function checkMissing(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
): Suspicion[] {
  if (reading.energyWh === undefined || reading.energyWh <= 0) return [];
  const expected = context.expected ?? signalsOf(context.unit);
  const named = SPEAKING_NAMES.filter((name) => expected.includes(name));
  const missing = named.filter((name) => reading[SPEAKING[name]] === undefined);
  if (missing.length === 0) return [];
  const isBare =
    BEARING.some((name) => missing.includes(name)) && BEARING.every((name) => reading[SPEAKING[name]] === undefined);
  const isVouched = hearWitnesses(reading, context, settings).outcomes.some(
    ({ sees, isIndependent, outcome }) => sees === 'energy' && isIndependent && outcome === 'agrees',
  );
  const isAlone = isBare && !isVouched;
  return [
    suspect('consistency', isAlone ? 'flag' : 'note', isAlone ? ALONE_SURENESS : 0, {
      code: 'VER_SIGNALS_MISSING',
      message:
        `Energy is claimed, but nothing came of ${missing.join(', ')} in this interval` +
        `${isAlone ? ': nothing but the energy itself speaks for it.' : '.'}`,
      action:
        'See the page of the device, or ask whoever sends the readings, why these values are missing. If the unit has ' +
        'no such signal any more, take it out of plant.yaml.',
      evidence: { missing: missing.join(','), energyWh: reading.energyWh },
    }),
  ];
}

const ALONE_SURENESS = 0.3;

function signalsOf({ signals }: UnitConfig): readonly Quantity[] {
  return Object.keys(signals) as Quantity[];
}
