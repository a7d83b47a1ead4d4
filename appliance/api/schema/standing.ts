import { z } from 'zod';
import { CREDIT_STATES } from '../../../core/verification/credit.ts';
import { REVIEW_DECISIONS, REVIEW_ROLES } from '../../../core/verification/review.ts';

const instant = z.iso.datetime();

export const creditSchema = z
  .object({
    state: z.enum(CREDIT_STATES),
    creditedWh: z.number().int().describe('Whole watt-hours, rounded down; 0 in every state but credited'),
    reason: z.string().describe('Why, as a sentence'),
  })
  .meta({ id: 'Credit' });

export const reviewSchema = z
  .object({
    index: z.number().int().describe('Index of its ledger entry'),
    at: instant,
    decision: z.enum(REVIEW_DECISIONS),
    reason: z.string(),
    by: z.string(),
    role: z.enum(REVIEW_ROLES),
    fourEyes: z.boolean().describe('Whether plant.yaml asked for two persons then'),
  })
  .meta({ id: 'Review' });

export const reviewStandingSchema = z
  .object({
    state: z
      .enum(['none', 'open', 'decided'])
      .describe('open: a second person is needed, or two disagree; decided: the decision counts'),
    decision: z.enum(REVIEW_DECISIONS).nullable().describe('The newest decision; null without a review'),
    items: z.array(reviewSchema).describe('Every review, oldest first'),
  })
  .meta({ id: 'ReviewStanding' });
