import type { Outcome } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { assert, present } from '../../core/model/assert.ts';
import { type Decoder, decoderOf } from './decode.ts';
import { type Block, type PlanLimits, planBlocks, type Span } from './plan-blocks.ts';
import type { ModbusPointSettings } from './point-schema.ts';
import { type ModbusRecipe, recipeOf } from './recipe.ts';
import type { Refusals } from './refusals.ts';
import { cellsOf, TABLES } from './register-type.ts';

/** What a plan needs to know of its device: limits, and what stands in recipes and sentences. */
export interface PlanSettings extends PlanLimits {
  /** Name of the driver, for recipes. */
  readonly driver: string;
  readonly unitId: number;
}

/** The requests that read a list of points, kept from poll to poll, and the way from a reply back to a point. */
export class PointPlan {
  readonly #points: readonly PointConfig[];
  readonly #limits: PlanLimits;
  readonly #refusals: Refusals;
  readonly #spans: readonly Span[];
  readonly #recipes: readonly ModbusRecipe[];
  readonly #decoders: readonly Decoder[];
  #blocks: readonly Block[] = [];
  #refused: readonly Block[] = [];
  #plannedVersion = -1;

  constructor(points: readonly PointConfig[], settings: PlanSettings, refusals: Refusals) {
    this.#points = points;
    this.#limits = settings;
    this.#refusals = refusals;
    this.#spans = points.map(spanOfPoint);
    this.#recipes = points.map((point) => recipeOf(point, settings.driver));
    this.#decoders = this.#recipes.map((recipe, index) => decoderOf(recipe, guardOf(points[index])?.otherwise));
  }

  isFor(points: readonly PointConfig[]): boolean {
    if (points === this.#points) return true;
    return points.length === this.#points.length && points.every((point, index) => point === this.#points[index]);
  }

  /** The requests of a round: all that is not refused, and alone what was refused and may be tried again. */
  blocksDue(nowMs: number): readonly Block[] {
    if (this.#plannedVersion !== this.#refusals.version) this.#planAgain();
    if (this.#refused.length === 0) return this.#blocks;
    return [...this.#blocks, ...this.#refused.filter((block) => this.#refusals.isDue(block, nowMs))];
  }

  refOf(index: number): string {
    return this.#pointAt(index).ref;
  }

  spanOf(index: number): Span {
    return present(this.#spans[index], 'the span of a member');
  }

  /** The two halves of a block, or nothing when all its members are one and the same value. */
  halve(block: Block): [Block, Block] | [] {
    const addresses = [...new Set(block.members.map((index) => this.spanOf(index).address))];
    if (addresses.length < 2) return [];
    const middle = present(addresses[Math.floor(addresses.length / 2)], 'the middle address');
    const isBelow = (index: number): boolean => this.spanOf(index).address < middle;
    return [
      this.#blockOf(block.members.filter(isBelow)),
      this.#blockOf(block.members.filter((index) => !isBelow(index))),
    ];
  }

  /** The outcome of one member of a block whose reply is `bytes`. */
  decodeMember(index: number, block: Block, bytes: Uint8Array, readAtMs: number): Outcome {
    const { ref, unit } = this.#pointAt(index);
    const span = this.spanOf(index);
    const recipe = present(this.#recipes[index], 'the recipe of a member');
    const decoder = present(this.#decoders[index], 'the decoder of a member');
    const raw = sliceOf(valueSpanOf(this.#pointAt(index)), block, bytes, recipe.guard?.address);
    this.#refusals.restore(span);
    const value = decoder.value(raw, 0);
    if (typeof value === 'object') return { kind: 'miss', point: ref, fault: value, atMs: readAtMs };
    const quality = 'good';
    if (decoder.register === undefined) {
      return { kind: 'sample', point: ref, value, unit, quality, readAtMs, raw, recipe };
    }
    const register = decoder.register(raw, 0);
    return { kind: 'sample', point: ref, value, register, unit, quality, readAtMs, raw, recipe };
  }

  #planAgain(): void {
    const asked: number[] = [];
    const refused: number[] = [];
    for (const [index, span] of this.#spans.entries()) {
      (this.#refusals.faultOf(span) === undefined ? asked : refused).push(index);
    }
    this.#blocks = this.#plan(asked);
    this.#refused = refused.map((index) => this.#blockOf([index]));
    this.#plannedVersion = this.#refusals.version;
  }

  #plan(indexes: readonly number[]): Block[] {
    const blocks = planBlocks(
      indexes.map((index) => this.spanOf(index)),
      this.#limits,
      this.#refusals,
    );
    return blocks.map((block) => ({
      ...block,
      members: block.members.map((member) => present(indexes[member], `index ${member}`)),
    }));
  }

  #blockOf(members: readonly number[]): Block {
    const spans = members.map((index) => this.spanOf(index));
    const first = present(spans[0], 'a member of the block');
    const address = Math.min(...spans.map((span) => span.address));
    const end = Math.max(...spans.map((span) => span.address + span.cells));
    return { table: first.table, address, cells: end - address, members };
  }

  #pointAt(index: number): PointConfig {
    return present(this.#points[index], 'the point of a member');
  }
}

/** The cells that a point needs in one request: those of its value, and its guard's if it has one. */
export function spanOfPoint(point: PointConfig): Span {
  const span = valueSpanOf(point);
  const guard = guardOf(point);
  if (guard === undefined) return span;
  const address = Math.min(span.address, guard.address);
  return { ...span, address, cells: Math.max(span.address + span.cells, guard.address + 1) - address };
}

function guardOf(point: PointConfig | undefined): ModbusPointSettings['guard'] {
  return (point?.settings as ModbusPointSettings | undefined)?.guard;
}

/** The cells that a point's value occupies. */
export function valueSpanOf(point: PointConfig): Span {
  const settings = point.settings as ModbusPointSettings;
  return { table: settings.register, address: settings.address, cells: cellsOf(settings.type) };
}

/** The bytes of one value, and of its guard after them, in the reply of its block; nobody else changes them. */
function sliceOf(span: Span, block: Block, bytes: Uint8Array, guardAddress: number | undefined): Uint8Array {
  const at = span.address - block.address;
  if (TABLES[span.table].cell === 'bit') {
    // A bit is one byte, 0 or 1.
    return Uint8Array.of((present(bytes[at >> 3], 'the byte of a bit') >> (at & 7)) & 1);
  }
  const slice = bytes.subarray(at * 2, (at + span.cells) * 2);
  assert(slice.length === span.cells * 2, 'the reply holds every register of the value');
  if (guardAddress === undefined) return slice;
  const guardAt = (guardAddress - block.address) * 2;
  const guard = bytes.subarray(guardAt, guardAt + 2);
  assert(guard.length === 2, 'the reply holds the guard');
  return Uint8Array.of(...slice, ...guard);
}
