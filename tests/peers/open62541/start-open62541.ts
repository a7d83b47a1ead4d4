import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fetchOpen62541, run } from './fetch-open62541.ts';

const ANSWER_MS_MAX = 60_000;
export const GOOD = 0;

/** A server's certificate and its key, DER files. */
export interface ServerIdentity {
  readonly certificate: string;
  readonly key: string;
}

export interface Open62541 {
  readonly port: number;
  readonly endpoint: string;
  /** Gives a node a value; `status` is an OPC UA status code (Part 6, annex A), `GOOD` if absent. */
  set(name: string, type: string, value: number | bigint | boolean, status?: number): Promise<void>;
  /** Ends without a word to anybody. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOpen62541(port: number, { certificate, key }: ServerIdentity): Promise<Open62541> {
  const child = spawn(buildServer(), [String(port), certificate, key], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (event: string): Promise<Line> => {
    const impatient = setTimeout(() => child.kill('SIGKILL'), ANSWER_MS_MAX);
    const next = await lines.next();
    clearTimeout(impatient);
    const line = next.done === true ? undefined : (JSON.parse(next.value) as Line);
    if (line?.event !== event) throw new Error(`open62541 did not say "${event}" but ${next.value ?? 'nothing'}`);
    return line;
  };
  await answer('listening');
  return {
    port,
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    async set(name, type, value, status = GOOD) {
      child.stdin.write(`set ${name} ${type} ${value} ${status}\n`);
      if ((await answer('set')).status !== 'Good') throw new Error(`open62541 does not set ${name} to ${value}`);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.stdin.write('stop\n');
      const force = setTimeout(() => child.kill('SIGKILL'), 2000);
      await ended;
      clearTimeout(force);
    },
  };
}

/** A certificate as OPC 10000-6, 6.2.2 asks for it, made with openssl. */
export function makeIdentity(folder: string, name: string): ServerIdentity {
  const [pem, certificate, key] = ['pem', 'der', 'key'].map((end) => join(folder, `${name}.${end}`)) as [
    string,
    string,
    string,
  ];
  const extensions = [
    'subjectAltName=URI:urn:open62541.server.application,IP:127.0.0.1',
    'keyUsage=critical,digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment,keyCertSign',
    'extendedKeyUsage=serverAuth,clientAuth',
    'basicConstraints=critical,CA:FALSE',
  ].flatMap((extension) => ['-addext', extension]);
  const fresh = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-noenc',
    '-sha256',
    '-days',
    '30',
    '-subj',
    `/O=Plant/CN=${name}`,
  ];
  run('openssl', [...fresh, ...extensions, '-keyout', pem, '-outform', 'DER', '-out', certificate], folder);
  run('openssl', ['pkey', '-in', pem, '-traditional', '-outform', 'DER', '-out', key], folder);
  return { certificate, key };
}

/** Fetches the library and compiles the server, once for each state of its source, and returns the program. */
function buildServer(): string {
  const source = join(import.meta.dirname, 'plant-server.c');
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const home = join(tmpdir(), `forebay-peers-${process.getuid?.() ?? 0}`);
  const place = join(home, `open62541-${digest}`);
  const program = join(place, 'plant-server');
  if (existsSync(program)) return program;
  mkdirSync(home, { recursive: true });
  const work = mkdtempSync(join(home, 'open62541-'));
  const folder = fetchOpen62541(work);
  const libraries = join(folder, 'lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
  // An RPATH, unlike a RUNPATH, holds for what the library itself needs, too.
  const found = ['-Wl,--disable-new-dtags', '-Wl,-rpath,$ORIGIN/libraries', `-Wl,-rpath-link,${libraries}`];
  const parts = [`-I${join(folder, 'include')}`, `-L${libraries}`, '-lopen62541', ...found];
  run('gcc', ['-O1', '-Wall', '-Werror', '-o', join(work, 'plant-server'), source, ...parts], work);
  renameSync(libraries, join(work, 'libraries'));
  try {
    renameSync(work, place);
  } catch {
    // Another test file was faster.
    rmSync(work, { recursive: true, force: true });
  }
  return program;
}

interface Line {
  readonly event: string;
  readonly status?: string;
}
