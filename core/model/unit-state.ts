/** What a turbine set is doing. Every plausibility rule asks for this first: a trip is not fraud, a zero is a zero. */
export const UNIT_STATES = ['stopped', 'starting', 'generating', 'stopping', 'tripped', 'maintenance'] as const;
export type UnitState = (typeof UNIT_STATES)[number];

export function isUnitState(text: unknown): text is UnitState {
  return (UNIT_STATES as readonly unknown[]).includes(text);
}
