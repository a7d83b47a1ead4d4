import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../fixtures/free-port.ts';

const PROGRAM = '/usr/sbin/mosquitto';
const START_MS_MAX = 60_000;
const run = promisify(execFile);

export interface MosquittoOptions {
  readonly port?: number;
  /** User names and their passwords; nobody else may connect. */
  readonly users?: Readonly<Record<string, string>>;
  /** Lines of an access list. */
  readonly access?: readonly string[];
  /** Files for TLS. `clients` asks for a certificate of that authority. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string; readonly clients?: 'asked' };
  /** Further lines of mosquitto.conf. */
  readonly lines?: readonly string[];
}

/** One running mosquitto, the broker of the Eclipse project. */
export interface Mosquitto {
  readonly port: number;
  /** What it said so far. */
  readonly log: () => string;
  /** SIGKILL, as a power cut at its computer. */
  kill(): Promise<void>;
  /** Starts it again where it was, with the same files. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  if (!existsSync(PROGRAM))
    throw new Error('This test talks to mosquitto: apt-get install -y mosquitto mosquitto-clients');
  const folder = mkdtempSync(join(tmpdir(), 'forebay-mosquitto-'));
  const port = options.port ?? (await freePort());
  writeFileSync(join(folder, 'mosquitto.conf'), configOf(options, folder, port));
  const broker = new MosquittoProcess(folder, port);
  await broker.restart();
  return broker;
}

/** Publishes with mosquitto_pub; a payload of several lines is one message. */
export async function mosquittoPub(
  port: number,
  topic: string,
  payload: string,
  more: readonly string[] = [],
): Promise<void> {
  await run('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '-t', topic, '-m', payload, '-q', '1', ...more]);
}

/** A foreign publisher whose connection can be cut, so that the broker publishes its last will. */
export function lastWillPublisher(port: number, willTopic: string, willPayload: string): ChildProcess {
  const will = ['--will-topic', willTopic, '--will-payload', willPayload, '--will-qos', '1', '--will-retain'];
  return spawn('mosquitto_sub', ['-h', '127.0.0.1', '-p', String(port), '-t', 'nothing/here', ...will], {
    stdio: 'ignore',
  });
}

function configOf(options: MosquittoOptions, folder: string, port: number): string {
  const { users, access, tls, lines = [] } = options;
  const config = [
    `listener ${port} 127.0.0.1`,
    'log_type all',
    'log_dest stderr',
    `allow_anonymous ${users === undefined}`,
  ];
  if (process.getuid?.() === 0) config.push('user root');
  if (users !== undefined) {
    const file = join(folder, 'users');
    writeFileSync(file, '');
    for (const [name, password] of Object.entries(users))
      execFileSync('mosquitto_passwd', ['-b', file, name, password]);
    chmodSync(file, 0o600);
    config.push(`password_file ${file}`);
  }
  if (access !== undefined) {
    const file = join(folder, 'access');
    writeFileSync(file, `${access.join('\n')}\n`);
    chmodSync(file, 0o600);
    config.push(`acl_file ${file}`);
  }
  if (tls !== undefined) {
    config.push(`certfile ${tls.cert}`, `keyfile ${tls.key}`);
    if (tls.ca !== undefined) config.push(`cafile ${tls.ca}`);
    if (tls.clients === 'asked') config.push('require_certificate true');
  }
  return `${[...config, ...lines.map((line) => line.replace('FOLDER', folder))].join('\n')}\n`;
}

class MosquittoProcess implements Mosquitto {
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #said = '';

  constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  log(): string {
    return this.#said;
  }

  async restart(): Promise<void> {
    const child = spawn(PROGRAM, ['-c', join(this.#folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#said += bytes.toString();
    });
    const deadlineMs = Date.now() + START_MS_MAX;
    while (!(await answers(this.port))) {
      if (child.exitCode !== null || Date.now() > deadlineMs) throw new Error(`mosquitto did not start: ${this.#said}`);
    }
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once('close', () => resolve());
      child.kill(signal);
    });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setTimeout(() => resolve(false), 20));
  });
}
