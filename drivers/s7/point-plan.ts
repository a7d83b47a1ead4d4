import type { Outcome } from '../../core/acquisition/sample.ts';
import type { PointConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { type Decoder, decoderOf } from './decode.ts';
import type { Frames } from './frames.ts';
import { groupRuns, halveRun, planRuns, type Run, runOf, type Span, spanOf } from './plan-runs.ts';
import type { S7PointSettings } from './point-schema.ts';
import { recipeOf, type S7Recipe } from './recipe.ts';
import type { Refusals } from './refusals.ts';

/** One request: its bytes, save the reference, and the items that it asks for. */
export interface Request {
  readonly frame: Buffer;
  readonly runs: readonly Run[];
}

export interface PlanParts {
  readonly frames: Frames;
  readonly refusals: Refusals;
  readonly gap: number;
  readonly pduBytes: number;
}

/** The requests that read a list of points, kept from poll to poll, and the way from an item back to a point. */
export class PointPlan {
  readonly #points: readonly PointConfig[];
  readonly #parts: PlanParts;
  readonly #spans: readonly Span[];
  readonly #recipes: readonly S7Recipe[];
  readonly #decoders: readonly Decoder[];
  #requests: readonly Request[] = [];
  #refused: readonly Run[] = [];
  #plannedVersion = -1;

  constructor(points: readonly PointConfig[], parts: PlanParts) {
    this.#points = points;
    this.#parts = parts;
    this.#spans = points.map((point) => spanOf((point.settings as S7PointSettings).address));
    this.#recipes = points.map(recipeOf);
    this.#decoders = this.#recipes.map(decoderOf);
  }

  isFor(points: readonly PointConfig[]): boolean {
    if (points === this.#points) return true;
    return points.length === this.#points.length && points.every((point, index) => point === this.#points[index]);
  }

  /** The requests of a round: all that is not refused, and again what was refused a while ago. */
  requestsDue(nowMs: number): readonly Request[] {
    const { refusals } = this.#parts;
    if (this.#plannedVersion !== refusals.version) this.#planAgain();
    const due = this.#refused.filter((run) => refusals.isDue(run, nowMs));
    return due.length === 0 ? this.#requests : [...this.#requests, ...due.map((run) => this.requestOf([run]))];
  }

  requestOf(runs: readonly Run[]): Request {
    return { frame: this.#parts.frames.readRequest(runs), runs };
  }

  halve(run: Run): [Run, Run] | [] {
    return halveRun(run, this.#spans);
  }

  spanOf(index: number): Span {
    return present(this.#spans[index], 'the span of a member');
  }

  refOf(index: number): string {
    return present(this.#points[index], 'the point of a member').ref;
  }

  /** The outcome of one member of a run whose bytes are `bytes`. */
  decodeMember(index: number, run: Run, bytes: Uint8Array, readAtMs: number): Outcome {
    const { ref, unit } = present(this.#points[index], 'the point of a member');
    const span = this.spanOf(index);
    const recipe = present(this.#recipes[index], 'the recipe of a member');
    const decoder = present(this.#decoders[index], 'the decoder of a member');
    const raw = bytes.slice(span.byte - run.byte, span.byte - run.byte + span.bytes);
    this.#parts.refusals.restore(span);
    const value = decoder.value(raw);
    if (typeof value === 'object') return { kind: 'miss', point: ref, fault: value, atMs: readAtMs };
    const sample = { kind: 'sample', point: ref, value, unit, quality: 'good', readAtMs, raw, recipe } as const;
    return decoder.register === undefined ? sample : { ...sample, register: decoder.register(raw) };
  }

  #planAgain(): void {
    const { refusals, gap, pduBytes } = this.#parts;
    const asked: number[] = [];
    const refused: number[] = [];
    for (const [index, span] of this.#spans.entries()) {
      (refusals.faultOf(span) === undefined ? asked : refused).push(index);
    }
    const runs = planRuns(
      asked.map((index) => this.spanOf(index)),
      gap,
      pduBytes,
      refusals,
    ).map((run) => ({ ...run, members: run.members.map((member) => present(asked[member], `index ${member}`)) }));
    this.#requests = groupRuns(runs, pduBytes).map((group) => this.requestOf(group));
    this.#refused = refused.map((index) => runOf([index], this.#spans));
    this.#plannedVersion = refusals.version;
  }
}
