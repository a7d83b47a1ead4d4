import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROW_CODE } from '../../core/ledger/check-rows.ts';
import type { Failure } from '../../core/model/failure.ts';
import { renameDurably, writeDurably } from '../backup/durable-files.ts';
import type { DataFolder } from '../data-folder.ts';

const noteSchema = z.object({
  code: z.string(),
  message: z.string(),
  /**
   * `suspected`: everything is checked beside the recording. `urgent`: before anything is recorded, since that failed, or the
   * damage showed again. `certain`: a whole check has found it.
   */
  weight: z.enum(['suspected', 'urgent', 'certain']).default('suspected'),
});

/** Damage that showed and was neither mended nor found to be none. */
export type DamageNote = z.infer<typeof noteSchema>;

function notePath({ root }: Pick<DataFolder, 'root'>): string {
  return join(root, 'ledger.damaged');
}

/**
 * Notes damage for the next start. What is suspected once more, before a check of everything has ended, becomes urgent, and
 * damage is not forgotten for tables that can be computed anew. Whole or not at all; where there is no room for it, nothing is noted, and the damage shows again.
 */
export function noteDamage(folder: DataFolder, { code, message }: Failure, weight: DamageNote['weight']): void {
  const path = notePath(folder);
  const temporary = `${path}.part`;
  const earlier = notedDamage(folder);
  const isAgain = weight === 'suspected' && earlier !== undefined;
  const told = earlier !== undefined && code === ROW_CODE ? earlier : { code, message };
  try {
    writeDurably(
      temporary,
      `${JSON.stringify({ code: told.code, message: told.message, weight: isAgain ? 'urgent' : weight })}\n`,
    );
    renameDurably(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
  }
}

export function forgetDamage(folder: Pick<DataFolder, 'root'>): void {
  rmSync(notePath(folder), { force: true });
}

/** What the last run noted. A note that says nothing is none. */
export function notedDamage(folder: Pick<DataFolder, 'root'>): DamageNote | undefined {
  const path = notePath(folder);
  if (!existsSync(path)) return undefined;
  try {
    return noteSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
