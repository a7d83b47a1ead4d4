import type { VerificationSettings } from '../settings.ts';
import type { RelationName } from './observe.ts';

/** Standard deviations beyond which a residual of this relation, above or below by `share`, is told. */
export function flagSigmas(name: RelationName, share: number, settings: VerificationSettings): number {
  if (name === 'headBySibling') return settings.consistency.siblingHeadSigmas;
  return slackOf(name, share, settings.physics) * settings.physics.twinFlagSigmas;
}

/** Claiming less than the water gives harms nobody but the plant itself: worth a look only when it is plain. */
export function slackOf(name: RelationName, share: number, limits: VerificationSettings['physics']): number {
  const isClaim = name === 'energyByPower' || name === 'powerByGate' || name === 'powerByFlow';
  return isClaim && share < 0 ? limits.twinDeficitTimes : 1;
}
