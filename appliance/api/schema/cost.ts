import { z } from 'zod';
import { SEAL_PRESET_NAMES } from '../../../core/config/seal-schema.ts';

const settings = {
  mode: z.enum(['merkle', 'direct']),
  every: z.string(),
  messagesPerYear: z.number().int(),
  usdPerYear: z.number(),
};

export const costsSchema = z
  .object({
    isPaid: z.boolean().describe('Whether plant.yaml names Hedera: the other targets cost nothing for each message'),
    fees: z.object({
      source: z.string(),
      asOf: z.string(),
      messageUsd: z.number(),
      includedBytes: z.number().int(),
      byteUsd: z.number(),
      isPublished: z.boolean().describe("Whether these are the published ones, and not plant.yaml's own"),
    }),
    basis: z.object({
      intervalMs: z.number().int(),
      units: z.number().int(),
      entriesPerReading: z.number(),
      messageBytes: z.number().int(),
      batches: z
        .number()
        .int()
        .describe('How many recent messages were measured; 0: none yet, and the longest is assumed'),
    }),
    inForce: z.object({ preset: z.enum(SEAL_PRESET_NAMES).nullable(), ...settings }),
    presets: z.array(z.object({ preset: z.enum(SEAL_PRESET_NAMES), ...settings })),
  })
  .meta({ id: 'SyncCosts' });
