import type { DeviceIssue } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import type { CsvConnectionSettings } from './connection-schema.ts';
import type { CsvPointSettings } from './point-schema.ts';

/** Mistakes that no field shows on its own. */
export function checkDevice(device: DeviceConfig): DeviceIssue[] {
  const { timestamp, quality } = device.connection as CsvConnectionSettings;
  const taken = [...timestamp.column, ...(quality === undefined ? [] : [quality.column])];
  return device.points.flatMap((point, index) => {
    const { column, map, scale } = point.settings as CsvPointSettings;
    const issue = (key: string, message: string, hint: string): DeviceIssue => {
      return { path: ['points', index, key], message, hint };
    };
    const issues: DeviceIssue[] = [];
    if (taken.includes(column)) {
      const hint = 'Name the column that holds the values';
      issues.push(issue('column', `${point.id} reads "${column}", which is the time or the quality of the row`, hint));
    }
    if (point.kind !== 'counter') return issues;
    if (map !== undefined) {
      issues.push(issue('kind', `${point.id} is a state, and a state does not count`, 'Leave "kind: counter" out'));
    }
    if (scale < 0) {
      issues.push(issue('scale', `${point.id} would count down with scale ${scale}`, 'Use a positive scale'));
    }
    return issues;
  });
}
