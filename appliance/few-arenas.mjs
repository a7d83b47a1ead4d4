import { existsSync } from 'node:fs';

/** The program that runs, also while an update replaces its file. */
const SELF = '/proc/self/exe';
/** Where the allocator of Linux reads at the start of a process how many arenas it may make. */
const NAME = 'MALLOC_ARENA_MAX';

/**
 * Begins this process anew, under the same id, with two arenas of the system's allocator instead of one for each thread: what
 * a thread has let go of stays in its arena, some 15 MB after a few days. Takes 40 ms. Whoever sets the variable decides.
 */
export function keepFewArenas() {
  const { env, execArgv, argv, platform, channel, versions } = process;
  if (platform !== 'linux' || versions.electron !== undefined) return;
  // A parent that talks with this process does so over a file that would be closed.
  if (env[NAME] !== undefined || channel !== undefined || !existsSync(SELF)) return;
  process.execve?.(SELF, [process.execPath, ...execArgv, ...argv.slice(1)], { ...env, [NAME]: '2' });
}
