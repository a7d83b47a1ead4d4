import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../../core/model/failure.ts';
import { renameDurably, writeDurably } from '../backup/durable-files.ts';
import type { DataFolder } from '../data-folder.ts';

function notePath({ root }: Pick<DataFolder, 'root'>): string {
  return join(root, 'ledger.damaged');
}

/**
 * Notes damage that showed while the appliance ran, so that the next start looks at the whole store. Whole or not at
 * all; where there is no room for it, nothing is noted, and the damage shows again.
 */
export function noteDamage(folder: DataFolder, { code, message }: Failure): void {
  const path = notePath(folder);
  const temporary = `${path}.part`;
  try {
    writeDurably(temporary, `${JSON.stringify({ code, message })}\n`);
    renameDurably(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
  }
}

export function forgetDamage(folder: Pick<DataFolder, 'root'>): void {
  rmSync(notePath(folder), { force: true });
}

/** Whether the last run found damage. A note that says nothing is none. */
export function isDamageNoted(folder: DataFolder): boolean {
  const path = notePath(folder);
  if (!existsSync(path)) return false;
  try {
    const { code } = JSON.parse(readFileSync(path, 'utf8')) as { code?: unknown };
    return typeof code === 'string';
  } catch {
    return false;
  }
}
