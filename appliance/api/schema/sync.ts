import { z } from 'zod';
import { linkSchema } from './link.ts';
import { targetSchema } from './status.ts';

const count = z.number().int().min(0);

export const deliveryParamsSchema = z.object({
  target: z.string().min(1).max(64),
  batch: z.coerce.number().int().min(0),
});
export const deliveryQuerySchema = z.object({
  state: z.enum(['waiting', 'sending', 'unknown', 'delivered', 'parked']).default('waiting'),
  after: z.coerce.number().int().min(0).optional().describe('Only batches after this one'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const targetParamsSchema = z.object({ target: z.string().min(1).max(64) });
export const parkRequestSchema = z.object({ reason: z.string().trim().min(1).max(500) });

export const deliverySchema = z
  .object({
    target: z.string(),
    batch: count.describe('Index of the entry of the batch'),
    id: z.string().describe('SHA-256 of the message, hexadecimal'),
    first: count.describe('The sealed entries are first <= index < end'),
    end: count,
    size: count.describe('Size of the ledger at the checkpoint that the message names'),
    message: z.string().describe('What a target is given, canonical JSON with its signature'),
    state: z.enum(['waiting', 'sending', 'unknown', 'delivered', 'parked']),
    attempts: count,
    receiptIndex: count.nullable().describe('Index of the entry that holds the receipt'),
    fault: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).optional(),
  })
  .meta({ id: 'Delivery' });

export const deliveryListSchema = z
  .object({ items: z.array(deliverySchema), nextAfter: count.nullable().describe('`after` of the next page') })
  .meta({ id: 'DeliveryList' });

export const unsealedSchema = z
  .object({
    entries: count.describe('Entries that are in no batch, without batches and receipts themselves; 500 at most'),
    isMore: z.boolean().describe('There are more'),
    nextAt: z.iso.datetime().describe('When the next are sealed, while the appliance runs; now where that is due'),
    isWithReading: z.boolean().describe('A reading that is recorded before then takes them along'),
  })
  .meta({ id: 'Unsealed' });

export const syncSchema = z
  .object({
    link: linkSchema.nullable(),
    targets: z.array(targetSchema),
    unsealed: unsealedSchema.nullable().describe('What no target can be given yet'),
  })
  .meta({ id: 'Sync' });
