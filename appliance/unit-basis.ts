import { hash } from 'node:crypto';
import type { PlantConfig } from '../core/config/plant.ts';

/**
 * `sha256:` and the digest of all that the configuration says of what a unit's values mean: its ratings, and how each
 * of its points is read. Two readings of one basis are comparable. Names, addresses of devices, paces and what only
 * witnesses the unit are no part.
 */
export function unitBasis({ units, devices }: PlantConfig, unitId: string): string {
  const unit = units.find(({ id }) => id === unitId);
  if (unit === undefined) return 'none';
  const { energyExportCheck: _check, ...signals } = unit.signals;
  const refs: readonly (string | undefined)[] = Object.values(signals);
  const points = devices.flatMap(({ driver, points: all }) =>
    all.filter(({ ref }) => refs.includes(ref)).map(({ template, ...point }) => ({ driver, ...point })),
  );
  const { name, accuracy, ...rated } = unit;
  return `sha256:${hash('sha256', stableText([{ ...rated, signals }, points]), 'hex')}`;
}

function stableText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
