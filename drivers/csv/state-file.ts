import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Fault } from '../../core/model/fault.ts';
import type { Position } from './file-book.ts';

/** Where a newest row stands, so that it counts on after a restart. */
export interface KeptRow {
  readonly group: string;
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly line: number;
  readonly atMs: number;
}

export interface KeptState {
  readonly positions: readonly Position[];
  readonly rows: readonly KeptRow[];
  /** What could not be used since the last row that could. */
  readonly trouble?: Fault;
}

const VERSION = 1;
const NOTHING: KeptState = { positions: [], rows: [] };

/**
 * What a device remembers over restarts. A file that is damaged, of another version or of other settings counts as
 * none: everything is then read again, and rows that were taken before come out as late or doubled.
 */
export class StateFile {
  readonly #path: string;
  readonly #settings: string;

  constructor(folder: string, deviceId: string, settings: unknown) {
    this.#path = join(folder, `${deviceId}.json`);
    this.#settings = createHash('sha256').update(JSON.stringify(settings)).digest('hex');
  }

  read(): KeptState {
    let kept: unknown;
    try {
      kept = JSON.parse(readFileSync(this.#path, 'utf8'));
    } catch {
      return NOTHING;
    }
    if (typeof kept !== 'object' || kept === null) return NOTHING;
    const { v, settings, positions, rows } = kept as Record<string, unknown>;
    if (v !== VERSION || settings !== this.#settings) return NOTHING;
    return Array.isArray(positions) && Array.isArray(rows) ? (kept as KeptState) : NOTHING;
  }

  /** Replaces the file as a whole: a power cut leaves the one before or the new one. Throws the system's error. */
  write(state: KeptState): void {
    const draft = `${this.#path}.new`;
    const file = openSync(draft, 'w', 0o600);
    try {
      writeFileSync(file, JSON.stringify({ v: VERSION, settings: this.#settings, ...state }));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, this.#path);
    syncFolder(dirname(this.#path));
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
