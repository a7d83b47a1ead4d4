import type { Close } from '../../core/carbon/closed-months.ts';
import type { Period } from '../../core/evidence/bundle-format.ts';
import { PeriodTotals } from '../../core/evidence/period-totals.ts';
import { SampleLosses } from '../../core/evidence/sample-losses.ts';
import { Failure } from '../../core/model/failure.ts';
import { toIso } from '../../core/model/time.ts';
import { entriesOfKinds, lastRecordedAtMs, readEntry } from '../../core/store/entries.ts';
import {
  allReadingsSpan,
  checkpointSizeUpTo,
  deliveriesOfRange,
  gapsTouching,
  hasReadingBefore,
  type PeriodExtent,
  periodExtent,
  reviewsOfRange,
  unitsWithin,
} from '../../core/store/evidence-queries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { monthCloses } from '../../core/store/months.ts';
import { indexesOfKind, type RareKind } from '../../core/store/stored-entries.ts';
import type { VerificationSettings } from '../../core/verification/settings.ts';
import { firstIndexNeeded } from '../judging-history.ts';

/** Which entries a bundle holds. Fixed at the start: the ledger only grows, so nothing of it changes meanwhile. */
export interface BundlePlan {
  readonly period: Period;
  readonly periodMs: { readonly fromMs: number; readonly toMs: number };
  readonly range: { readonly from: number; readonly to: number };
  readonly treeSize: number;
  /** Indexes of the entries beside the range, ascending. */
  readonly context: readonly number[];
  /** Indexes of the batches that touch the range and of their receipts, from after it; ascending. */
  readonly deliveries: readonly number[];
  /** Sizes of the checkpoints, ascending. */
  readonly checkpoints: readonly number[];
}

/**
 * The readings that lie wholly in the period, from the write before the first of them to the write of the last, and what
 * else is needed to judge them: everything that a person said later, and what was in force before. With `history`, the
 * settings in force, the range begins where the first thing stands that a layer looked at.
 *
 * @throws Failure `LED_BUNDLE_NOTHING` when the period holds no reading.
 */
export function planBundle(
  store: ReadableStore,
  periodMs: { readonly fromMs: number; readonly toMs: number },
  keptSizes: readonly number[],
  history?: VerificationSettings,
): BundlePlan {
  const { fromMs, toMs } = periodMs;
  const reader = ledgerReader(store);
  return store.snapshot(() => {
    const ofPeriod = periodExtent(store, fromMs, toMs);
    if (ofPeriod === undefined) throw nothing(store, fromMs, toMs);
    const closes = closesWithin(store, periodMs);
    const extent = withMonths(ofPeriod, closes);
    const treeSize = checkpointSizeUpTo(store, reader.size());
    const range = {
      from: checkpointSizeUpTo(store, history === undefined ? extent.first : firstBehind(store, extent, history)),
      to: reader.checkpointFrom(extent.last + 1)?.size ?? treeSize,
    };
    const context = contextOf(store, { range, treeSize, periodMs }, closes);
    const deliveries = deliveriesOfRange(store, range, treeSize);
    const months = closes.map(({ body }) => body.size).filter((size) => reader.checkpointFrom(size)?.size === size);
    const named = [...deliveries.sizes, ...months, ...keptSizes];
    const sizes = [range.from, range.to, treeSize, ...named].filter((size) => size > 0);
    const reachedMs = Math.max(allReadingsSpan(store)?.toMs ?? 0, lastRecordedAtMs(store) ?? 0);
    const state = reachedMs >= toMs ? 'finished' : 'unfinished';
    return {
      period: { from: toIso(fromMs), to: toIso(toMs), state },
      periodMs,
      range,
      treeSize,
      context,
      deliveries: deliveries.indexes,
      checkpoints: [...new Set(sizes)].sort((a, b) => a - b),
    };
  });
}

/** Index of the first entry that a verdict on the period's readings rests on. */
function firstBehind(store: ReadableStore, { first, last }: PeriodExtent, settings: VerificationSettings): number {
  const units = unitsWithin(store, first, last);
  const from = Math.min(first, ...units.map((unitId) => firstIndexNeeded(store, unitId, settings, first)));
  // That there is nothing before the first reading is seen only from the ledger's beginning on.
  return hasReadingBefore(store, from) ? from : 0;
}

/** The closes of months that lie wholly in the period. */
function closesWithin(store: ReadableStore, { fromMs, toMs }: BundlePlan['periodMs']): readonly Close[] {
  const closes = monthCloses(store).map(({ index, at, body }) => ({ index, at, body }) as unknown as Close);
  return closes.filter(({ body }) => Date.parse(body.from) >= fromMs && Date.parse(body.to) <= toMs);
}

/** The extent with every reading that these months were added up from: one may have begun before the period. */
function withMonths({ first, last }: PeriodExtent, closes: readonly Close[]): PeriodExtent {
  return {
    first: Math.min(first, ...closes.map(({ body }) => body.first)),
    last: Math.max(last, ...closes.map(({ body }) => body.end - 1)),
  };
}

function contextOf(
  store: ReadableStore,
  { range, treeSize, periodMs }: Pick<BundlePlan, 'range' | 'treeSize' | 'periodMs'>,
  closes: readonly Close[],
): readonly number[] {
  const isOutside = (index: number): boolean => index < range.from || index >= range.to;
  const totals = new PeriodTotals(periodMs, () => []);
  const meters = indexesOfKind(store, 'meter', 0, treeSize).filter(isOutside);
  const ofPeriod = meters.filter((index) => totals.holdsMeter(readEntry(store, index)?.body ?? {}));
  const before = (kind: RareKind): readonly number[] => indexesOfKind(store, kind, 0, range.from);
  const indexes = new Set([
    0,
    ...indexesOfKind(store, 'key', 0, treeSize),
    ...before('configuration').slice(-1),
    ...modelsInForce(store, before('model')),
    ...reviewsOfRange(store, range, treeSize),
    ...ofPeriod,
    ...closes.map(({ index }) => index).filter((index) => isOutside(index) && index < treeSize),
    ...mintsBehind(store, range),
    ...lossesOf(store, periodMs, treeSize).filter(isOutside),
    ...gapsTouching(store, periodMs.fromMs, periodMs.toMs, treeSize).filter(isOutside),
  ]);
  return [...indexes].sort((a, b) => a - b);
}

/**
 * What mints and approvals of the range are held against, from before it: what was closed, approved and made into a token, and
 * on each network the mint before, where its energy ends. Nothing where the range holds none of them.
 */
function mintsBehind(store: ReadableStore, { from, to }: BundlePlan['range']): readonly number[] {
  const isIn = (kind: RareKind): boolean => indexesOfKind(store, kind, from, to).length > 0;
  if (!isIn('token-minted') && !isIn('mint-approved')) return [];
  const before = (kind: RareKind): readonly number[] => indexesOfKind(store, kind, 0, from);
  const tokens = before('token');
  const networks = new Set(tokens.map((index) => readEntry(store, index)?.body.network));
  const latest: number[] = [];
  for (const { index, body } of entriesOfKinds(store, ['token-minted'], { order: 'desc', before: from })) {
    if (networks.size === 0) break;
    if (networks.delete(body.network)) latest.push(index);
  }
  return [...before('month-closed'), ...before('mint-approved'), ...tokens, ...latest];
}

/** What the ledger says, before or after the range, of raw samples of the period that are not there. */
function lossesOf(store: ReadableStore, periodMs: BundlePlan['periodMs'], treeSize: number): readonly number[] {
  const losses = new SampleLosses();
  for (const index of indexesOfKind(store, 'samples', 0, treeSize)) {
    const entry = readEntry(store, index);
    if (entry !== undefined) losses.take(entry);
  }
  return losses.within(periodMs).map(({ index }) => index);
}

/** The latest model entry of each unit. */
function modelsInForce(store: ReadableStore, indexes: readonly number[]): readonly number[] {
  const latest = new Map(indexes.map((index) => [readEntry(store, index)?.body.unitId, index]));
  return [...latest.values()];
}

function nothing(store: ReadableStore, fromMs: number, toMs: number): Failure {
  const span = allReadingsSpan(store);
  const hint =
    span === undefined
      ? 'the ledger holds no readings at all yet'
      : `the ledger holds readings from ${toIso(span.fromMs)} to ${toIso(span.toMs)}`;
  return new Failure('LED_BUNDLE_NOTHING', `No reading lies wholly between ${toIso(fromMs)} and ${toIso(toMs)}.`, {
    hint,
    exitCode: 2,
  });
}
