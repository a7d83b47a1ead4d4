import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../appliance/forebay.mjs', import.meta.url));
const START_MS_MAX = 120_000;

export interface Ending {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs one `forebay` command to its end, as a person would. */
export async function forebay(...words: string[]): Promise<Ending> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const heard = listen(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...heard() };
}

/** A running appliance, known only by what it prints and answers. */
export interface ApplianceProcess {
  readonly url: string;
  /** SIGKILL, as a power cut. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code and how long it took. */
  stop(): Promise<{ code: number | null; tookMs: number }>;
}

export async function startApplianceProcess(config: string, data: string): Promise<ApplianceProcess> {
  const words = ['start', '--config', config, '--data', data, '--port', '0'];
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const heard = listen(child);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (): void => reject(new Error(`the appliance does not listen: ${heard().out} ${heard().err}`));
    const timer = setTimeout(fail, START_MS_MAX);
    void ended.then(fail);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^\{.*"event":"listening".*"url":"([^"]+)"/.exec(line)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
  return {
    url,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      const startedMs = Date.now();
      child.kill('SIGTERM');
      const [code] = await ended;
      return { code, tookMs: Date.now() - startedMs };
    },
  };
}

function listen(child: ChildProcess): () => { out: string; err: string } {
  let out = '';
  let err = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    out += bytes.toString();
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    err += bytes.toString();
  });
  return () => ({ out, err });
}
