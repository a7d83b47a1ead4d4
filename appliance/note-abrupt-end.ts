import type { Log } from '../core/model/log.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { newestIndexOf } from '../core/store/stored-entries.ts';

/** Says, before a run records its own start, that the one before it recorded no stop: it was killed or lost its power. */
export function noteAbruptEnd({ store, log }: { readonly store: ReadableStore; readonly log: Log }): void {
  const started = newestIndexOf(store, 'start');
  if (started === undefined || (newestIndexOf(store, 'stop') ?? -1) > started) return;
  const words = 'The run before this one recorded no stop, as after a kill, a power cut or a restore; this one goes on';
  log.info({ startEntry: started }, words);
}
