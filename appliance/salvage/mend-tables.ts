import { checkRow } from '../../core/ledger/check-row.ts';
import { entriesWithSoundRows, ROW_CODE, rowFailure } from '../../core/ledger/check-rows.ts';
import { soundEntry } from '../../core/ledger/check-tail.ts';
import { Cursor } from '../../core/ledger/cursor.ts';
import { projectReading, type ReadingRow } from '../../core/ledger/projection.ts';
import { rebuildProjections } from '../../core/ledger/rebuild-projections.ts';
import { Failure } from '../../core/model/failure.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { ledgerReader, projectionStore } from '../../core/store/ledger-store.ts';
import { newestReadingRow } from '../../core/store/readings.ts';
import { storedSize } from '../../core/store/stored-entries.ts';
import type { DataFolder } from '../data-folder.ts';
import { forgetDamage, notedDamage } from './damage-note.ts';

/** Some days of a usual plant, in some hundredths of a second. */
const TAIL_ENTRIES = 1000;

export interface MendTablesJob {
  readonly folder: DataFolder;
  readonly store: WritableStore;
  readonly unitIds: readonly string[];
  readonly nowMs: number;
  /** Lines for a person. */
  readonly tell: (line: string) => void;
}

/**
 * Computes the tables for queries anew where what a start goes by is not what the entries say: the rows of the newest
 * entries, and the newest reading of each unit, which say where recording goes on. What else a start reads of them is
 * held against the entries as it is read (`RecordedMemory`), and noted for the next start.
 *
 * @throws Failure `LED_FSCK_HOLE`, `LED_FSCK_ENTRY`, `LED_FSCK_BLOCK`, `LED_FROM_FUTURE`, or of the store.
 */
export function mendTables({ folder, store, unitIds, nowMs, tell }: MendTablesJob): void {
  const noted = notedDamage(folder);
  const isNoted = noted?.code === ROW_CODE;
  const found = isNoted ? new Failure(noted.code, noted.message) : wrongRow(store, unitIds, nowMs);
  if (found === undefined) return;
  tell(found.toLine());
  tell('Computing the tables for queries anew from the entries ...');
  const { entries } = rebuildProjections(ledgerReader(store), projectionStore(store));
  if (isNoted) forgetDamage(folder);
  tell(`Computed anew from ${entries} entries, each of which is what was recorded.`);
}

function wrongRow(store: ReadableStore, unitIds: readonly string[], nowMs: number): Failure | undefined {
  const size = storedSize(store);
  const part = { from: Math.max(0, size - TAIL_ENTRIES), to: size };
  try {
    // Rows beyond the last entry stand for none.
    const reader = ledgerReader(store, { ...part, to: Number.MAX_SAFE_INTEGER });
    for (const _ of entriesWithSoundRows(reader, part));
    for (const unitId of unitIds) {
      for (const beforeMs of [nowMs, Number.MAX_SAFE_INTEGER]) {
        const row = newestReadingRow(store, unitId, beforeMs);
        if (row !== undefined) refuseOtherThanEntry(store, row);
      }
    }
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.code === ROW_CODE) return error;
    throw error;
  }
}

function refuseOtherThanEntry(store: ReadableStore, row: ReadingRow): void {
  const stored = ledgerReader(store).entry(row.index);
  const entry = stored === undefined ? undefined : soundEntry(stored);
  const expected = entry?.kind === 'reading' ? projectReading(entry) : undefined;
  const problem = checkRow('readings', row.index, expected, new Cursor([row]));
  if (problem !== undefined) throw rowFailure(problem);
}
