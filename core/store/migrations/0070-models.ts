import type { WritableStore } from '../handle.ts';

/**
 * The models of the units' hydraulic twins, each the text whose digest a `model` entry names. Never changed or
 * deleted: verdicts name them for as long as the ledger lives.
 */
export function createModels(write: WritableStore): void {
  write.run(`
    CREATE TABLE models (
      digest TEXT PRIMARY KEY CHECK (length(digest) = 71),
      unit_id TEXT NOT NULL,
      text TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`);
  for (const action of ['UPDATE', 'DELETE']) {
    write.run(`
      CREATE TRIGGER models_refuse_${action.toLowerCase()} BEFORE ${action} ON models
      BEGIN SELECT RAISE(ABORT, 'models are never changed or deleted'); END`);
  }
}
