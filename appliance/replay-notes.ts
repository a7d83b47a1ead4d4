import { nearestName } from '../core/config/nearest-name.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { ReplayRow } from '../core/verification/replay/replay-row.ts';

const MS_PER_DAY = 86_400_000;
/** More unknown names than this are a file of another plant, and one line says so. */
const NAMES_MAX = 5;

/** What a person should know of the rows before the verdicts: units that are not there, and days that teach nothing. */
export function notesOnRows(
  rows: readonly ReplayRow[],
  units: PlantConfig['units'],
  trainDays: number,
): readonly string[] {
  return [...unknownUnits(rows, units), ...untaught(rows, trainDays)];
}

function unknownUnits(rows: readonly ReplayRow[], units: PlantConfig['units']): string[] {
  const ids = units.map(({ id }) => id);
  const unknown = new Map<string, number>();
  for (const { deviceId = '' } of rows) {
    if (!ids.includes(deviceId)) unknown.set(deviceId, (unknown.get(deviceId) ?? 0) + 1);
  }
  const notes = [...unknown].slice(0, NAMES_MAX).map(([name, count]) => {
    const nearest = nearestName(name, ids);
    const hint = nearest === undefined ? `plant.yaml has ${ids.join(', ')}` : `did you mean "${nearest}"?`;
    return `note: deviceId "${name}" of ${count} ${count === 1 ? 'row' : 'rows'} is no unit of plant.yaml: they are rejected (${hint})`;
  });
  const more = unknown.size - NAMES_MAX;
  return more > 0 ? [...notes, `note: ${more} more names in deviceId are no units of plant.yaml`] : notes;
}

/** As the replay counts: from the arrival of the first row on. */
function untaught(rows: readonly ReplayRow[], trainDays: number): string[] {
  if (trainDays === 0) return [];
  const arrivals = rows.map(({ receivedAt, timestamp }) => Date.parse(receivedAt || timestamp || ''));
  const known = arrivals.filter(Number.isFinite);
  const [first] = known;
  if (first === undefined) return [];
  const last = known.reduce((latest, atMs) => Math.max(latest, atMs), first);
  if (last >= first + trainDays * MS_PER_DAY) return [];
  const days = ((last - first) / MS_PER_DAY).toFixed(1);
  return [
    `note: the rows span ${days} days and --train-days is ${trainDays}: no unit was learned, and no row lies after the learning`,
  ];
}
