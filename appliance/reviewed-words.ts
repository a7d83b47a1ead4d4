import { show } from '../core/verification/suspicion.ts';
import {
  REVIEWED_DAYS_MIN,
  REVIEWED_FACTOR_MAX,
  REVIEWED_READINGS_MIN,
  type ReviewedModel,
  type ReviewedRelation,
} from '../core/verification/twin/learn-from-reviews.ts';
import { RELATION_LABELS, RELATION_NAMES } from '../core/verification/twin/observe.ts';

/** What persons' reviews did to a model, as sentences for an operator. */
export function reviewedWords({ approved, rejected, relations }: ReviewedModel): string {
  const counted = `Persons approved ${approved} doubted readings and rejected ${rejected} others, which were left out.`;
  const effects = RELATION_NAMES.flatMap((name) => {
    const relation = relations[name];
    return relation === undefined ? [] : [`${capital(RELATION_LABELS[name])}: ${effectOf(relation)}.`];
  });
  return [counted, ...effects].join(' ');
}

function effectOf({ readings, days, factor }: ReviewedRelation): string {
  const counted = `${readings} ${readings === 1 ? 'reading' : 'readings'} of ${days} ${days === 1 ? 'day' : 'days'}`;
  if (factor > 1)
    return `${show(factor, 2)} times the spread at their loads, by ${counted} (at most ${REVIEWED_FACTOR_MAX})`;
  const isFew = readings < REVIEWED_READINGS_MIN || days < REVIEWED_DAYS_MIN;
  const needed = isFew ? `, ${REVIEWED_READINGS_MIN} of ${REVIEWED_DAYS_MIN} days are needed` : '';
  return `unchanged by ${counted}${needed}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
