import type { PlantConfig } from '../core/config/plant.ts';
import { SIGNAL_COLUMNS } from '../core/verification/replay/replay-row.ts';

const NAMES = Object.keys(SIGNAL_COLUMNS) as (keyof typeof SIGNAL_COLUMNS)[];

/** One warning for all the signals of plant.yaml that the file has no column for; undefined where it has them all. */
export function missingColumnsWarning(
  path: string,
  columns: readonly string[],
  { units }: Pick<PlantConfig, 'units'>,
): string | undefined {
  const missing = NAMES.filter(
    (name) => !columns.includes(SIGNAL_COLUMNS[name]) && units.some(({ signals }) => signals[name] !== undefined),
  );
  if (missing.length === 0) return undefined;
  const listed = missing.map((name) => SIGNAL_COLUMNS[name]).join(', ');
  return (
    `warning: ${path} has no column ${listed}, though plant.yaml names ${missing.join(', ')}: nothing was checked against ` +
    'them, and the trust in these rows stands on the rest alone'
  );
}
