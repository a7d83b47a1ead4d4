import { hash } from 'node:crypto';
import type { Entry } from '../ledger/entry.ts';
import type { ModelRow } from '../ledger/ledger-storage.ts';
import { entriesOfKinds } from './entries.ts';
import type { ReadableStore, WritableStore } from './handle.ts';

/** Keeps the text of a model beside the entry that names its digest; one that is there already stays. */
export function insertModel(write: WritableStore, { digest, unitId, text }: ModelRow): void {
  write.run('INSERT INTO models (digest, unit_id, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', digest, unitId, text);
}

/** The model as it was trained; undefined when there is none, or when it is no longer what its digest says. */
export function soundModelText(store: ReadableStore, digest: string): string | undefined {
  const text = store.get<{ text: string }>('SELECT text FROM models WHERE digest = ?', digest)?.text;
  return text !== undefined && `sha256:${hash('sha256', text, 'hex')}` === digest ? text : undefined;
}

/** Every model of every unit that was ever put in force, oldest entry first. There are few of them. */
export function modelEntries(store: ReadableStore): readonly Entry[] {
  return [...entriesOfKinds(store, ['model'])];
}

/** The unit's latest model entry below `beforeIndex`: the one in force there. */
export function modelEntryInForce(store: ReadableStore, unitId: string, beforeIndex: number): Entry | undefined {
  return modelEntries(store).findLast(({ index, body }) => index < beforeIndex && body.unitId === unitId);
}
