import type { Reading } from '../acquisition/reading.ts';
import type { UnitConfig } from '../config/plant.ts';
import { type ExpectedPower, expectedPower } from './expected-power.ts';
import { withinTwinKw } from './layers/physics-twin.ts';
import type { VerificationSettings } from './settings.ts';
import type { TwinModel } from './twin/twin-model.ts';
import { twinViewOf } from './twin/twin-view.ts';
import { UnitMemory } from './unit-memory.ts';
import type { Verdict } from './verdict.ts';

export interface JudgedReading {
  readonly reading: Reading;
  readonly verdict: Pick<Verdict, 'status' | 'findings' | 'engine'>;
}

/** An expectation, and the model it comes from: that of the reading's own verdict, not one that was learned since. */
export interface PowerExpectation extends Omit<ExpectedPower, 'basis'> {
  readonly basis: ExpectedPower['basis'] | 'modelByFlow' | 'modelByGate';
  /** Digest of the model; absent for a curve that nothing was learned from. */
  readonly model?: string;
}

/**
 * What each reading of one unit was held against, oldest first; undefined where nothing could be expected. The model
 * follows wear and clogging through the readings that stand before, so give some hundreds of them as well.
 */
export function powerExpectations(
  readings: readonly JudgedReading[],
  unit: UnitConfig,
  settings: VerificationSettings,
  modelOf: (digest: string) => TwinModel | undefined,
): (PowerExpectation | undefined)[] {
  // Replays are not looked for here.
  const memory = new UnitMemory(unit, settings, { add: () => {}, find: () => undefined });
  let inForce: string | undefined;
  return readings.map(({ reading, verdict }) => {
    const digest = verdict.engine.model;
    if (digest !== inForce) {
      inForce = digest;
      memory.learn(digest === undefined ? undefined : modelOf(digest));
    }
    const expectation = byModel(reading, memory, digest, settings) ?? expectedPower(reading, unit, settings);
    memory.remember({ reading, siblings: [], verdict });
    return expectation;
  });
}

const WITNESSES = [
  ['powerByFlow', 'modelByFlow'],
  ['powerByGate', 'modelByGate'],
] as const;

function byModel(
  reading: Reading,
  { twin, unit, history }: UnitMemory,
  model: string | undefined,
  settings: VerificationSettings,
): PowerExpectation | undefined {
  const powerKw = reading.powerKw?.mean;
  if (model === undefined || powerKw === undefined) return undefined;
  const view = twinViewOf(reading, { twin, unit, history, siblings: [] });
  for (const [name, basis] of WITNESSES) {
    const residual = view[name];
    if (residual !== undefined) return { ...withinTwinKw(powerKw, name, residual, settings), basis, model };
  }
  return undefined;
}
