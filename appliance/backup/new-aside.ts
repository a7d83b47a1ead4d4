import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { toIso } from '../../core/model/time.ts';

/**
 * A folder in `root` for a store that another takes the place of, which is not there yet: a clock that stands, was stepped
 * or begins anew with each start must not put one store over another. Such as `before-restore-20261126T042500Z`.
 */
export function newAside(
  root: string,
  prefix: 'before-restore' | 'before-encryption' | 'damaged',
  nowMs: number,
): string {
  const name = `${prefix}-${toIso(nowMs).replace(/[-:]|\.\d+/g, '')}`;
  for (let number = 1; ; number += 1) {
    const path = join(root, number === 1 ? name : `${name}-${number}`);
    if (!existsSync(path)) return path;
  }
}
