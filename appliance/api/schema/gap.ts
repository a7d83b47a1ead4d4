import { z } from 'zod';
import { gapSchema } from './reading.ts';

const instant = z.iso.datetime();

/** A stretch of whole intervals in which nothing was recorded, as an entry of the ledger. */
export const recordedGapSchema = gapSchema.extend({ index: z.number().int(), unitId: z.string() });

export const gapPageSchema = z.object({ items: z.array(recordedGapSchema), nextCursor: z.string().nullable() });

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
