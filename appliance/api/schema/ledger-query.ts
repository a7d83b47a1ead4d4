import { z } from 'zod';
import { entrySchema } from './ledger.ts';

const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const indexParamsSchema = z.object({ index: count.describe('Index of the ledger entry') });

export const entryPageQuerySchema = z.object({
  before: count.optional().describe('Entries with a smaller index; the newest ones when absent'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const entryPageSchema = z.object({
  items: z.array(entrySchema).describe('Newest first'),
  nextBefore: z.number().int().nullable().describe('`before` of the next page; null on the last one'),
});

export const inclusionQuerySchema = z.object({
  index: count,
  size: count.optional().describe('Size of the ledger that the proof is for; now when absent'),
});

export const consistencyQuerySchema = z.object({
  from: count.describe('The earlier size'),
  to: count.optional().describe('The later size; now when absent'),
});
