import { z } from 'zod';
import { REVIEW_DECISIONS } from '../../../core/verification/review.ts';
import { REASON_LENGTH_MAX, REVIEWS_MAX } from '../../../core/verification/review-rules.ts';
import { readingPageSchema } from './reading.ts';

export const reviewRequestSchema = z
  .object({
    decision: z.enum(REVIEW_DECISIONS),
    reason: z.string().min(1).max(REASON_LENGTH_MAX).describe('What was looked at, and why so'),
    seen: z
      .number()
      .int()
      .min(0)
      .max(REVIEWS_MAX)
      .optional()
      .describe('How many reviews of the reading the person had seen; another number there now is a conflict'),
  })
  .strict();

export const reviewQuerySchema = z.object({
  state: z.enum(['open', 'decided']).default('open').describe('open: no decision counts yet'),
  unit: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional(),
});

const instant = z.iso.datetime();

/** The power of one reading beside what its water should have given. */
const expectedPointSchema = z
  .object({
    index: z.number().int(),
    from: instant,
    to: instant,
    status: z.enum(['APPROVED', 'FLAGGED', 'REJECTED']),
    powerKw: z.number().nullable().describe('Mean over the interval; null where it was not measured'),
    expectedKw: z.number().nullable().describe('Null where neither flow nor gate say what to expect, or nothing flows'),
    lowKw: z.number().nullable().describe('Less than this, or more than highKw, is a finding'),
    highKw: z.number().nullable(),
    basis: z
      .enum(['modelByFlow', 'modelByGate', 'indexTest', 'guarantee', 'textbook'])
      .nullable()
      .describe(
        'What the expectation comes from: what the unit has shown (by its flow, or by its gate where that was not measured), or a curve',
      ),
    model: z
      .string()
      .nullable()
      .describe("Digest of the model, which is that of the reading's verdict; null for a curve"),
  })
  .meta({ id: 'ExpectedPoint' });

export const expectedListSchema = z
  .object({ items: z.array(expectedPointSchema).describe('Oldest first') })
  .meta({ id: 'ExpectedList' });

export const expectedQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(72).describe('How many readings, the asked one included'),
});

export const reviewPageSchema = readingPageSchema;
