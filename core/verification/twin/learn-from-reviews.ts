import type { Reading } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import type { Sibling } from '../layer.ts';
import { isSteady } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { flagSigmas } from './flag-sigmas.ts';
import { observe, RELATION_NAMES, RELATION_SHAPES, type RelationName } from './observe.ts';
import { predict, type Relation } from './relation.ts';

/** What persons said of the readings that a model is learned from. */
export interface TrainingReviews {
  readonly approved: readonly ApprovedReading[];
  /** Readings left out because a person rejected them, though the checks had not. */
  readonly rejected: number;
}

/** A reading that the checks doubted and that persons approved by a decision that counts. */
export interface ApprovedReading {
  readonly reading: Reading;
  readonly siblings: readonly Sibling[];
  /** The relations of the twin that its recorded findings name. */
  readonly doubted: readonly RelationName[];
}

/** What reviews did to a model, as its text says it. */
export interface ReviewedModel {
  readonly approved: number;
  readonly rejected: number;
  readonly relations: Readonly<Partial<Record<RelationName, ReviewedRelation>>>;
}

export interface ReviewedRelation {
  /** Approved readings that had been doubted for this relation, and the days (UTC) that they are of. */
  readonly readings: number;
  readonly days: number;
  /** What the spread was multiplied by; 1 where too few readings speak for more. */
  readonly factor: number;
  /** Positions in the relation's `spread` that were, the nearest to the readings; elsewhere nothing changed. */
  readonly at: readonly number[];
}

type Relations = Readonly<Partial<Record<RelationName, Relation>>>;

/** Fewer readings, or all of one day, are no habit of the site. */
export const REVIEWED_READINGS_MIN = 5;
export const REVIEWED_DAYS_MIN = 2;
/** However many readings persons approve, no spread grows by more. */
export const REVIEWED_FACTOR_MAX = 1.5;
/** So many of the approved readings come to lie within the limit: a single one that was approved by mistake says little. */
const WITHIN_SHARE = 0.9;
/** The next reading of the kind is hardly the very same. */
const ROOM = 1.05;
/** A claim that physics refuses stays this far beyond what is flagged. */
const VETO_ROOM = 0.99;
const DIGITS = 9;

/**
 * The relations with the spread that approved readings speak for, at the loads where they lie; the lines themselves stay
 * what all readings say. A veto stays a finding whatever was approved: the factor is held below the quotient of the limit
 * that refuses and the limit that flags.
 */
export function learnFromReviews(
  relations: Relations,
  { approved, rejected }: TrainingReviews,
  unit: UnitConfig,
  settings: VerificationSettings,
): { readonly relations: Relations; readonly reviewed: ReviewedModel | undefined } {
  if (approved.length === 0 && rejected === 0) return { relations, reviewed: undefined };
  const widened: Partial<Record<RelationName, Relation>> = { ...relations };
  const told: Partial<Record<RelationName, ReviewedRelation>> = {};
  for (const name of RELATION_NAMES) {
    const relation = relations[name];
    if (relation === undefined) continue;
    const spoken = approved.flatMap((each) => speechOf(each, name, relation, unit, settings));
    if (spoken.length === 0) continue;
    const days = new Set(spoken.map(({ day }) => day)).size;
    const isHabit = spoken.length >= REVIEWED_READINGS_MIN && days >= REVIEWED_DAYS_MIN;
    const factor = isHabit ? factorOf(spoken, settings.physics) : 1;
    const at = factor > 1 ? [...new Set(spoken.map(({ knot }) => knot))].sort((a, b) => a - b) : [];
    told[name] = { readings: spoken.length, days, factor, at };
    const spread = relation.spread.map((own, knot) =>
      at.includes(knot) ? Number((own * factor).toPrecision(DIGITS)) : own,
    );
    widened[name] = { ...relation, spread };
  }
  return { relations: widened, reviewed: { approved: approved.length, rejected, relations: told } };
}

/** What one approved reading says of one relation. */
interface Speech {
  readonly day: string;
  /** The nearest position of the relation. */
  readonly knot: number;
  /** How many times over the limit it lies; less than 1 within. */
  readonly times: number;
}

function speechOf(
  { reading, siblings, doubted }: ApprovedReading,
  name: RelationName,
  relation: Relation,
  unit: UnitConfig,
  settings: VerificationSettings,
): Speech[] {
  if (!doubted.includes(name) || !isSteady(reading, unit, settings)) return [];
  const seen = observe(reading, unit, siblings, settings)[name];
  if (seen === undefined) return [];
  const { y, spread } = predict(relation, seen.x, RELATION_SHAPES[name]);
  const share = seen.y - y;
  const distances = relation.x.map((x) => Math.abs(x - seen.x));
  return [
    {
      day: reading.from.slice(0, 10),
      knot: distances.indexOf(Math.min(...distances)),
      times: Math.abs(share) / spread / flagSigmas(name, share, settings),
    },
  ];
}

function factorOf(spoken: readonly Speech[], limits: VerificationSettings['physics']): number {
  const times = spoken.map((each) => each.times).sort((a, b) => a - b);
  const wanted = ROOM * (times[Math.ceil(WITHIN_SHARE * times.length) - 1] ?? 0);
  const most = Math.min(REVIEWED_FACTOR_MAX, (VETO_ROOM * limits.twinRejectSigmas) / limits.twinFlagSigmas);
  // Rounded down, so that no limit is passed by a rounding.
  return Math.max(1, Math.floor(Math.min(wanted, most) * 1e4) / 1e4);
}
