import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * Debian has no Snap7, but the npm package node-snap7 carries its sources. It is no dependency of the project, because
 * its install script would need a compiler wherever the project is installed: the tests fetch the archive, hold it
 * against this digest, and compile Snap7's server themselves.
 */
const SOURCE = {
  name: 'node-snap7@1.0.9',
  integrity: 'sha512-U+9W8+XOs/4xKqYcn22yHESQzcSuKEhuN6pHLhyl1U5HuLm/kWxkXPzR2QwqFAs87aPfxdBrTI4xKDvwcMoyOw==',
};
const STEP_MS_MAX = 120_000;
const ANSWER_MS_MAX = 60_000;

export interface Snap7 {
  readonly port: number;
  set(area: 'db1' | 'db7' | 'm' | 'i' | 'q', byte: number, bytes: Uint8Array): Promise<void>;
  cpu(mode: 'run' | 'stop'): Promise<void>;
  counts(): Promise<{ reads: number; writes: number }>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSnap7(port: number): Promise<Snap7> {
  const child = spawn(buildSnap7(), [String(port)], { stdio: 'pipe' });
  const peer = new Snap7Process(child, port);
  await peer.expect('listening');
  return peer;
}

/** Compiles the server, once for each state of its source, and returns the program. */
function buildSnap7(): string {
  const source = join(import.meta.dirname, 'plant-server.cpp');
  const digest = createHash('sha256').update(readFileSync(source)).update(SOURCE.integrity).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `forebay-peers-${process.getuid?.() ?? 0}`);
  const program = join(folder, `snap7-${digest}`);
  if (existsSync(program)) return program;
  const work = join(folder, `snap7-sources-${process.pid}`);
  mkdirSync(work, { recursive: true });
  const sources = join(fetchSnap7(work), 'deps', 'snap7', 'src');
  const files = ['sys', 'core', 'lib'].flatMap((part) =>
    readdirSync(join(sources, part))
      .filter((name) => name.endsWith('.cpp'))
      .map((name) => join(sources, part, name)),
  );
  const includes = ['sys', 'core', 'lib'].map((part) => `-I${join(sources, part)}`);
  const draft = `${program}.${process.pid}`;
  run('g++', ['-std=c++14', '-O1', '-w', '-pthread', ...includes, '-o', draft, source, ...files], work);
  renameSync(draft, program);
  rmSync(work, { recursive: true, force: true });
  return program;
}

function fetchSnap7(work: string): string {
  const npm = process.env.npm_execpath;
  const [file, ...leading] = npm?.endsWith('.js') === true ? [process.execPath, npm] : ['npm'];
  run(file ?? 'npm', [...leading, 'pack', SOURCE.name, '--ignore-scripts', '--loglevel=error'], work);
  const archive = join(work, 'node-snap7-1.0.9.tgz');
  const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (integrity !== SOURCE.integrity) throw new Error(`${SOURCE.name} is not the archive that was looked at`);
  run('tar', ['-xzf', archive], work);
  return join(work, 'package');
}

function run(file: string, args: string[], cwd: string): void {
  try {
    execFileSync(file, args, { cwd, stdio: 'pipe', timeout: STEP_MS_MAX });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new Error(`This test compiles Snap7, and ${file} failed (apt-get install -y g++ tar): ${said.slice(-2000)}`);
  }
}

interface Line {
  event: string;
  reads?: number;
  writes?: number;
}

class Snap7Process implements Snap7 {
  readonly port: number;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  readonly #lines: Line[] = [];
  #complaints = '';
  #wake = (): void => undefined;

  constructor(child: ChildProcessWithoutNullStreams, port: number) {
    this.#child = child;
    this.port = port;
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()));
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (bytes: Buffer) => {
      this.#complaints = (this.#complaints + bytes.toString()).slice(-2000);
    });
    createInterface({ input: child.stdout }).on('line', (text) => {
      this.#lines.push(JSON.parse(text) as Line);
      this.#wake();
    });
  }

  async set(area: string, byte: number, bytes: Uint8Array): Promise<void> {
    await this.#command(`set ${area} ${byte} ${Buffer.from(bytes).toString('hex')}`, 'set');
  }

  async cpu(mode: 'run' | 'stop'): Promise<void> {
    await this.#command(`cpu ${mode}`, 'cpu');
  }

  async counts(): Promise<{ reads: number; writes: number }> {
    const { reads = 0, writes = 0 } = await this.#command('counts', 'counts');
    return { reads, writes };
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 2000);
    await this.#ended;
    clearTimeout(force);
  }

  #command(text: string, event: string): Promise<Line> {
    this.#child.stdin.write(`${text}\n`);
    return this.expect(event);
  }

  async expect(event: string): Promise<Line> {
    let isOver = '';
    const timer = setTimeout(() => this.#giveUp('nothing came'), ANSWER_MS_MAX);
    void this.#ended.then(() => this.#giveUp('it ended'));
    this.#giveUp = (why) => {
      isOver = why;
      this.#wake();
    };
    try {
      for (;;) {
        const at = this.#lines.findIndex((line) => line.event === event);
        const [line] = at === -1 ? [] : this.#lines.splice(at, 1);
        if (line !== undefined) return line;
        if (isOver !== '') throw new Error(`Snap7 did not say "${event}": ${isOver} ${this.#complaints}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #giveUp: (why: string) => void = () => undefined;
}
