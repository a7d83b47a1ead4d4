import { hash } from 'node:crypto';
import type { Reading } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';

import { type EfficiencyPrior, efficiencyPrior } from '../efficiency-prior.ts';
import type { Sibling } from '../layer.ts';
import { isSteady } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { WATCHED, type Watched } from '../time-line.ts';
import { learnSeasons, type WaterSeasons } from '../water-seasons.ts';
import { anomalyScore, growForest, type IsolationForest } from './isolation-forest.ts';
import { learnFromReviews, type ReviewedModel, type TrainingReviews } from './learn-from-reviews.ts';
import { type Observations, observe, RELATION_NAMES, RELATION_SHAPES, type RelationName } from './observe.ts';
import { withPrior } from './prior.ts';
import { fitRelation, MAD_TO_SIGMA, medianOf, type Relation } from './relation.ts';
import { type Residuals, residualsOf, standardized } from './residuals.ts';
import { binsOf, type TrainingBins } from './stability.ts';

/** What commissioning data taught about one unit. Plain JSON; its digest stands in the verdicts that relied on it. */
export interface TwinModel {
  readonly v: 1;
  readonly unitId: string;
  /** ISO 8601 UTC, begin and end of the readings it was learned from. */
  readonly trainedFrom: string;
  readonly trainedTo: string;
  /** Steadily generating readings among them. */
  readonly readings: number;
  readonly relations: Readonly<Partial<Record<RelationName, Relation>>>;
  /** How often each sensor showed the very value of the interval before while the unit generated, as a share. */
  readonly repeats: Readonly<Partial<Record<Watched, number>>>;
  /**
   * Standard deviation by which the residual of a relation moves from one reading to the next, over the root of two:
   * the noise of its sensors, without what wanders slowly.
   */
  readonly scatter: Readonly<Partial<Record<RelationName, number>>>;
  /** How the standardised residuals lay in the training readings, to tell when the unit has become another one. */
  readonly residuals: TrainingBins;
  /** Over the standardised residuals of all relations; absent while there are too few readings. */
  readonly forest?: IsolationForest;
  /** What the water was like by month of the year; absent where no month had enough readings. */
  readonly water?: WaterSeasons;
  /** Anomaly score that one in a thousand of the readings it was learned from passes. */
  readonly forestLimit?: number;
  /** What persons' reviews did to the relations; absent where no review of a person counted. */
  readonly reviewed?: ReviewedModel;
}

export interface TrainingReading {
  readonly reading: Reading;
  readonly siblings: readonly Sibling[];
}

/** Fewer steady readings than this teach nothing that could be held against anybody. */
export const TRAINING_READINGS_MIN = 288;
/** Rounded to this many digits, so that the same readings give the same model on any machine. */
const DIGITS = 9;
/** Any number does; this one makes the forest reproducible. */
const FOREST_SEED = 20_080_101;

const NO_REVIEWS: TrainingReviews = { approved: [], rejected: 0 };

/**
 * The model of a unit, or undefined when it has not generated enough yet. The same readings and reviews give the same
 * model. Reviews widen spreads within their bounds (`learnFromReviews`) and change nothing else of the relations.
 */
export function trainTwin(
  unit: UnitConfig,
  readings: readonly TrainingReading[],
  settings: VerificationSettings,
  reviews: TrainingReviews = NO_REVIEWS,
): TwinModel | undefined {
  const steady = readings.filter(({ reading }) => isSteady(reading, unit, settings));
  const [first] = steady;
  const last = steady.at(-1);
  if (first === undefined || last === undefined || steady.length < TRAINING_READINGS_MIN) return undefined;
  const observed = steady.map(({ reading, siblings }) => observe(reading, unit, siblings, settings));
  const { relations, reviewed } = learnFromReviews(fitAll(observed, unit, settings), reviews, unit, settings);
  const learned = {
    v: 1 as const,
    unitId: unit.id,
    trainedFrom: first.reading.from,
    trainedTo: last.reading.to,
    readings: steady.length,
    relations,
    repeats: repeatsOf(steady.map(({ reading }) => reading)),
  };
  const residuals = observed.map((each) => residualsOf(each, learned));
  const scatter = scatterOf(steady, residuals);
  const water = learnSeasons(readings.map(({ reading }) => reading));
  const model: TwinModel = {
    ...learned,
    scatter,
    residuals: binsOf(residuals),
    ...(water === undefined ? {} : { water }),
    ...(reviewed === undefined ? {} : { reviewed }),
  };
  const rows = residuals.map(standardized);
  const forest = growForest(rows, RELATION_NAMES, FOREST_SEED);
  if (forest === undefined) return model;
  const scores = rows.map((row) => anomalyScore(forest, row)).sort((a, b) => a - b);
  const forestLimit = Number((scores[Math.floor(0.999 * (scores.length - 1))] ?? 1).toPrecision(DIGITS));
  return { ...model, forest, forestLimit };
}

function fitAll(
  observed: readonly Observations[],
  unit: UnitConfig,
  settings: VerificationSettings,
): Partial<Record<RelationName, Relation>> {
  const relations: Partial<Record<RelationName, Relation>> = {};
  for (const name of RELATION_NAMES) {
    const points = observed.flatMap((each) =>
      each[name] === undefined ? [] : [[each[name].x, each[name].y] as const],
    );
    const relation = fitRelation(points, RELATION_SHAPES[name]);
    if (relation === undefined) continue;
    const whole =
      name === 'powerByFlow' ? withPrior(relation, RELATION_SHAPES[name], priorOf(unit, settings)) : relation;
    relations[name] = rounded(whole);
  }
  return relations;
}

function priorOf(unit: UnitConfig, settings: VerificationSettings): (load: number) => EfficiencyPrior {
  return (load) => efficiencyPrior(load, unit, settings);
}

function scatterOf(
  steady: readonly TrainingReading[],
  residuals: readonly Residuals[],
): Partial<Record<RelationName, number>> {
  const scatter: Partial<Record<RelationName, number>> = {};
  for (const name of RELATION_NAMES) {
    const steps = residuals.flatMap((each, index) => {
      const isNext = index > 0 && steady[index - 1]?.reading.to === steady[index]?.reading.from;
      const before = isNext ? residuals[index - 1]?.[name] : undefined;
      const own = each[name];
      return before === undefined || own === undefined ? [] : [Math.abs(own.share - before.share)];
    });
    if (steps.length < STEPS_MIN) continue;
    const seen = (MAD_TO_SIGMA * medianOf(steps)) / Math.SQRT2;
    // No instrument is that quiet for ever, whatever a quiet month looks like.
    scatter[name] = Number(Math.max(RELATION_SHAPES[name].spreadMin / 2, seen).toPrecision(DIGITS));
  }
  return scatter;
}

/** Steps from one reading to the next that say how a sensor scatters. */
const STEPS_MIN = 100;

function repeatsOf(readings: readonly Reading[]): Partial<Record<Watched, number>> {
  const repeats: Partial<Record<Watched, number>> = {};
  for (const name of WATCHED) {
    let pairs = 0;
    let equal = 0;
    for (const [index, reading] of readings.entries()) {
      const before = readings[index - 1];
      if (before === undefined || before.to !== reading.from) continue;
      if (before[name] === undefined || reading[name] === undefined) continue;
      pairs += 1;
      if (before[name].mean === reading[name].mean) equal += 1;
    }
    // One more than was seen, so that never having seen it is not taken for impossible (rule of succession).
    if (pairs > 0) repeats[name] = Number(((equal + 1) / (pairs + 2)).toPrecision(DIGITS));
  }
  return repeats;
}

const digests = new WeakMap<TwinModel, string>();

/** `sha256:` and the digest of the model's JSON text. */
export function twinDigest(model: TwinModel): string {
  const known = digests.get(model);
  if (known !== undefined) return known;
  const digest = `sha256:${hash('sha256', JSON.stringify(model), 'hex')}`;
  digests.set(model, digest);
  return digest;
}

function rounded({ x, y, spread, count }: Relation): Relation {
  const round = (values: readonly number[]): number[] => values.map((value) => Number(value.toPrecision(DIGITS)));
  return { x: round(x), y: round(y), spread: round(spread), count };
}
