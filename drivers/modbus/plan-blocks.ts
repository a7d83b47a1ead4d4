import { assert } from '../../core/model/assert.ts';
import { TABLES, type Table } from './register-type.ts';

/** A run of cells that one value occupies: registers, or bits in the bit tables. */
export interface Span {
  readonly table: Table;
  readonly address: number;
  readonly cells: number;
}

/** One request: a run of cells and which of the spans lie in it, by their index in what was planned. */
export interface Block extends Span {
  readonly members: readonly number[];
}

export interface PlanLimits {
  readonly maxRegisters: number;
  readonly maxBits: number;
  /** The most cells that no span needs and that may be read to join two spans. */
  readonly gap: number;
  /**
   * How many sizes the longest blocks take in turn, each a register less: on a serial line no reply should look like
   * the one before. Absent: they are all as long as the limit allows.
   */
  readonly sizes?: number;
}

/** What a device has taught: places where a request must not run on. */
export interface PlanBarriers {
  /** No block reaches from below this address over it: the request of the two together was refused. */
  isCut(table: Table, address: number): boolean;
  /** Cells that exist for no request that is worth making. */
  isRefused(table: Table, fromAddress: number, toAddress: number): boolean;
}

export const NO_BARRIERS: PlanBarriers = { isCut: () => false, isRefused: () => false };

interface Draft {
  table: Table;
  address: number;
  end: number;
  members: number[];
}

const TABLE_ORDER = Object.keys(TABLES) as Table[];

/**
 * Joins spans to the fewest requests: every span lies in exactly one block as a whole, so that no value is torn
 * between two replies. The same spans give the same blocks, whatever order they come in; members are in order of
 * address. Taking each span into the current block while it fits is optimal for runs on a line.
 */
export function planBlocks(spans: readonly Span[], limits: PlanLimits, barriers: PlanBarriers = NO_BARRIERS): Block[] {
  const order = spans.map((_, index) => index).sort((a, b) => compare(spans, a, b));
  const drafts: Draft[] = [];
  for (const index of order) {
    const span = spanAt(spans, index);
    assert(span.cells <= mostCells(span.table, limits), `a value of ${span.cells} cells fits in one request`);
    const current = drafts.at(-1);
    if (current !== undefined && joins(current, drafts.length - 1, span, limits, barriers)) {
      current.members.push(index);
      current.end = Math.max(current.end, span.address + span.cells);
    } else {
      drafts.push({ table: span.table, address: span.address, end: span.address + span.cells, members: [index] });
    }
  }
  return drafts.map(({ table, address, end, members }) => ({ table, address, cells: end - address, members }));
}

function joins(current: Draft, place: number, span: Span, limits: PlanLimits, barriers: PlanBarriers): boolean {
  if (current.table !== span.table || span.address - current.end > limits.gap) return false;
  const end = Math.max(current.end, span.address + span.cells);
  const shorterBy = TABLES[span.table].cell === 'bit' ? 0 : place % (limits.sizes ?? 1);
  if (end - current.address > mostCells(span.table, limits) - shorterBy) return false;
  if (barriers.isRefused(span.table, current.address, end)) return false;
  return span.address === current.address || !barriers.isCut(span.table, span.address);
}

function mostCells(table: Table, limits: PlanLimits): number {
  return TABLES[table].cell === 'bit' ? limits.maxBits : limits.maxRegisters;
}

function compare(spans: readonly Span[], a: number, b: number): number {
  const left = spanAt(spans, a);
  const right = spanAt(spans, b);
  return (
    TABLE_ORDER.indexOf(left.table) - TABLE_ORDER.indexOf(right.table) ||
    left.address - right.address ||
    left.cells - right.cells ||
    a - b
  );
}

function spanAt(spans: readonly Span[], index: number): Span {
  const span = spans[index];
  assert(span !== undefined, `span ${index} is planned`);
  return span;
}
