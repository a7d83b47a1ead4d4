import module from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Keeps what Node made of the program's files beside the program, so that the next start takes a third of the time and
 * a quarter less memory: otherwise the types are stripped from each file anew. Node looks at the content of each file
 * before it takes anything from there, and the folder belongs to whoever owns the program, like the program itself.
 * Where it cannot be written, or Node is too old, everything works as before.
 */
export function keepCompiled() {
  if (process.versions.electron === undefined) {
    module.enableCompileCache?.(fileURLToPath(new URL('../.cache/compiled', import.meta.url)));
  }
}

/** Writes what there is by now: a process that is killed, and a thread that is ended, keep nothing at their end. */
export function writeCompiled() {
  module.flushCompileCache?.();
}
