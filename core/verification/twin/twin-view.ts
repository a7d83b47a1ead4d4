import type { Reading } from '../../acquisition/reading.ts';
import { instantMs } from '../../model/time.ts';
import type { VerificationContext } from '../layer.ts';
import { loadStepOf } from './load-step.ts';
import type { TwinView } from './unit-twin.ts';

const NOTHING: TwinView = {};

/** What the unit's twin sees in the reading; nothing without a model, and nothing of a unit at rest. */
export function twinViewOf(
  reading: Reading,
  { twin, unit, history, siblings }: Pick<VerificationContext, 'twin' | 'unit' | 'history' | 'siblings'>,
): TwinView {
  if (twin?.model === undefined) return NOTHING;
  const before = history.timeLine.endingAt(instantMs(reading.from));
  return twin.view(reading, siblings, loadStepOf(reading, unit, before));
}
