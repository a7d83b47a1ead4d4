import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So much of the heap may be waste before it is looked for, in percent of what is in use; otherwise as much again. */
const WASTE_PERCENT = 20;

/**
 * Gives back what starting the program left in memory, and from here on lets less waste gather. An appliance has other
 * programs beside it and little to do in a second, so the engine's habit of trading memory for speed serves nobody.
 */
export function keepHeapTight(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  setFlagsFromString(`--heap-growing-percent=${WASTE_PERCENT}`);
}
