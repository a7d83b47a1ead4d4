import type { Fault } from '../../core/model/fault.ts';
import type { Log } from '../../core/model/log.ts';
import type { CsvConnectionSettings } from './connection-schema.ts';
import type { ParseCsv } from './dialect.ts';
import type { CsvDisk, FileFacts } from './disk.ts';
import { FileBook, type Position } from './file-book.ts';
import { type Complaint, faultAt } from './finding.ts';
import { fileFault, folderFault } from './folder-fault.ts';
import { endlessRecord, RECORD_BYTES_MAX, type Row, RowReader } from './row-reader.ts';
import type { KeptState } from './state-file.ts';

/** So much is read at once, and in one look at the folder, so that a large backlog never holds up the other devices. */
const CHUNK_BYTES = 65_536;
const LOOK_BYTES_MAX = 64 * CHUNK_BYTES;
/** Of files that have long stood still, so many are looked at in each round, so that years of exports cost little. */
const RESTING_LOOKED_AT = 20;
const RESTING_AFTER_MS = 10 * 60_000;

export interface WatchParts {
  readonly settings: CsvConnectionSettings;
  readonly disk: CsvDisk;
  readonly parser: ParseCsv;
  readonly log: Log;
  readonly kept: KeptState;
  monotonicMs(): number;
  /** A row in the order of the files. */
  onRow(row: Row): void;
  /** A row, or a whole file, that cannot be used. */
  onTrouble(fault: Fault): void;
  /** The rows of this file are not in it any more. */
  onReset(position: Position): void;
}

export interface Look {
  /** Why the folder, or a file in it, could not be read now. */
  readonly fault?: Fault;
  readonly files: number;
  readonly bytesLeft: number;
  readonly hasMoved: boolean;
  /** False when it was given up before every file had its turn. */
  readonly isComplete: boolean;
}

/** Watches the files of one folder and hands on each row once. */
export class FolderWatch {
  readonly #parts: WatchParts;
  readonly #pattern: RegExp;
  readonly #reader: RowReader;
  readonly #book: FileBook;
  readonly #changed = new Map<string, number>();
  readonly #drained = new Set<Position>();
  #rotation = 0;
  #requests = 0;

  constructor(parts: WatchParts) {
    const { settings, disk, kept } = parts;
    this.#parts = parts;
    this.#pattern = patternOf(settings.pattern);
    this.#reader = new RowReader(settings, parts.parser);
    const counting: CsvDisk = {
      list: (folder) => this.#counted(disk.list(folder)),
      facts: (folder, file) => this.#counted(disk.facts(folder, file)),
      read: (folder, file, from, length) => this.#counted(disk.read(folder, file, from, length)),
    };
    this.#parts = { ...parts, disk: counting };
    this.#book = new FileBook(counting, settings.folder, kept.positions);
  }

  get requests(): number {
    return this.#requests;
  }

  get positions(): readonly Position[] {
    return this.#book.positions;
  }

  /** Looks for what is new. Never rejects. Gives up between two files or chunks when `signal` aborts. */
  async look(signal: AbortSignal): Promise<Look> {
    const { settings, disk } = this.#parts;
    let names: readonly string[];
    try {
      names = await disk.list(settings.folder);
    } catch (error) {
      return { fault: folderFault(settings.folder, error), files: 0, bytesLeft: 0, hasMoved: false, isComplete: true };
    }
    const matching = names.filter((name) => this.#pattern.test(name));
    const present = new Set(matching);
    const { files, fault: factsFault } = await this.#factsOf(matching, signal);
    let fault = factsFault;
    let hasMoved = false;
    let budget = LOOK_BYTES_MAX;
    let bytesLeft = 0;
    for (const { name, facts } of files) {
      if (signal.aborted) break;
      try {
        const position = await this.#locate(name, facts, present);
        if (position === undefined) continue;
        const before = position.offset;
        if (budget > 0) await this.#drain(position, facts.size, budget, signal);
        budget -= position.offset - before;
        hasMoved = true;
        if (!this.#drained.has(position)) bytesLeft += facts.size - position.offset;
      } catch (error) {
        fault ??= fileFault(name, error);
      }
    }
    const isComplete = !signal.aborted;
    return { files: matching.length, bytesLeft, hasMoved, isComplete, ...(fault === undefined ? {} : { fault }) };
  }

  /** The bytes of a row as they stand in its file now; undefined when they are gone. Rejects like the disk. */
  async bytesOf(row: Row): Promise<Uint8Array | undefined> {
    const { settings, disk } = this.#parts;
    const bytes = await disk.read(settings.folder, row.position.name, row.offset, row.bytes.length);
    return bytes.length === row.bytes.length ? bytes : undefined;
  }

  /** The file is not as it was left, although it looks so from outside: the next look begins with its contents. */
  doubt(position: Position): void {
    this.#drained.delete(position);
  }

  /** A row that was the newest before a restart, read from its file again; undefined when it is not there any more. */
  async recall(file: string, offset: number, length: number, line: number): Promise<Row | undefined> {
    const position = this.#book.named(file);
    if (position === undefined) return undefined;
    const { settings, disk } = this.#parts;
    try {
      const bytes = await disk.read(settings.folder, file, offset, length);
      return bytes.length === length ? this.#reader.again(position, offset, line, bytes) : undefined;
    } catch {
      return undefined;
    }
  }

  async #factsOf(
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<{ files: { name: string; facts: FileFacts }[]; fault?: Fault }> {
    const { settings, disk } = this.#parts;
    const files: { name: string; facts: FileFacts }[] = [];
    let fault: Fault | undefined;
    for (const name of this.#due(names)) {
      if (signal.aborted) break;
      try {
        const facts = await disk.facts(settings.folder, name);
        if (facts.isFile) files.push({ name, facts });
      } catch (error) {
        fault ??= fileFault(name, error);
      }
    }
    files.sort((a, b) => a.facts.changedAtMs - b.facts.changedAtMs || (a.name < b.name ? -1 : 1));
    return fault === undefined ? { files } : { files, fault };
  }

  #due(names: readonly string[]): string[] {
    const nowMs = this.#parts.monotonicMs();
    const isResting = (name: string): boolean => nowMs - (this.#changed.get(name) ?? nowMs) > RESTING_AFTER_MS;
    const resting = names.filter(isResting);
    const turn = resting.length === 0 ? 0 : this.#rotation % resting.length;
    this.#rotation = turn + RESTING_LOOKED_AT;
    const looked = new Set([...resting.slice(turn), ...resting.slice(0, turn)].slice(0, RESTING_LOOKED_AT));
    return names.filter((name) => !isResting(name) || looked.has(name));
  }

  /** The position of a file with something unread, or undefined when it stands as it was left. */
  async #locate(name: string, facts: FileFacts, present: ReadonlySet<string>): Promise<Position | undefined> {
    const known = this.#book.named(name);
    const isSame =
      known !== undefined &&
      known.size === facts.size &&
      known.changedAtMs === facts.changedAtMs &&
      known.identity === facts.identity;
    if (isSame && (this.#drained.has(known) || known.refusal !== undefined)) return undefined;
    this.#changed.set(name, this.#parts.monotonicMs());
    const { position, isAnew } = await this.#book.locate(name, facts, present);
    if (isAnew && known !== undefined) {
      this.#parts.log.info({ file: name }, 'the file was truncated or replaced; it is read from its beginning');
      this.#parts.onReset(known);
    }
    this.#drained.delete(position);
    return position.refusal === undefined ? position : undefined;
  }

  async #drain(position: Position, size: number, budget: number, signal: AbortSignal): Promise<void> {
    const { settings, disk } = this.#parts;
    const from = position.offset;
    let chunkBytes = CHUNK_BYTES;
    while (position.offset < size && position.offset - from < budget && !signal.aborted) {
      const wanted = Math.min(chunkBytes, size - position.offset);
      const bytes = await disk.read(settings.folder, position.name, position.offset, wanted);
      const before = position.offset;
      this.#take(position, bytes);
      if (position.refusal !== undefined) break;
      if (position.offset > before) continue;
      // Nothing whole in a full chunk: a record without an end. In a shorter one: the last line is still being written.
      if (bytes.length < chunkBytes) this.#drained.add(position);
      else if (chunkBytes < RECORD_BYTES_MAX) {
        chunkBytes = RECORD_BYTES_MAX;
        continue;
      } else this.#refuse(position, position.line + 1, endlessRecord());
      break;
    }
    if (position.offset >= size || position.refusal !== undefined) this.#drained.add(position);
    if (position.offset > from) await this.#book.seal(position);
  }

  #take(position: Position, bytes: Uint8Array): void {
    const { log, onRow, onTrouble } = this.#parts;
    for (const event of this.#reader.take(position, bytes)) {
      if (event.kind === 'row') onRow(event.row);
      else if (event.complaint.refusesFile === true) this.#refuse(position, event.line, event.complaint);
      else {
        const fault = faultAt({ file: position.name, line: event.line }, event.complaint);
        log.warn({ code: fault.code, file: position.name, line: event.line }, fault.message);
        onTrouble(fault);
      }
    }
  }

  #refuse(position: Position, line: number, complaint: Complaint): void {
    const fault = faultAt({ file: position.name, line }, complaint);
    position.refusal = fault;
    this.#parts.log.warn(
      { code: fault.code, file: position.name, line },
      `${fault.message} Nothing more of it is read.`,
    );
    this.#parts.onTrouble(fault);
  }

  #counted<T>(work: Promise<T>): Promise<T> {
    this.#requests += 1;
    return work;
  }
}

/** `export-*.csv` as a pattern for the whole name; letters count alike in both cases, as on Windows. */
function patternOf(text: string): RegExp {
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'i');
}
