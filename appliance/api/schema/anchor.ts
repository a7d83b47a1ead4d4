import { z } from 'zod';
import { ANCHOR_STATES } from '../../../core/sync/anchor.ts';

const index = z.number().int().min(0);
export const anchorStateSchema = z.enum(ANCHOR_STATES);

export const messageAtSchema = z
  .object({
    network: z.string().nullable(),
    topicId: z.string().nullable(),
    sequenceNumber: z.number().int().nullable(),
    transactionId: z.string().nullable(),
    consensusTimestamp: z.string().nullable().describe('Seconds and nanoseconds of the Unix time'),
    hashscanUrl: z.string().nullable().describe("Null for a network of one's own, which HashScan does not show"),
  })
  .meta({ id: 'MessageAt' });

export const anchorReceiptSchema = z
  .object({
    target: z.string(),
    isPublic: z.boolean().describe('Whether anybody can look there'),
    index: index.describe('Index of the entry of the receipt'),
    at: z.iso.datetime().describe('When the receipt was recorded, ISO 8601 UTC'),
    withBatch: index
      .optional()
      .describe(
        'The later batch with which a hub was given the entries, where this one has no delivery of its own to it',
      ),
    message: messageAtSchema.optional().describe('Where the message stands; in receipts of a public target'),
  })
  .meta({ id: 'AnchorReceipt' });

export const anchorSchema = z
  .object({
    state: anchorStateSchema.describe(
      'recorded: in the ledger; sealed: in a batch; synced: a private target holds it; anchored: a topic of Hedera does, and isPublic of its receipt says whether anybody can look there; parked: a public target or every one refused it',
    ),
    batch: index.optional().describe('Index of the entry of the batch; absent while there is none'),
    receipts: z.array(anchorReceiptSchema).readonly(),
    review: z
      .object({
        index: index.describe('Index of the entry of the newest decision on the reading'),
        state: anchorStateSchema,
        batch: index.optional(),
      })
      .optional()
      .describe('How far the newest decision is, which is an entry of its own and may lie in a later batch'),
  })
  .meta({ id: 'Anchor' });

export const telemetryAnchorSchema = anchorSchema
  .extend({ hedera_tx_id: z.string().nullable(), hashscan_url: z.string().nullable() })
  .describe('How far the reading has come; id and link are null until a public target holds its batch')
  .meta({ id: 'PushAnchor' });
