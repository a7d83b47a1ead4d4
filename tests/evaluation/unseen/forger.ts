import { nextGaussian, type Random } from '../../../core/model/random.ts';
import { INTERVAL_S, type Row } from './record-rows.ts';
import type { Machine } from './site.ts';

/** Which rows an attack asks for. */
export interface Wish {
  readonly length: number;
  /** Whether a row may be one of them; rows of a generating unit with all values when absent. */
  readonly accept?: (row: Row) => boolean;
  /** Whether the whole stretch will do. */
  readonly acceptAll?: (rows: readonly Row[]) => boolean;
}

const PROMPT_S = 60;
const MARGIN_ROWS = 8;
const TRIES_MAX = 20_000;

/** Finds rows that nobody has tampered with yet, and keeps the rows that are added. */
export class Forger {
  readonly random: Random;
  readonly rows: readonly (readonly Row[])[];
  readonly machines: readonly Machine[];
  /** Rows beside those of the plant. */
  readonly added: Row[] = [];
  readonly #fromS: number;
  readonly #taken: readonly Uint8Array[];

  constructor(random: Random, rows: readonly (readonly Row[])[], machines: readonly Machine[], fromS: number) {
    this.random = random;
    this.rows = rows;
    this.machines = machines;
    this.#fromS = fromS;
    this.#taken = rows.map((unitRows) => new Uint8Array(unitRows.length));
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.random.next();
  }

  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  /** One of them, each as likely. */
  oneOf<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.random.next() * items.length)];
    if (item === undefined) throw new Error('There is nothing to choose from.');
    return item;
  }

  gauss(): number {
    return nextGaussian(this.random);
  }

  machineOf(row: Row): Machine {
    const machine = this.machines[row.unit];
    if (machine === undefined) throw new Error(`There is no unit ${row.unit}.`);
    return machine;
  }

  /** Successive rows after the commissioning, received promptly, with untouched rows around them; fewer if need be. */
  take({ length, accept = isFullyGenerating, acceptAll = () => true }: Wish): readonly Row[] {
    for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
      const unit = this.whole(0, this.rows.length - 1);
      const unitRows = this.rows[unit] ?? [];
      const at = this.whole(MARGIN_ROWS, unitRows.length - length - MARGIN_ROWS - 1);
      const stretch = unitRows.slice(at, at + length);
      const taken = this.#taken[unit]?.subarray(at - MARGIN_ROWS, at + length + MARGIN_ROWS);
      if ((stretch[0]?.endS ?? 0) <= this.#fromS || taken?.includes(1)) continue;
      if (!isSuccessive(unitRows.slice(at - 1, at + length + 1)) || !stretch.every(accept)) continue;
      if (!acceptAll(stretch)) continue;
      this.#taken[unit]?.fill(1, at, at + length);
      return stretch;
    }
    // A wet year leaves few stretches of a unit at rest: a shorter attack is one, too.
    if (length > 1) return this.take({ length: Math.floor(length / 2), accept, acceptAll });
    throw new Error('No row is left that this attack could use.');
  }

  /** All rows of a unit from one place on, be they running or not; for what lasts for days. */
  takeLong(unit: number, at: number, length: number): readonly Row[] {
    this.#taken[unit]?.fill(1, at, at + length);
    return (this.rows[unit] ?? []).slice(at, at + length);
  }

  /** Leaves these rows as they are from now on. */
  keep(rows: readonly Row[]): void {
    for (const row of rows) {
      const at = this.rows[row.unit]?.indexOf(row) ?? -1;
      if (at >= 0) this.#taken[row.unit]?.fill(1, at, at + 1);
    }
  }

  /** The row of the same unit so many places before (or after) this one, whatever became of it. */
  beside(row: Row, places: number): Row | undefined {
    const unitRows = this.rows[row.unit] ?? [];
    return unitRows[unitRows.indexOf(row) + places];
  }

  /** An untouched stretch of the same unit at the same time of day, some days before. */
  earlier(rows: readonly Row[], days: number): readonly Row[] | undefined {
    const [first] = rows;
    if (first === undefined) return undefined;
    const unitRows = this.rows[first.unit] ?? [];
    const at = unitRows.findIndex(({ endS }) => endS === first.endS - days * 86_400);
    const found = at < 1 ? [] : unitRows.slice(at, at + rows.length);
    const isWhole =
      found.length === rows.length && isSuccessive(found) && found.every(({ label }) => label === 'honest');
    return isWhole && found.every(isComplete) ? found : undefined;
  }
}

function isSuccessive(rows: readonly Row[]): boolean {
  return rows.every(
    (row, index) =>
      row.receivedS - row.endS < PROMPT_S && (index === 0 || row.endS - (rows[index - 1]?.endS ?? 0) === INTERVAL_S),
  );
}

export function isComplete({ shown }: Row): boolean {
  const { flowM3s, headM, powerKw, gatePercent } = shown;
  return [flowM3s, headM, powerKw, gatePercent].every((value) => value !== undefined);
}

export function isFullyGenerating(row: Row): boolean {
  return isComplete(row) && row.shown.status === 'generating' && (row.shown.gatePercent ?? 0) > 22;
}

export function isStandingStill({ shown }: Row): boolean {
  return shown.status === 'stopped' && shown.gatePercent === 0 && shown.powerKw === 0 && shown.headM !== undefined;
}
