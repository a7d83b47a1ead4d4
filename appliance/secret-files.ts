import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { SecretOutcome, Secrets } from '../core/acquisition/driver.ts';
import type { Fault } from '../core/model/fault.ts';

/** Prefix that names a variable of the process's environment in place of a file. */
const ENVIRONMENT = 'env:';
const OTHERS_MAY_READ = 0o077;
const TEXT_BYTES_MAX = 64 * 1024;

/**
 * Secrets for drivers: from a file that only its owner can read, or from the environment (`env:NAME`). A relative
 * path is looked for in `folders`, in order. Windows has no permission bits; there the folder's own rights protect.
 */
export function secretFiles(folders: readonly string[], environment: NodeJS.ProcessEnv): Secrets {
  return {
    read(file, kind = 'secret') {
      if (file.startsWith(ENVIRONMENT)) return fromEnvironment(file.slice(ENVIRONMENT.length), environment);
      const candidates = isAbsolute(file) ? [file] : folders.map((folder) => join(folder, file));
      for (const path of candidates) {
        const outcome = fromFile(path, kind);
        if (outcome !== undefined) return outcome;
      }
      return faulty(
        'ACQ_SECRET_MISSING',
        `The ${kind === 'secret' ? 'secret file' : 'file'} ${file} is not there.`,
        `Put it into ${folders[0] ?? 'the data folder'}, readable by the user that runs Forebay${kind === 'secret' ? ' and nobody else' : ''}`,
      );
    },
  };
}

function fromEnvironment(name: string, environment: NodeJS.ProcessEnv): SecretOutcome {
  const text = environment[name];
  if (text !== undefined && text !== '') return { kind: 'secret', text };
  return faulty(
    'ACQ_SECRET_MISSING',
    `The environment has no variable ${name}.`,
    'Set it where the service is started, or name a file instead',
  );
}

/** Undefined where there is no such file. */
function fromFile(path: string, kind: 'secret' | 'public'): SecretOutcome | undefined {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    if (status.isDirectory()) return unreadable(path, kind, 'it is a folder');
    if (!status.isFile() || status.size > TEXT_BYTES_MAX) return unreadable(path, kind, 'it is no small file');
    if (kind === 'secret' && process.platform !== 'win32' && (status.mode & OTHERS_MAY_READ) !== 0) {
      return faulty(
        'ACQ_SECRET_EXPOSED',
        `Other users of this computer can read the secret file ${path}.`,
        'Take the right away from them (chmod 600), and change the secret if they may have used it',
      );
    }
    return { kind: 'secret', text: readFileSync(path, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return unreadable(path, kind, code === 'EACCES' ? 'this user may not read it' : message);
  }
}

function unreadable(path: string, kind: 'secret' | 'public', why: string): SecretOutcome {
  return faulty(
    'ACQ_SECRET_UNREADABLE',
    `The ${kind === 'secret' ? 'secret file' : 'file'} ${path} cannot be read: ${why}.`,
    `Give the user that runs Forebay the right to read it${kind === 'secret' ? ', and nobody else' : ''}`,
  );
}

/** A person may put the file in place while Forebay runs, so the next attempt looks again. */
function faulty(code: string, message: string, hint: string): SecretOutcome {
  const fault: Fault = { code, message, policy: 'reconnect', hint };
  return { kind: 'fault', fault };
}
