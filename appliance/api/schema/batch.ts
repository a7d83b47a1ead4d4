import { z } from 'zod';
import { FOUND_BY } from '../../../core/sync/sealed-batches.ts';
import { anchorReceiptSchema, anchorStateSchema } from './anchor.ts';

const count = z.number().int().min(0);
const place = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const limit = z.coerce.number().int().min(1).max(500);

export const batchQuerySchema = z.object({
  filter: z
    .enum(['all', 'open', 'parked'])
    .default('all')
    .describe('open: some target has still to be given it; parked: a person must decide'),
  before: place.optional().describe('Only batches before this one'),
  limit: limit.default(50),
});
export const batchFindSchema = z.object({
  what: z
    .string()
    .min(1)
    .max(200)
    .describe(
      'Index of an entry, sequence number with or without its topic (0.0.5005/17), transaction id, or at least 8 digits of the id of a message',
    ),
});
export const batchReadingsQuerySchema = z.object({
  after: place.optional().describe('Only readings after this entry'),
  limit: limit.default(100),
});

/** What the message states, as docs/sync.md has it. */
export const statementSchema = z
  .object({
    forebay: z
      .union([z.literal(1), z.literal(2)])
      .describe('Form of the message: in 1 `from` and `to` are the time it was sealed for, in 2 that of its readings'),
    plant: z.string(),
    did: z.string(),
    log: z.string(),
    size: count,
    root: z.string(),
    from: z.string().nullable().describe('Null where no reading is in it'),
    to: z.string().nullable(),
    approved: count,
    flagged: count,
    rejected: count,
    creditedWh: z.number().int(),
    reviewedWh: z.number().int(),
    rules: z.string(),
    models: z.string().nullable(),
    methodology: z.string().nullable(),
  })
  .meta({ id: 'BatchStatement' });

export const batchSchema = z
  .object({
    index: count.describe('Index of the entry of the batch'),
    id: z.string().describe('SHA-256 of the message, hexadecimal'),
    first: count.describe('The sealed entries are first <= index < end'),
    end: count,
    size: count.describe('Size of the ledger at the checkpoint that the message names'),
    messageBytes: count,
    state: anchorStateSchema,
    receipts: z.array(anchorReceiptSchema).readonly(),
    stated: statementSchema.nullable().describe('Null for a message of another form than this version knows'),
  })
  .meta({ id: 'Batch' });

export const batchDeliverySchema = z
  .object({
    target: z.string(),
    isPublic: z.boolean(),
    state: z
      .enum(['waiting', 'sending', 'unknown', 'delivered', 'parked', 'not-given'])
      .describe('not-given: sealed while this was no target; it does not hold it, and is not given it by itself'),
    withBatch: count
      .nullable()
      .describe(
        'The later batch with which a hub is given the entries, whose state this is; null for a delivery of its own',
      ),
    attempts: count,
    fault: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
    receiptIndex: count.nullable().describe('Index of the entry that holds the receipt'),
    receipt: z.record(z.string(), z.unknown()).nullable().describe('What the target said, as the entry holds it'),
  })
  .meta({ id: 'BatchDelivery' });

export const batchDetailSchema = batchSchema
  .extend({
    sealedAt: z.iso.datetime().describe('When the batch was recorded, ISO 8601 UTC'),
    message: z.string().describe('What every target is given, canonical JSON with its signature'),
    readings: count,
    decisions: z
      .array(z.object({ index: count, readingIndex: count, decision: z.string() }))
      .describe("Persons' decisions in this batch, the first 100, with the reading that each is on"),
    deliveries: z.array(batchDeliverySchema),
  })
  .meta({ id: 'BatchDetail' });

export const batchPageSchema = z
  .object({
    items: z.array(batchSchema).describe('Newest first'),
    nextBefore: count.nullable().describe('`before` of the next page; null on the last one'),
  })
  .meta({ id: 'BatchPage' });

export const foundBatchesSchema = z
  .object({
    items: z.array(z.object({ by: z.enum(FOUND_BY).describe('What the text turned out to name'), batch: batchSchema })),
  })
  .meta({ id: 'FoundBatches' });
