import type { JsonObject } from '../model/json.ts';
import { entriesOfKinds } from './entries.ts';
import type { ReadableStore } from './handle.ts';

export interface MeterEntry {
  readonly index: number;
  readonly at: string;
  readonly body: JsonObject;
}

/** What persons said of meters, oldest first; of one point only when it is given. There are few of them. */
export function meterEntries(store: ReadableStore, point?: string): readonly MeterEntry[] {
  return [...entriesOfKinds(store, ['meter'])]
    .filter(({ body }) => point === undefined || body.point === point)
    .map(({ index, at, body }) => ({ index, at, body }));
}
