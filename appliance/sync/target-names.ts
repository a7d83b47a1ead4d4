import type { PlantConfig, SyncConfig } from '../../core/config/plant.ts';

const TARGETS = ['hedera', 'file', 'hub'] as const satisfies readonly (keyof SyncConfig)[];

/** The targets that plant.yaml names, whether or not this version delivers to them. */
export function targetNames({ sync }: PlantConfig): readonly string[] {
  return TARGETS.filter((name) => sync?.[name] !== undefined);
}
