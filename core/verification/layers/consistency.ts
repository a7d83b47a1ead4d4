import type { Reading } from '../../acquisition/reading.ts';
import type { LayerResult, VerificationContext, VerificationLayer } from '../layer.ts';
import { isEmpty } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { conclude, type Suspicion } from '../suspicion.ts';
import { hearWitnesses } from '../witness/hear-witnesses.ts';
import { checkMeter } from './consistency-meter.ts';
import { checkMissing } from './consistency-missing.ts';
import { checkQuality } from './consistency-quality.ts';
import { checkRegister } from './consistency-register.ts';
import { checkUnit } from './consistency-unit.ts';

/** Whether what the meter, the unit and its neighbours say fits together. */
export const consistency: VerificationLayer = { name: 'consistency', check };

function check(reading: Reading, context: VerificationContext, settings: VerificationSettings): LayerResult {
  const found: Suspicion[] = [
    ...checkMeter(reading, context, settings),
    ...checkRegister(reading, context, settings).filter((suspicion) => suspicion !== undefined),
    ...checkUnit(reading, context, settings),
    ...checkQuality(reading),
    ...checkMissing(reading, context, settings),
    ...hearWitnesses(reading, context, settings).suspicions,
  ];
  const result = conclude(found);
  if (result.outcome !== 'pass' || !isEmpty(reading)) return result;
  return { outcome: 'abstain', reason: 'Nothing was measured that could be compared.', findings: result.findings };
}
