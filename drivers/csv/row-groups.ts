import type { PointConfig } from '../../core/config/plant.ts';
import type { CsvPointSettings } from './point-schema.ts';
import type { Row } from './row-reader.ts';

/**
 * Which rows are a point's: all of them as a rule; in files with one row for each value those whose columns hold the
 * texts of the point's `where`.
 */
export interface RowGroup {
  readonly key: string;
  readonly where: readonly (readonly [column: string, text: string])[];
}

export function groupOf(point: PointConfig): RowGroup {
  const { where } = point.settings as CsvPointSettings;
  const pairs = Object.entries(where ?? {})
    .map(([column, text]) => [column.trim(), text.trim()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { key: JSON.stringify(pairs), where: pairs };
}

export function belongs(row: Row, { where }: RowGroup): boolean {
  return where.every(([column, text]) => {
    const place = row.header.placeOf(column);
    return typeof place === 'number' && row.fields[place]?.trim() === text;
  });
}
