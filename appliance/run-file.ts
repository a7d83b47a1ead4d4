import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFolder } from './data-folder.ts';

/** What a running appliance says of itself to its own user. Whoever can read it may do everything. */
export interface RunFile {
  readonly pid: number;
  /** Origin of the API, without a trailing slash. */
  readonly url: string;
  readonly localToken: string;
}

const OWNER_ONLY = 0o600;
const ANSWER_TIMEOUT_MS = 2000;

/** Writes the file whole or not at all. */
export function writeRunFile(folder: DataFolder, content: RunFile): void {
  const path = pathIn(folder);
  const temporary = `${path}.${content.pid}.new`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', OWNER_ONLY);
  try {
    writeFileSync(file, `${JSON.stringify(content)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** Removes the file if it is this process's own. */
export function removeRunFile(folder: DataFolder): void {
  if (readRunFile(folder)?.pid === process.pid) rmSync(pathIn(folder), { force: true });
}

/** What the file says, whether or not that still holds; undefined when there is none or it cannot be read. */
export function readRunFile(folder: DataFolder): RunFile | undefined {
  try {
    const { pid, url, localToken } = JSON.parse(readFileSync(pathIn(folder), 'utf8')) as Record<string, unknown>;
    const isWhole = Number.isSafeInteger(pid) && typeof url === 'string' && typeof localToken === 'string';
    return isWhole ? { pid: pid as number, url, localToken } : undefined;
  } catch {
    return undefined;
  }
}

/** The appliance that runs on the folder: its process lives and its API answers. A file left by a crash is ignored. */
export async function findRunning(folder: DataFolder): Promise<RunFile | undefined> {
  const found = readRunFile(folder);
  if (found === undefined || !isAlive(found.pid)) return undefined;
  try {
    const answer = await fetch(`${found.url}/health`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    await answer.body?.cancel();
    return answer.ok ? found : undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process is there but belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function pathIn(folder: DataFolder): string {
  return join(folder.runFolder, 'appliance.json');
}
