import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type PeerKind = 'libmodbus' | 'pymodbus';
export const PEER_KINDS: readonly PeerKind[] = ['libmodbus', 'pymodbus'];

export interface PeerOptions {
  kind: PeerKind;
  /** Fixed, so that a peer can come back where it was. */
  port: number;
  /** In place of the port: a serial port, or `rtu:PORT` for RTU frames over TCP, which pymodbus alone serves. */
  place?: string;
  /** From when the unit has been running; 0 keeps it still. */
  epochMs: number;
  /** The export counter at the epoch, kWh. */
  exportStart: number;
}

/** One running third-party Modbus server with a hydropower unit in its registers. */
export interface Peer {
  readonly pid: number;
  readonly port: number;
  /** The 15 registers from 3000, by the moment from which they stand. */
  readonly ticks: ReadonlyMap<number, readonly number[]>;
  /** When each of those was heard of here: by then they stand, and until then the former ones may. */
  readonly heardAtMs: ReadonlyMap<number, number>;
  /** The 15 registers as they stand now. */
  registers(): Promise<readonly number[]>;
  /** Holds a register at a value until `clear`. */
  set(address: number, value: number): Promise<void>;
  clear(): Promise<void>;
  /** SIGKILL, as a power cut at the PLC. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const PEERS_FOLDER = import.meta.dirname;
const MODBUS_HEADERS = '/usr/include/modbus';
const PYTHON = '/usr/bin/python3';
const START_MS_MAX = 60_000;
const ANSWER_MS_MAX = 60_000;

export async function startPeer(options: PeerOptions): Promise<Peer> {
  const [program, ...leading] = commandOf(options.kind);
  if (program === undefined) throw new Error('a peer has a program');
  const facts = [options.place ?? options.port, options.epochMs, options.exportStart].map(String);
  const child = spawn(program, [...leading, ...facts], { stdio: 'pipe' });
  const peer = new PeerProcess(child, options.port);
  await peer.started();
  return peer;
}

/** Compiles a C file of tests/peers/libmodbus, once for each state of its source, and returns the program. */
export function buildLibmodbusProgram(name: 'plant-server' | 'poll-client'): string {
  if (!existsSync(join(MODBUS_HEADERS, 'modbus.h'))) throw absent('libmodbus-dev');
  const source = join(PEERS_FOLDER, 'libmodbus', `${name}.c`);
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `forebay-peers-${process.getuid?.() ?? 0}`);
  const program = join(folder, `${name}-${digest}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const draft = `${program}.${process.pid}`;
  try {
    execFileSync('cc', ['-O2', '-Wall', '-o', draft, source, `-I${MODBUS_HEADERS}`, '-lmodbus', '-lm'], {
      stdio: 'pipe',
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw absent('gcc libc6-dev');
    throw error;
  }
  renameSync(draft, program);
  return program;
}

function commandOf(kind: PeerKind): string[] {
  if (kind === 'libmodbus') return [buildLibmodbusProgram('plant-server')];
  try {
    execFileSync(PYTHON, ['-c', 'import pymodbus.server'], { stdio: 'pipe' });
  } catch {
    throw absent('python3-pymodbus');
  }
  return [PYTHON, join(PEERS_FOLDER, 'pymodbus', 'plant_server.py')];
}

function absent(aptPackages: string): Error {
  return new Error(
    `This test talks to a real Modbus server that is not on this machine: apt-get install -y ${aptPackages}`,
  );
}

interface PeerLine {
  event: string;
  atMs?: number;
  registers?: number[];
}

class PeerProcess implements Peer {
  readonly pid: number;
  readonly port: number;
  readonly ticks = new Map<number, readonly number[]>();
  readonly heardAtMs = new Map<number, number>();
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  #complaints = '';
  #waiting: { event: string; resolve: (line: PeerLine) => void }[] = [];

  constructor(child: ChildProcessWithoutNullStreams, port: number) {
    this.#child = child;
    this.port = port;
    this.pid = child.pid ?? 0;
    this.#ended = new Promise((resolve) => {
      child.once('close', () => resolve());
    });
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (bytes: Buffer) => {
      this.#complaints = (this.#complaints + bytes.toString()).slice(-4000);
    });
    createInterface({ input: child.stdout }).on('line', (text) => this.#hear(JSON.parse(text) as PeerLine));
  }

  async started(): Promise<void> {
    await this.#expect('listening', START_MS_MAX);
  }

  async registers(): Promise<readonly number[]> {
    const { registers = [] } = await this.#command('get', 'registers');
    return registers;
  }

  async set(address: number, value: number): Promise<void> {
    await this.#command(`set ${address} ${value}`, 'set');
  }

  async clear(): Promise<void> {
    await this.#command('clear', 'clear');
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 1000);
    await this.#ended;
    clearTimeout(force);
  }

  #command(text: string, event: string): Promise<PeerLine> {
    this.#child.stdin.write(`${text}\n`);
    return this.#expect(event, ANSWER_MS_MAX);
  }

  #hear(line: PeerLine): void {
    if (line.event === 'tick' && line.atMs !== undefined) {
      this.ticks.set(line.atMs, line.registers ?? []);
      this.heardAtMs.set(line.atMs, Date.now());
    }
    const index = this.#waiting.findIndex(({ event }) => event === line.event);
    if (index === -1) return;
    const [waiting] = this.#waiting.splice(index, 1);
    waiting?.resolve(line);
  }

  #expect(event: string, withinMs: number): Promise<PeerLine> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void =>
        reject(new Error(`the peer did not say "${event}": ${why} ${this.#complaints}`));
      const timer = setTimeout(() => fail(`nothing within ${withinMs} ms.`), withinMs);
      void this.#ended.then(() => {
        clearTimeout(timer);
        fail('it ended.');
      });
      this.#waiting.push({
        event,
        resolve: (line) => {
          clearTimeout(timer);
          resolve(line);
        },
      });
    });
  }
}
