import type { Connection, ConnectionCounts, DriverHost } from '../../core/acquisition/driver.ts';
import type { Outcome } from '../../core/acquisition/sample.ts';
import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { CsvConnectionSettings } from './connection-schema.ts';
import type { ParseCsv } from './dialect.ts';
import type { CsvDisk } from './disk.ts';
import type { Position } from './file-book.ts';
import { faultAt } from './finding.ts';
import {
  abortedFault,
  catchingUpFault,
  changedFault,
  closedFault,
  fileFault,
  fromFutureFault,
  noFileFault,
  noRowFault,
  oldFault,
  silentFault,
} from './folder-fault.ts';
import { FolderWatch, type Look } from './folder-watch.ts';
import { PointReader } from './point-reader.ts';
import { belongs, groupOf, type RowGroup } from './row-groups.ts';
import type { Row } from './row-reader.ts';
import { type KeptState, StateFile } from './state-file.ts';

export interface CsvParts {
  readonly device: DeviceConfig;
  readonly host: DriverHost;
  readonly disk: CsvDisk;
  readonly parser: ParseCsv;
}

type RowFaults = Map<string, Fault | undefined>;

/**
 * One watched folder. Rows are data of the past with a time of their own: only the newest one counts as current, and
 * only while it is younger than `maxAge`. A row that comes later than a newer one is counted and let go.
 */
export class CsvConnection implements Connection {
  readonly #host: DriverHost;
  readonly #settings: CsvConnectionSettings;
  readonly #watch: FolderWatch;
  readonly #state: StateFile;
  readonly #kept: KeptState;
  readonly #groups: readonly RowGroup[];
  readonly #readers = new Map<PointConfig, { readonly key: string; readonly reader: PointReader }>();
  readonly #newest = new Map<string, Row>();
  /** What could not be used since the last row that could. */
  #trouble: Fault | undefined;
  #isRecalled = false;
  #late = 0;
  #looking: Promise<Look> | undefined;
  #isClosed = false;

  constructor({ device, host, disk, parser }: CsvParts) {
    this.#host = host;
    this.#settings = device.connection as CsvConnectionSettings;
    this.#groups = [...new Map(device.points.map(groupOf).map((group) => [group.key, group])).values()];
    const keys = this.#groups.map(({ key }) => key);
    this.#state = new StateFile(host.stateFolder(), device.id, { connection: device.connection, keys });
    this.#kept = this.#state.read();
    this.#trouble = this.#kept.trouble;
    this.#watch = new FolderWatch({
      settings: this.#settings,
      disk,
      parser,
      log: host.log,
      kept: this.#kept,
      monotonicMs: () => host.clock.monotonicMs(),
      onRow: (row) => this.#takeRow(row),
      onTrouble: (fault) => {
        this.#trouble = fault;
      },
      onReset: (position) => this.#forgetRows(position),
    });
  }

  async read(points: readonly PointConfig[], signal: AbortSignal): Promise<readonly Outcome[]> {
    if (this.#isClosed) return this.#misses(points, closedFault());
    if (signal.aborted) return this.#misses(points, abortedFault());
    const first = await this.#lookAndCheck(points, signal);
    // A file that was replaced within one tick of its clock shows itself only now: it is looked at once more.
    const isChanged = first instanceof Map && [...first.values()].some((fault) => fault?.code === 'DRV_CSV_CHANGED');
    const checked = isChanged ? await this.#lookAndCheck(points, signal) : first;
    if (!(checked instanceof Map)) return this.#misses(points, checked);
    // What was taken away and has no other row yet is said to be so.
    if (isChanged) for (const [key, fault] of first) if (!checked.has(key)) checked.set(key, fault);
    const readAtMs = this.#host.clock.wallMs();
    return points.map((point) => this.#outcome(point, checked, readAtMs));
  }

  counts(): ConnectionCounts {
    return { requests: this.#watch.requests, timeouts: 0, strangers: this.#late, writes: 0 };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  /** What is wrong with each newest row, by group; or why nothing can be said of any. */
  async #lookAndCheck(points: readonly PointConfig[], signal: AbortSignal): Promise<RowFaults | Fault> {
    // A network folder that hangs must not be asked again and again: the look of the poll before is waited for.
    const isOverdue = this.#looking !== undefined;
    this.#looking ??= this.#look(signal);
    const look = await untilAborted(this.#looking, signal);
    if (look === undefined) return isOverdue ? silentFault(this.#settings.folder) : abortedFault();
    return this.#commonFault(look) ?? (await untilAborted(this.#checkRows(points), signal)) ?? abortedFault();
  }

  async #look(signal: AbortSignal): Promise<Look> {
    try {
      const late = this.#late;
      if (!this.#isRecalled) await this.#recall();
      const look = await this.#watch.look(signal);
      if (this.#late > late)
        this.#host.log.info({ rows: this.#late - late }, 'rows came that are not current any more');
      if (look.hasMoved) this.#keep();
      return look;
    } finally {
      this.#looking = undefined;
    }
  }

  #commonFault(look: Look): Fault | undefined {
    if (look.fault !== undefined) return look.fault;
    if (!look.isComplete) return abortedFault();
    if (look.files === 0) return noFileFault(this.#settings.folder, this.#settings.pattern);
    if (look.bytesLeft > 0) return catchingUpFault(look.bytesLeft);
    return this.#trouble;
  }

  #takeRow(row: Row): void {
    const groups = this.#groups.filter((group) => belongs(row, group));
    if (groups.length === 0) return;
    const aheadMs = row.atMs - this.#host.clock.wallMs();
    if (aheadMs > this.#settings.maxAhead) {
      this.#trouble = fromFutureFault(aheadMs, row.atMs);
      return;
    }
    for (const { key } of groups) {
      const newest = this.#newest.get(key);
      if (newest === undefined || row.atMs > newest.atMs) {
        this.#newest.set(key, row);
        this.#trouble = undefined;
      } else if (row.atMs === newest.atMs && !isSame(row, newest)) {
        this.#trouble = conflictFault(row, newest);
      } else {
        this.#late += 1;
      }
    }
  }

  #forgetRows(position: Position): void {
    for (const [key, row] of this.#newest) if (row.position === position) this.#newest.delete(key);
  }

  /** The bytes of the newest rows are read again in each poll: what is not there any more has no value. */
  async #checkRows(points: readonly PointConfig[]): Promise<RowFaults> {
    const checked = new Map<string, Fault | undefined>();
    for (const { key } of points.map((point) => this.#readerOf(point))) {
      const row = this.#newest.get(key);
      if (row === undefined || checked.has(key)) continue;
      const fault = await this.#rowFault(row);
      checked.set(key, fault);
      if (fault?.code !== 'DRV_CSV_CHANGED') continue;
      this.#newest.delete(key);
      this.#watch.doubt(row.position);
    }
    return checked;
  }

  async #rowFault(row: Row): Promise<Fault | undefined> {
    try {
      const bytes = await this.#watch.bytesOf(row);
      const isThere = bytes !== undefined && Buffer.from(bytes).equals(row.bytes);
      return isThere ? undefined : changedFault(row.position.name);
    } catch (error) {
      return fileFault(row.position.name, error) ?? changedFault(row.position.name);
    }
  }

  #outcome(point: PointConfig, checked: RowFaults, readAtMs: number): Outcome {
    const { key, reader } = this.#readerOf(point);
    const row = this.#newest.get(key);
    const fault = checked.get(key) ?? (row === undefined ? noRowFault() : this.#ageFault(row, readAtMs));
    if (fault !== undefined || row === undefined) {
      return { kind: 'miss', point: point.ref, fault: fault ?? noRowFault(), atMs: readAtMs };
    }
    const read = reader.read(row, readAtMs);
    return 'kind' in read ? read : { kind: 'miss', point: point.ref, fault: read, atMs: readAtMs };
  }

  #readerOf(point: PointConfig): { readonly key: string; readonly reader: PointReader } {
    const known = this.#readers.get(point);
    if (known !== undefined) return known;
    const made = { key: groupOf(point).key, reader: new PointReader(point, this.#settings) };
    this.#readers.set(point, made);
    return made;
  }

  #ageFault(row: Row, nowMs: number): Fault | undefined {
    const ageMs = nowMs - row.atMs;
    if (ageMs > this.#settings.maxAge) return oldFault(ageMs, row.atMs);
    return -ageMs > this.#settings.maxAhead ? fromFutureFault(-ageMs, row.atMs) : undefined;
  }

  async #recall(): Promise<void> {
    this.#isRecalled = true;
    for (const { group, file, offset, length, line, atMs } of this.#kept.rows) {
      const row = await this.#watch.recall(file, offset, length, line);
      if (row?.atMs === atMs) this.#newest.set(group, row);
    }
  }

  #keep(): void {
    const rows = [...this.#newest].map(([group, { position, offset, bytes, line, atMs }]) => {
      return { group, file: position.name, offset, length: bytes.length, line, atMs };
    });
    try {
      const trouble = this.#trouble === undefined ? {} : { trouble: this.#trouble };
      this.#state.write({ positions: this.#watch.positions, rows, ...trouble });
    } catch (error) {
      // Without it a restart reads the files again; no value depends on it.
      this.#host.log.warn({ error }, 'cannot keep how far the files were read');
    }
  }

  #misses(points: readonly PointConfig[], fault: Fault): Outcome[] {
    const atMs = this.#host.clock.wallMs();
    return points.map(({ ref }) => ({ kind: 'miss', point: ref, fault, atMs }));
  }
}

function isSame(row: Row, other: Row): boolean {
  return row.fields.length === other.fields.length && row.fields.every((field, at) => field === other.fields[at]);
}

function conflictFault(row: Row, other: Row): Fault {
  return faultAt(
    { file: row.position.name, line: row.line },
    {
      code: 'DRV_CSV_CONFLICT',
      what: `has the same time as line ${other.line} of ${other.position.name} and other values`,
      hint: 'Two exports may write into one folder, or local times repeat: let each have its folder, and export UTC',
    },
  );
}

/** What the work gives, or undefined once `signal` aborts before. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve(undefined);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
