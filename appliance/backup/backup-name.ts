import { toIso } from '../../core/model/time.ts';

/** `forebay-HP-001-20261126T042500Z.db`. */
export function backupName(plantId: string, nowMs: number): string {
  const at = toIso(nowMs).replace(/[-:]|\.\d+/g, '');
  return `forebay-${plantId.replace(/[^A-Za-z0-9_-]/g, '_')}-${at}.db`;
}
