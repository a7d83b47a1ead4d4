import type { PlantConfig, UnitConfig } from '../core/config/plant.ts';
import { withoutWitness, witnessSources } from '../core/config/witness-sources.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import type { UnitStatus } from './plant-status.ts';

/** What stands beside the unit's own instruments, what each said of the newest reading, and where nothing does. */
export function witnessStatus(
  config: PlantConfig,
  unit: UnitConfig,
  verdict: Pick<Verdict, 'witnesses'> | undefined,
): Pick<UnitStatus, 'witnesses' | 'withoutWitness'> {
  const sources = witnessSources(config, unit);
  return {
    witnesses: sources.map(({ kind, sees, refs, isIndependent }) => ({
      kind,
      sees,
      points: [...refs],
      isIndependent,
      outcome: verdict?.witnesses?.find((witness) => witness.kind === kind)?.outcome ?? null,
    })),
    withoutWitness: withoutWitness(sources) ?? null,
  };
}
