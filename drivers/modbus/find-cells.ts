import type { Fault } from '../../core/model/fault.ts';
import { exceptionMeaning } from './exception-fault.ts';
import { type CellRange, isBitTable } from './probe-request.ts';
import type { Answer, Seat } from './seat.ts';

/** So many requests one search may send, whatever it finds. */
const REQUESTS_MAX = 400;
/** So many silences in a row end a search: the device is gone, or keeps silent for what it does not have. */
const SILENCES_MAX = 3;
/** Sizes that show whether there is anything at all: some devices give a wide value only as a whole. */
const EXISTENCE_SIZES = [2, 1, 4] as const;
/** Sizes that are tried where something is, largest first. */
const RUN_SIZES = [125, 60, 24, 12, 6] as const;

/** A run of cells that can be read, or that cannot, with the reason. */
export interface FoundRun extends CellRange {
  readonly fault?: Fault;
}

export interface Search {
  readonly runs: readonly FoundRun[];
  /** The most registers that the device gave at once, when it refused more although each of them can be read. */
  readonly maxRegisters?: number;
  /** Why the search ended early. */
  readonly stop?: Fault;
}

/**
 * Where the usual devices have their values: the start of the tables and round addresses of PLCs; Siemens energies; Schneider's blocks at 2700,
 * 3000 and 3200; Conzerv at 3900; Janitza at 1317, 3845 and 19000; ABB at 0x5000 and 0x5B00; SunSpec at 40000; Socomec
 * at 0xC550. Input registers: the start (Eastron, Carlo Gavazzi), and 3000.
 */
export const USUAL_AREAS: readonly CellRange[] = [
  { table: 'holding', from: 0, to: 99 },
  { table: 'holding', from: 801, to: 840 },
  { table: 'holding', from: 100, to: 224 },
  { table: 'holding', from: 1000, to: 1040 },
  { table: 'holding', from: 1317, to: 1440 },
  { table: 'holding', from: 2699, to: 2703 },
  { table: 'holding', from: 2999, to: 3119 },
  { table: 'holding', from: 3203, to: 3219 },
  { table: 'holding', from: 2000, to: 2040 },
  { table: 'holding', from: 4000, to: 4040 },
  { table: 'holding', from: 5000, to: 5040 },
  { table: 'holding', from: 3845, to: 3969 },
  { table: 'holding', from: 19_000, to: 19_080 },
  { table: 'holding', from: 0x5000, to: 0x5020 },
  { table: 'holding', from: 0x5b00, to: 0x5b40 },
  { table: 'holding', from: 40_000, to: 40_110 },
  { table: 'holding', from: 0xc550, to: 0xc590 },
  { table: 'input', from: 0, to: 124 },
  { table: 'input', from: 3000, to: 3060 },
];

/** Finds out which cells a device has, by asking for them. It ends by itself, and when the seat's round is aborted. */
export class CellSearch {
  readonly #seat: Seat;
  readonly #onProgress: ((words: string) => void) | undefined;
  #requests = 0;
  #silences = 0;
  #stop: Fault | undefined;
  #longest = 0;
  #refusedLength = Number.POSITIVE_INFINITY;
  #limit: number;

  constructor(seat: Seat, onProgress?: (words: string) => void) {
    this.#seat = seat;
    this.#onProgress = onProgress;
    this.#limit = seat.settings.maxRegisters;
  }

  /** Looks at every cell of the ranges; a run that is refused is halved until it is known which cells are meant. */
  async lookAt(ranges: readonly CellRange[]): Promise<Search> {
    const runs: FoundRun[] = [];
    for (const range of ranges) {
      for (let from = range.from; from <= range.to && this.#stop === undefined; ) {
        const to = Math.min(range.to, from + this.#mostCells(range) - 1);
        await this.#halve({ ...range, from, to }, runs);
        from = to + 1;
      }
    }
    return this.#conclude(runs);
  }

  /** Looks at the beginning of each area and goes on from there while cells are found. */
  async lookAround(areas: readonly CellRange[]): Promise<Search> {
    const runs: FoundRun[] = [];
    for (const area of areas) {
      let { from } = area;
      while (from <= area.to && this.#stop === undefined) {
        const found = await this.#longestFrom({ ...area, from });
        // Half of all manuals count from 1: the first register may be one further on.
        if (found === undefined && from === area.from && from < area.to) {
          from += 1;
          continue;
        }
        if (found === undefined) break;
        runs.push(found);
        from = found.to + 1;
      }
    }
    return this.#conclude(runs);
  }

  async #halve(range: CellRange, runs: FoundRun[]): Promise<void> {
    const answer = await this.#ask(range);
    const cells = range.to - range.from + 1;
    if (answer === undefined) return;
    if (answer.kind === 'data') {
      runs.push(range);
      this.#longest = Math.max(this.#longest, cells);
      return;
    }
    const fault = faultOf(answer);
    const isRefused = answer.kind === 'exception' && exceptionMeaning(answer.exception).remedy === 'split';
    if (!isRefused || cells === 1) {
      runs.push({ ...range, fault });
      return;
    }
    const middle = range.from + Math.floor(cells / 2);
    const before = runs.length;
    await this.#halve({ ...range, to: middle - 1 }, runs);
    await this.#halve({ ...range, from: middle }, runs);
    const isEachFine = runs.slice(before).every((run) => run.fault === undefined);
    if (isEachFine && this.#stop === undefined && !isBitTable(range.table)) await this.#learnLimit(range);
  }

  async #longestFrom(area: CellRange): Promise<CellRange | undefined> {
    const least = await this.#firstThatIsThere(area, EXISTENCE_SIZES);
    if (least === undefined) return undefined;
    return (await this.#firstThatIsThere(area, RUN_SIZES)) ?? least;
  }

  async #firstThatIsThere(area: CellRange, sizes: readonly number[]): Promise<CellRange | undefined> {
    const tried = new Set<number>();
    for (const size of sizes) {
      const cells = Math.min(size, area.to - area.from + 1, this.#mostCells(area));
      if (tried.has(cells)) continue;
      tried.add(cells);
      const range = { ...area, to: area.from + cells - 1 };
      const answer = await this.#ask(range);
      if (answer === undefined) return undefined;
      if (answer.kind === 'data') return range;
      if (answer.kind === 'exception' && exceptionMeaning(answer.exception).remedy !== 'split') return undefined;
    }
    return undefined;
  }

  /** All cells of `range` can be read, but not at once: how many can? */
  async #learnLimit(range: CellRange): Promise<void> {
    let most = Math.min(this.#longest, range.to - range.from);
    let refused = Math.min(this.#refusedLength, range.to - range.from + 1);
    while (refused - most > 1) {
      const middle = Math.floor((most + refused) / 2);
      const answer = await this.#ask({ ...range, to: range.from + middle - 1 });
      if (answer === undefined) return;
      if (answer.kind === 'data') most = middle;
      else refused = middle;
    }
    this.#longest = most;
    this.#refusedLength = refused;
    this.#limit = most;
  }

  async #ask({ table, from, to }: CellRange): Promise<Answer | undefined> {
    if (this.#stop !== undefined) return undefined;
    if (this.#requests >= REQUESTS_MAX) {
      this.#stop = tooManyFault();
      return undefined;
    }
    this.#requests += 1;
    this.#onProgress?.(`looking for registers, ${table} ${from}, ${this.#requests} requests`);
    const answer = await this.#seat.ask({ table, address: from, cells: to - from + 1 });
    const isSilent = answer.kind === 'none' || answer.kind === 'shut';
    this.#silences = isSilent ? this.#silences + 1 : 0;
    const isOver = answer.kind === 'shut' || this.#seat.signal.aborted || this.#silences >= SILENCES_MAX;
    if (isSilent && isOver) this.#stop = answer.fault;
    // The gateway speaks for a device that does not: it says the same of every register.
    const meaning = answer.kind === 'exception' ? exceptionMeaning(answer.exception) : undefined;
    if (meaning?.remedy === 'stop') this.#stop = meaning.fault;
    return answer;
  }

  #mostCells(range: CellRange): number {
    return isBitTable(range.table) ? this.#seat.settings.maxBits : this.#limit;
  }

  #conclude(runs: readonly FoundRun[]): Search {
    return {
      runs: joinRuns(runs),
      ...(this.#limit < this.#seat.settings.maxRegisters ? { maxRegisters: this.#limit } : {}),
      ...(this.#stop === undefined ? {} : { stop: this.#stop }),
    };
  }
}

/** Why a question brought no data. */
export function faultOf(answer: Exclude<Answer, { kind: 'data' }>): Fault {
  if (answer.kind === 'exception') return exceptionMeaning(answer.exception).fault;
  if (answer.kind === 'barred') return { ...tooManyFault(), message: 'An older reply could be taken for this one.' };
  return answer.fault;
}

/** Neighbours that share their fate become one run. */
function joinRuns(runs: readonly FoundRun[]): FoundRun[] {
  const joined: FoundRun[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    const continues =
      last !== undefined &&
      last.table === run.table &&
      last.to + 1 === run.from &&
      last.fault?.code === run.fault?.code;
    if (continues) joined[joined.length - 1] = { ...last, to: run.to };
    else joined.push(run);
  }
  return joined;
}

function tooManyFault(): Fault {
  return {
    code: 'DRV_MODBUS_PROBE_BOUNDED',
    message: `The search ended after ${REQUESTS_MAX} requests.`,
    policy: 'retry',
    hint: 'Name the places to look at, such as "holding 3000-3015"',
  };
}
