import type { Clock } from '../core/model/clock.ts';
import type { RecordedMemory } from './recorded-memory.ts';

/** Entries that are remembered before anything else begins: some tenths of a second. */
const AT_ONCE_ENTRIES = 6000;
/** Between two slices of what is remembered after that. */
const EVERY_MS = 10;

/** Remembers a short history at once, so that what is damaged in it shows at the start. */
export function rememberShort(memory: RecordedMemory): RecordedMemory {
  if (memory.left <= AT_ONCE_ENTRIES) memory.whole();
  return memory;
}

/** Remembers a long history little by little, so that polls are not late for it, until the memory is stopped. */
export function rememberOn(memory: RecordedMemory, clock: Pick<Clock, 'after'>): void {
  if (memory.isWhole || memory.isStopped) return;
  clock.after(EVERY_MS, () => {
    if (!memory.isStopped) memory.goOn();
    rememberOn(memory, clock);
  });
}
