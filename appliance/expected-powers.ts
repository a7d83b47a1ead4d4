import { powerExpectations } from '../core/verification/power-expectations.ts';
import { DEFAULT_SETTINGS } from '../core/verification/settings.ts';
import type { ApplianceView } from './api/view.ts';
import { modelOfDigest } from './recorded-model.ts';
import type { PlantViewParts } from './view-plant.ts';

/** What the model that each reading was judged with expected of it; undefined where there was none. */
export function expectedPowers(
  { config, store }: Pick<PlantViewParts, 'config' | 'store'>,
  ...[unitId, readings]: Parameters<ApplianceView['expectedPowers']>
): ReturnType<ApplianceView['expectedPowers']> {
  const unit = config.units.find(({ id }) => id === unitId);
  if (unit === undefined) return readings.map(() => undefined);
  return powerExpectations(readings, unit, DEFAULT_SETTINGS, (digest) => modelOfDigest(store, digest, config));
}
