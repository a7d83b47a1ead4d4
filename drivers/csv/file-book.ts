import { createHash } from 'node:crypto';
import type { Fault } from '../../core/model/fault.ts';
import type { CsvDisk, FileFacts } from './disk.ts';

/** How far one file was read, and by what it is known again. Kept over restarts. */
export interface Position {
  name: string;
  identity: string;
  size: number;
  changedAtMs: number;
  /** Bytes and lines that were taken: whole records only. */
  offset: number;
  line: number;
  /** Digest of the first and the last bytes before `offset`. */
  fingerprint: string;
  /** The names in its header, once it was read. */
  columns?: readonly string[];
  /** The line below the header names units and is still to be passed over. */
  unitsAhead?: boolean;
  /** Why nothing more of this file is believed. */
  refusal?: Fault;
}

const FINGERPRINT_BYTES = 1024;
/** What was renamed away is remembered for its return; more than that is forgotten. */
const POSITIONS_MAX = 5000;

/** The files that were seen, each known by its beginning and by what stands before the place where reading stopped. */
export class FileBook {
  readonly #disk: CsvDisk;
  readonly #folder: string;
  #positions: Position[];

  constructor(disk: CsvDisk, folder: string, positions: readonly Position[]) {
    this.#disk = disk;
    this.#folder = folder;
    this.#positions = [...positions];
  }

  get positions(): readonly Position[] {
    return this.#positions;
  }

  named(name: string): Position | undefined {
    return this.#positions.find((position) => position.name === name);
  }

  /**
   * The position of a file that is new or has changed: where it was left when it only grew, also under another name;
   * its beginning when it is new, was truncated, or holds something else now. `isAnew` tells the two apart.
   */
  async locate(
    name: string,
    facts: FileFacts,
    present: ReadonlySet<string>,
  ): Promise<{ position: Position; isAnew: boolean }> {
    const known = this.named(name);
    if (known !== undefined && (await this.#isContinued(known, name, facts))) {
      return { position: this.#note(known, name, facts), isAnew: false };
    }
    for (const other of this.#positions) {
      if (other === known || other.offset === 0) continue;
      const mayBe = facts.identity === '' ? !present.has(other.name) : other.identity === facts.identity;
      const isGone = !present.has(other.name);
      if (!(mayBe || isGone) || !(await this.#isContinued(other, name, facts))) continue;
      if (known !== undefined) this.#forget(known);
      return { position: this.#note(other, name, facts), isAnew: false };
    }
    if (known !== undefined) this.#forget(known);
    const position: Position = { name, identity: '', size: 0, changedAtMs: 0, offset: 0, line: 0, fingerprint: '' };
    this.#positions.push(position);
    if (this.#positions.length > POSITIONS_MAX) this.#forget(this.#positions[0] ?? position);
    return { position: this.#note(position, name, facts), isAnew: true };
  }

  /** To be called when a position has moved on. */
  async seal(position: Position): Promise<void> {
    position.fingerprint = await this.#fingerprint(position.name, position.offset);
  }

  #note(position: Position, name: string, facts: FileFacts): Position {
    return Object.assign(position, {
      name,
      identity: facts.identity,
      size: facts.size,
      changedAtMs: facts.changedAtMs,
    });
  }

  #forget(position: Position): void {
    this.#positions = this.#positions.filter((other) => other !== position);
  }

  async #isContinued(position: Position, name: string, facts: FileFacts): Promise<boolean> {
    if (facts.size < position.offset) return false;
    // What was refused at its first byte has nothing to be known by: whatever stands there now is looked at anew.
    if (position.offset === 0) return position.refusal === undefined;
    return (await this.#fingerprint(name, position.offset)) === position.fingerprint;
  }

  async #fingerprint(name: string, offset: number): Promise<string> {
    const hash = createHash('sha256').update(String(offset));
    const head = Math.min(offset, FINGERPRINT_BYTES);
    hash.update(await this.#disk.read(this.#folder, name, 0, head));
    if (offset > head)
      hash.update(
        await this.#disk.read(
          this.#folder,
          name,
          Math.max(head, offset - FINGERPRINT_BYTES),
          Math.min(offset - head, FINGERPRINT_BYTES),
        ),
      );
    return hash.digest('hex').slice(0, 32);
  }
}
