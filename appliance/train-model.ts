import type { Reading } from '../core/acquisition/reading.ts';
import type { PlantConfig, UnitConfig } from '../core/config/plant.ts';
import { Failure } from '../core/model/failure.ts';
import { entriesBetween } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { type DecidedReading, reviewsOf } from '../core/store/reviews.ts';
import { isWitness, siblingsOf } from '../core/verification/plant-memory.ts';
import { hasVeto } from '../core/verification/review.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import { doubtedRelations } from '../core/verification/twin/doubted-relations.ts';
import type { ApprovedReading, TrainingReviews } from '../core/verification/twin/learn-from-reviews.ts';
import {
  TRAINING_READINGS_MIN,
  type TrainingReading,
  type TwinModel,
  trainTwin,
} from '../core/verification/twin/twin-model.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import type { TrainingBoundary } from './training-boundary.ts';

export interface TrainingRequest {
  readonly unitId: string;
  /** Readings that begin at or after this; when absent, as far back as they are comparable, 90 days at most. */
  readonly fromMs?: number | undefined;
  /** Readings that end at or before this; when absent, up to the newest. */
  readonly toMs?: number | undefined;
}

export interface TrainingParts {
  readonly store: ReadableStore;
  readonly config: PlantConfig;
  readonly settings: VerificationSettings;
  readonly origin: 'plant' | 'demo';
  /** What made earlier readings of the unit incomparable last, if anything did. */
  readonly boundary: TrainingBoundary | undefined;
  /** Entries read so far, and all that will be. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
}

const DAYS_DEFAULT = 90;
const MS_PER_DAY = 86_400_000;
const PROGRESS_ENTRIES = 500;

/**
 * Learns a unit's model from its recorded readings, each beside the readings of the other units that it was judged
 * beside. Readings that the verifier or a person rejected teach nothing; what persons approved of the doubted ones may widen
 * a relation. The same readings and reviews give the same model.
 *
 * @throws Failure `VER_TRAIN_...` where the readings teach nothing that could be held against anybody.
 */
export function trainFromLedger(parts: TrainingParts, request: TrainingRequest): TwinModel {
  const { store, config, settings } = parts;
  const unit = unitToTrain(config, request.unitId);
  const span = spanOf(parts, request);
  const { training, reviews } =
    span === undefined ? NOTHING_READ : store.snapshot(() => readTraining(parts, request.unitId, span));
  const model = trainTwin(unit, training, settings, reviews);
  if (model === undefined) throw tooFew(parts, request.unitId, training.length);
  return model;
}

/** @throws Failure `VER_TRAIN_NO_UNIT` */
export function unitToTrain({ units }: Pick<PlantConfig, 'units'>, unitId: string): UnitConfig {
  const unit = units.find(({ id }) => id === unitId);
  if (unit !== undefined) return unit;
  throw new Failure('VER_TRAIN_NO_UNIT', `The plant has no unit "${unitId}".`, {
    hint: `its units are ${units.map(({ id }) => id).join(', ')}`,
    exitCode: 2,
  });
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
}

function spanOf({ store, boundary }: TrainingParts, { unitId, fromMs, toMs }: TrainingRequest): Span | undefined {
  const untilMs = toMs ?? newestEnd(store, unitId);
  const sinceMs = fromMs ?? untilMs - DAYS_DEFAULT * MS_PER_DAY;
  // Without a begin, what is not comparable is left out; with one, it was asked for and is refused.
  const after = fromMs === undefined ? (boundary?.index ?? -1) : -1;
  const row = store.get<{ first: number | null; last: number }>(
    `SELECT min(idx) AS first, max(idx) AS last FROM readings
     WHERE unit_id = ? AND from_ms >= ? AND to_ms <= ? AND idx > ?`,
    unitId,
    sinceMs,
    untilMs,
    after,
  );
  if (row === undefined || row.first === null) return undefined;
  if (boundary !== undefined && row.first < boundary.index) throw incomparable(boundary);
  return { fromMs: sinceMs, toMs: untilMs, firstIndex: row.first, lastIndex: row.last };
}

function newestEnd(store: ReadableStore, unitId: string): number {
  const sql = 'SELECT max(to_ms) AS toMs FROM readings WHERE unit_id = ?';
  return store.get<{ toMs: number | null }>(sql, unitId)?.toMs ?? 0;
}

interface TrainingMaterial {
  readonly training: readonly TrainingReading[];
  readonly reviews: TrainingReviews;
}

const NOTHING_READ: TrainingMaterial = { training: [], reviews: { approved: [], rejected: 0 } };

function readTraining(
  { store, config, origin, onProgress }: TrainingParts,
  unitId: string,
  { fromMs, toMs, firstIndex, lastIndex }: Span,
): TrainingMaterial {
  const training: TrainingReading[] = [];
  const approved: ApprovedReading[] = [];
  let rejected = 0;
  const witnesses = new Map<string, Reading>();
  const decided = new Map(reviewsOf(store, unitId).map((each) => [each.readingIndex, each]));
  let done = 0;
  for (const { index: idx, kind, body } of entriesBetween(store, firstIndex, lastIndex + 1)) {
    if (kind !== 'reading') continue;
    const { reading, verdict } = body as unknown as { reading: Reading; verdict: Verdict };
    if (reading.origin !== origin) throw mixed(idx, reading.origin, origin);
    const isAsked = reading.unitId === unitId && Date.parse(reading.from) >= fromMs && Date.parse(reading.to) <= toMs;
    if (isAsked) {
      const decision = decided.get(idx);
      const siblings = siblingsOf(reading, witnesses, config);
      const isRefused = decision?.decision === 'reject';
      if (verdict.status !== 'REJECTED' && !isRefused) training.push({ reading, siblings });
      if (verdict.status !== 'REJECTED' && isRefused) rejected += 1;
      if (isHonestSample(reading, verdict, decision))
        approved.push({ reading, siblings, doubted: doubtedRelations(verdict.findings) });
    }
    if (isWitness({ verdict })) witnesses.set(reading.unitId, reading);
    done += 1;
    if (done % PROGRESS_ENTRIES === 0) onProgress?.(done, lastIndex - firstIndex + 1);
  }
  onProgress?.(done, done);
  return { training, reviews: { approved, rejected } };
}

/**
 * Whether persons' approval makes the reading an honest sample of the unit: the checks had flagged it, or rejected it and
 * two persons agreed. Never where physics or the order of the register spoke a veto, and never of a simulated plant.
 */
function isHonestSample(reading: Reading, verdict: Verdict, decided: DecidedReading | undefined): boolean {
  if (decided?.decision !== 'approve' || reading.origin !== 'plant' || hasVeto(verdict)) return false;
  return verdict.status === 'FLAGGED' || (verdict.status === 'REJECTED' && decided.persons >= 2);
}

function tooFew({ boundary }: TrainingParts, unitId: string, read: number): Failure {
  const since = boundary === undefined ? '' : ` since ${boundary.what} at ${boundary.at}`;
  return new Failure(
    'VER_TRAIN_TOO_FEW',
    `${unitId} has ${read} usable readings${since}, and fewer than ${TRAINING_READINGS_MIN} of them show it generating steadily.`,
    { hint: 'let the unit run for some days at all its usual loads and train again', exitCode: 1 },
  );
}

function incomparable({ what, at, index }: TrainingBoundary): Failure {
  return new Failure(
    'VER_TRAIN_INCOMPARABLE',
    `Some of these readings are from before ${what} (entry ${index}, ${at}) and cannot be compared with those since.`,
    { hint: `train from ${at} on, or leave out --from`, exitCode: 2 },
  );
}

function mixed(index: number, found: string, wanted: string): Failure {
  return new Failure(
    'VER_TRAIN_MIXED_ORIGIN',
    `Entry ${index} is of a ${found}, and the model would be of a ${wanted}.`,
    { hint: 'a simulated plant teaches nothing about a real one: train on a ledger of this plant alone', exitCode: 2 },
  );
}
