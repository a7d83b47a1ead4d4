import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type ExitCode, Failure } from '../../core/model/failure.ts';
import { manifestPathOf } from './backup-manifest.ts';

const FOREBAY = fileURLToPath(new URL('../forebay.mjs', import.meta.url));
/** `CODE: sentence (hint)`, as the command prints it. */
const LINE = /^([A-Z][A-Z0-9_]+): (.*?)(?: \((.*)\))?$/;
const EXIT_CODES: readonly ExitCode[] = [1, 2, 3, 4];

/**
 * Runs `forebay backup` in a process of its own and with low priority: a copy and its check take long, and a disk that
 * is pulled out in the middle takes down whoever is at it.
 *
 * @throws Failure as the command says it, or `STO_BACKUP_ENDED`.
 */
export async function backupInProcess(dataFolder: string, path: string, signal: AbortSignal): Promise<void> {
  try {
    await run(['backup', '--data', dataFolder, '--out', path, '--json'], signal);
  } catch (error) {
    // What was ended in the middle of its work cannot tidy up itself.
    for (const part of [`${path}.part`, `${path}.part-journal`, `${manifestPathOf(path)}.part`]) {
      await rm(part, { force: true }).catch(() => {});
    }
    throw error;
  }
}

function run(words: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // In the desktop app this program is Electron, which behaves as Node when told to.
    const env = process.versions.electron === undefined ? process.env : { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const child = spawn(process.execPath, [FOREBAY, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const end = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', end, { once: true });
    child.on('spawn', () => lowerPriority(child.pid));
    child.on('error', (cause) => reject(ended(cause.message, cause)));
    child.on('close', (status) => {
      signal.removeEventListener('abort', end);
      if (status === 0) resolve();
      else reject(failureOf(errors, status));
    });
  });
}

function failureOf(errors: string, status: number | null): Failure {
  const line = errors.trimEnd().split('\n').at(-1) ?? '';
  const [, code, sentence, hint] = LINE.exec(line) ?? [];
  if (code === undefined || sentence === undefined) return ended(line === '' ? 'it was ended' : line);
  const exitCode = EXIT_CODES.find((known) => known === status);
  return new Failure(code, sentence, {
    ...(hint === undefined ? {} : { hint }),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}

function ended(reason: string, cause?: unknown): Failure {
  return new Failure('STO_BACKUP_ENDED', `The backup came to no end: ${reason}.`, {
    hint: 'it is tried again by itself; earlier backups are untouched',
    cause,
  });
}

function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It may have ended already; then there is nothing to lower.
  }
}
