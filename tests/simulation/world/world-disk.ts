import { closeSync, fstatSync, mkdirSync, openSync, readSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../core/model/random.ts';
import { CrashDisk, type CutKind } from '../../fault/disk/crash-disk.ts';
import { readTrace, type TracedChange } from '../../fault/disk/disk-trace.ts';

/** Where the world's disk lies, and how the library between this process and the kernel is told about it. */
export interface DiskPlaces {
  readonly folder: string;
  readonly traceFile: string;
  readonly controlFile: string;
}

/** So many changes before its end the power may have gone while a write was on its way. */
const CUT_BACK_MAX = 80;

export interface Cut {
  readonly kind: CutKind;
  /** How many of the last changes did not come about at all. */
  readonly back: number;
  /** What was acknowledged at or before this position stands, what came later was never said. */
  readonly position: number;
}

/** The disk of the world's computer: files that remember what was synced, and errors on demand. */
export class WorldDisk {
  readonly #places: DiskPlaces;
  readonly #trace: number;
  #lives = 0;
  #room: number | 'enough' = 'enough';
  /** Up to here the changes made what the present life began with. */
  #begunAt = 0;
  readonly #former: string[] = [];

  constructor(places: DiskPlaces) {
    this.#places = places;
    mkdirSync(places.folder, { recursive: true });
    truncateSync(places.traceFile, 0);
    this.#trace = openSync(places.traceFile, 'r');
    mkdirSync(this.data);
    this.#begunAt = this.position;
  }

  /** The data folder of the present life of the computer. */
  get data(): string {
    return join(this.#places.folder, `life-${this.#lives}`);
  }

  /** How far the changes have come: grows with each of them, from 0 after each power cut. */
  get position(): number {
    return fstatSync(this.#trace).size;
  }

  /** Lets files grow by so many bytes more, or without limit. */
  setRoom(bytes: number | 'enough'): void {
    this.#room = bytes;
    this.#command(`full ${bytes === 'enough' ? -1 : bytes}\n`);
  }

  /** The next so many syncs fail, and what they should have made durable is lost. */
  failSyncs(count: number): void {
    this.#command(`sync-fails ${count}\n`);
  }

  /**
   * The power goes: now, or while one of the last changes was made. The computer's next life begins with what is left.
   * What still holds files of the former life open may close them afterwards.
   */
  cut(kind: CutKind, random: Random): Cut {
    const bytes = Buffer.alloc(this.position);
    readSync(this.#trace, bytes, 0, bytes.length, 0);
    const changes = [...readTrace(bytes)];
    const since = changes.filter(({ traceEnd }) => traceEnd > this.#begunAt).length;
    const isMidWay = random.next() < 0.6;
    const back = isMidWay ? Math.floor(random.next() * Math.min(since, CUT_BACK_MAX)) : 0;
    const made = changes.slice(0, changes.length - back);
    const disk = this.#replay(made);
    const position = made.at(-1)?.traceEnd ?? 0;
    truncateSync(this.#places.traceFile, 0);
    this.#former.push(this.data);
    this.#lives += 1;
    // What is left was on the disk already and takes no room.
    const room = this.#room;
    this.setRoom('enough');
    disk.writeTo(this.data, kind, random);
    this.setRoom(room);
    this.#begunAt = this.position;
    return { kind, back, position };
  }

  /** Frees what former lives left. */
  tidy(): void {
    for (const folder of this.#former.splice(0)) rmSync(folder, { recursive: true, force: true });
  }

  close(): void {
    closeSync(this.#trace);
    rmSync(this.#places.folder, { recursive: true, force: true });
  }

  /** The disk after these changes to the present life's folder. What the life began with was on it already. */
  #replay(changes: readonly TracedChange[]): CrashDisk {
    const disk = new CrashDisk();
    const prefix = `life-${this.#lives}/`;
    let isBegun = false;
    for (const change of changes) {
      if (!isBegun && change.traceEnd > this.#begunAt) {
        disk.settle();
        isBegun = true;
      }
      if (change.op === 'said') continue;
      if (`${change.path}/` === prefix && change.op === 'sync-folder') disk.apply({ ...change, path: '' });
      if (!change.path.startsWith(prefix)) continue;
      const path = change.path.slice(prefix.length);
      disk.apply(
        change.op === 'rename' ? { ...change, path, to: change.to.slice(prefix.length) } : { ...change, path },
      );
    }
    if (!isBegun) disk.settle();
    return disk;
  }

  #command(text: string): void {
    writeFileSync(this.#places.controlFile, text);
  }
}
