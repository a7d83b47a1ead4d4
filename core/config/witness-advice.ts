import type { PathIssue } from './config-issue.ts';
import type { PlantConfig } from './plant.ts';
import { withoutWitness, witnessSources } from './witness-sources.ts';

/** Which units' energy nothing independent stands behind, one piece of advice for each. */
export function adviseOnWitnesses(config: PlantConfig): PathIssue[] {
  return config.units.flatMap((unit, u): PathIssue[] => {
    const message = withoutWitness(witnessSources(config, unit));
    if (message === undefined) return [];
    const hint =
      'if there is a check meter, a meter of the plant or a gauge of the inflow that is read through another ' +
      'device, name it: signals.energyExportCheck, witnesses.meter or witnesses.inflow';
    return [{ code: 'CFG_NO_WITNESS', path: ['units', u, 'signals'], message: `${unit.id}: ${message}`, hint }];
  });
}
