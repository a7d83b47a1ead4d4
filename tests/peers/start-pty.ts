import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PtyPair {
  /** Serial ports as far as any program can tell: what goes into one comes out of the other. */
  readonly ours: string;
  readonly theirs: string;
  /** Pulls the cable out: both ports vanish. */
  unplug(): Promise<void>;
  /** Plugs it in again, under the same names. */
  plugIn(): Promise<void>;
  close(): Promise<void>;
}

const START_MS_MAX = 60_000;
const LOOK_MS = 10;

/** Two serial ports that are joined, made by socat. */
export async function startPtyPair(): Promise<PtyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-pty-'));
  const ours = join(folder, 'ours');
  const theirs = join(folder, 'theirs');
  const pty = (link: string): string => `pty,raw,echo=0,link=${link}`;
  return startSocat(folder, [pty(ours), pty(theirs)], { ours, theirs });
}

/** A serial port whose other end is a TCP server on this machine: a serial-to-Ethernet converter the other way round. */
export async function startPtyToTcp(port: number): Promise<PtyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-pty-'));
  const ours = join(folder, 'ours');
  return startSocat(folder, [`pty,raw,echo=0,link=${ours}`, `tcp:127.0.0.1:${port},nodelay`], { ours, theirs: ours });
}

/** A serial port whose other end waits for one TCP client: a serial-to-Ethernet converter. */
export async function startTcpToPty(port: number): Promise<PtyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-pty-'));
  const theirs = join(folder, 'theirs');
  const listen = `tcp-listen:${port},bind=127.0.0.1,reuseaddr,nodelay`;
  return startSocat(folder, [`pty,raw,echo=0,link=${theirs}`, listen], { ours: theirs, theirs });
}

async function startSocat(
  folder: string,
  ends: readonly string[],
  names: { ours: string; theirs: string },
): Promise<PtyPair> {
  let stop = (): Promise<void> => Promise.resolve();
  const plugIn = async (): Promise<void> => {
    const child = spawn('socat', ends, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (bytes: Buffer) => {
      complaint = (complaint + bytes.toString()).slice(-1000);
    });
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
      child.once('error', (error) => {
        complaint = `${error.message}: apt-get install -y socat`;
        resolve();
      });
    });
    stop = async () => {
      child.kill('SIGKILL');
      await ended;
      for (const name of Object.values(names)) rmSync(name, { force: true });
    };
    const untilMs = Date.now() + START_MS_MAX;
    while (!existsSync(names.ours) || !existsSync(names.theirs)) {
      if (child.exitCode !== null || Date.now() > untilMs) throw new Error(`socat made no ports: ${complaint}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  await plugIn();
  return {
    ...names,
    plugIn,
    unplug: () => stop(),
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
