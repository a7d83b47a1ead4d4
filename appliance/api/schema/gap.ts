import { z } from 'zod';
import { gapSchema } from './reading.ts';

const instant = z.iso.datetime();

/** A stretch of a unit without a usable value, as an entry of the ledger. */
export const recordedGapSchema = gapSchema.extend({
  index: z.number().int(),
  unitId: z.string(),
  treatment: z
    .string()
    .nullable()
    .describe(
      'counter-difference: the meter counted on; not-credited: nothing did; not-known-yet: the next register tells',
    ),
  energyWh: z.number().int().nullable().describe('What the meter counted over the gap, where it is known'),
  readingIndex: z.number().int().nullable().describe('The reading that this energy is in'),
  missingMs: z.number().int().describe('Less than the whole gap where short stretches make one entry'),
});

export const openGapSchema = z.object({
  unitId: z.string(),
  from: instant,
  knownTo: instant.describe('End of the newest reading, which it reaches'),
  reason: z.string(),
});

export const gapPageSchema = z.object({
  items: z.array(recordedGapSchema),
  open: z.array(openGapSchema).describe('Stretches that have not ended yet'),
  nextCursor: z.string().nullable(),
});

export const gapQuerySchema = z.object({
  unit: z.string().optional(),
  from: instant.optional().describe('Gaps that end after this'),
  to: instant.optional().describe('Gaps that begin before this'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'is not a cursor of this call')
    .optional(),
});
