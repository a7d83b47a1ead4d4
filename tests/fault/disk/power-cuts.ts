import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Random } from '../../../core/model/random.ts';
import { CrashDisk, CUT_KINDS, type CutKind } from './crash-disk.ts';
import { type ShimOptions, shimEnvironment } from './disk-shim.ts';
import { type DiskChange, readTrace } from './disk-trace.ts';
import { Acknowledged, checkAfterCut, type Looked, type PowerFinding } from './power-check.ts';
import { runPowerPlant, type Synchronous } from './power-plant.ts';

const VICTIM = fileURLToPath(new URL('./power-victim.ts', import.meta.url));
/** A disk in memory, where there is one: hundreds of folders are made and looked at. */
const MEMORY_DISK = '/dev/shm';
/** The write-ahead log is moved into the store several times in a short run. */
const LOG_PAGES = 30;
const MINUTES = 3;

/** What many power cuts came to. */
export interface CutReport {
  cuts: number;
  /** Entries that were acknowledged before a cut and were looked for after it. */
  acknowledged: number;
  /** Starts of a plant on what a cut left. */
  restarts: number;
  /** Entries that lay in blocks where a cut was looked at. */
  packed: number;
  /** Cuts after which the ledger named another device key than its first. */
  keyChanges: number;
  readonly findings: (PowerFinding & { readonly cut: string })[];
}

/** Called after each cut, so that a long run can say how far it is. */
export type OnCut = (cuts: number) => void;

export function newReport(): CutReport {
  return { cuts: 0, acknowledged: 0, restarts: 0, packed: 0, keyChanges: 0, findings: [] };
}

/** A new folder that the shim can watch; `data` in it is the data folder. */
export function newWatchedFolder(): string {
  return realpathSync(mkdtempSync(join(existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir(), 'forebay-power-')));
}

/** What becomes of the store's form, see power-victim.ts. */
export type PowerForm = 'plain' | 'encrypted' | 'changed';

export interface VictimOptions {
  readonly root: string;
  readonly form?: PowerForm | undefined;
  readonly minutes?: number;
  readonly synchronous?: Synchronous;
  readonly shim?: ShimOptions;
  /** The process is killed so long after its start, in milliseconds of this computer. */
  readonly killAfterMs?: number;
}

/** Runs a plant until its minutes have passed or it is killed, and returns what it acknowledged. */
export async function runVictim(options: VictimOptions): Promise<Acknowledged> {
  const { root, minutes = MINUTES, synchronous = 'FULL', shim, killAfterMs, form = 'plain' } = options;
  const given = [VICTIM, root, String(minutes), String(LOG_PAGES), synchronous, form];
  const env = shim === undefined ? process.env : { ...process.env, ...shimEnvironment(shim) };
  const child = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const acknowledged = new Acknowledged();
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => acknowledged.hear(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const closed = once(child, 'close');
  if (killAfterMs !== undefined) {
    await Promise.race([delay(killAfterMs), closed]);
    child.kill('SIGKILL');
  }
  const [code, signal] = await closed;
  if ((signal !== 'SIGKILL' && code !== 0) || errors !== '') {
    throw new Error(`the plant ended with ${code ?? signal}: ${errors}`);
  }
  return acknowledged;
}

/** Looks at what a cut left in `root`, and where asked lets a plant go on with it and looks again. */
async function judge(
  report: CutReport,
  cut: string,
  root: string,
  acknowledged: Acknowledged,
  then: 'go-on' | 'leave' = 'leave',
): Promise<void> {
  const add = (findings: readonly PowerFinding[], what: string): void => {
    report.findings.push(...findings.map((finding) => ({ ...finding, cut: what })));
  };
  const onLooked = ({ packed, keyChanges }: Looked): void => {
    report.packed += packed;
    if (keyChanges > 0) report.keyChanges += 1;
  };
  add(checkAfterCut(root, acknowledged, onLooked), cut);
  report.cuts += 1;
  report.acknowledged += acknowledged.entries.size;
  if (then === 'leave' || report.findings.length > 0) return;
  const onDurable = (line: string): void => acknowledged.hear(`${line}\n`);
  await runPowerPlant({ root, minutes: 2, logPages: LOG_PAGES, synchronous: 'FULL', onDurable });
  add(checkAfterCut(root, acknowledged), `${cut}, and a run after it`);
  report.restarts += 1;
}

/**
 * Kills a plant right before each of the given changes to its disk: of its first start, and, where the number is odd in
 * the list, of a later one, after a kill.
 */
export async function killAtChanges(
  report: CutReport,
  changes: readonly number[],
  onCut: OnCut = () => undefined,
  form?: PowerForm,
): Promise<void> {
  for (const [n, killAt] of changes.entries()) {
    const watched = newWatchedFolder();
    const root = join(watched, 'data');
    if (n % 2 === 1) await runVictim({ root, form, shim: { folder: watched, killAt: 400 } });
    const acknowledged = await runVictim({ root, form, shim: { folder: watched, killAt } });
    await judge(report, `SIGKILL before change ${killAt} of the disk`, root, acknowledged, 'go-on');
    rmSync(watched, { recursive: true, force: true });
    onCut(report.cuts);
  }
}

/** Kills a plant at random moments. The next one goes on in the folder, for a few times. */
export async function killAtRandom(
  report: CutReport,
  kills: number,
  random: Random,
  onCut: OnCut = () => undefined,
  form?: PowerForm,
): Promise<void> {
  const KILLS_PER_FOLDER = 8;
  let watched = newWatchedFolder();
  const startedMs = await timeToStart();
  for (let n = 0; n < kills; n += 1) {
    if (n % KILLS_PER_FOLDER === 0) {
      rmSync(watched, { recursive: true, force: true });
      watched = newWatchedFolder();
    }
    const root = join(watched, 'data');
    // From the middle of the start on, however fast this computer is.
    const killAfterMs = startedMs * (0.4 + random.next());
    const acknowledged = await runVictim({ root, form, minutes: 100_000, killAfterMs });
    await judge(report, `SIGKILL after ${Math.round(killAfterMs)} ms`, root, acknowledged);
    onCut(report.cuts);
  }
  rmSync(watched, { recursive: true, force: true });
}

/** How long this computer takes for a start and a short run, in milliseconds. */
async function timeToStart(): Promise<number> {
  const watched = newWatchedFolder();
  const beganMs = performance.now();
  await runVictim({ root: join(watched, 'data'), minutes: 1 });
  rmSync(watched, { recursive: true, force: true });
  return performance.now() - beganMs;
}

/** Runs a plant once, from nothing to an orderly stop, and returns each change that it made to its files. */
export async function recordChanges(
  synchronous: Synchronous = 'FULL',
  minutes = MINUTES,
  form?: PowerForm,
): Promise<DiskChange[]> {
  const folder = newWatchedFolder();
  const traceFile = `${folder}.trace`;
  await runVictim({ root: join(folder, 'data'), form, minutes, synchronous, shim: { folder, traceFile } });
  const changes = [...readTrace(readFileSync(traceFile))];
  rmSync(folder, { recursive: true, force: true });
  rmSync(traceFile);
  return changes;
}

export interface CutEverywhereOptions {
  readonly changes: readonly DiskChange[];
  readonly random: Random;
  readonly kinds?: readonly CutKind[];
  /** Share of the cuts that are tried; all of them if absent. */
  readonly share?: number;
  /** Share of those after which a plant goes on with what is left; none if absent. */
  readonly goOnShare?: number;
  /** Nothing is cut before this change. */
  readonly from?: number;
}

/** Cuts the power after every change of a recorded run, for each kind of cut, and looks at what the disk may hold then. */
export async function cutEverywhere(report: CutReport, options: CutEverywhereOptions): Promise<void> {
  const { changes, random, kinds = CUT_KINDS, share = 1, goOnShare = 0, from = 0 } = options;
  const disk = new CrashDisk();
  const acknowledged = new Acknowledged();
  for (const [at, change] of changes.entries()) {
    disk.apply(change);
    if (change.op === 'said') acknowledged.hear(change.text);
    for (const kind of kinds) {
      if (at < from || random.next() >= share) continue;
      const folder = newWatchedFolder();
      const root = join(folder, 'data');
      disk.writeTo(folder, kind, random);
      mkdirSync(root, { recursive: true });
      const cut = `power cut after change ${at} (${change.op}), unsynced writes ${kind}`;
      await judge(report, cut, root, acknowledged.copy(), random.next() < goOnShare ? 'go-on' : 'leave');
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
