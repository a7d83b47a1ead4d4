import { z } from 'zod';

export const mainnetRequestSchema = z
  .object({
    account: z.string().min(1).max(64).describe('The account that pays, typed by the person who confirms'),
    by: z.string().trim().min(1).max(100).optional().describe('Who confirms, if it was not the caller'),
  })
  .strict();

export const mainnetSchema = z
  .object({
    isNamed: z
      .boolean()
      .describe('Whether plant.yaml leads to the mainnet, or may: only then is there anything to confirm'),
    why: z.string().nullable().describe('By what it is the mainnet, or may be, as the beginning of a sentence'),
    account: z.string().nullable().describe('The account that pays'),
    topic: z.string().nullable().describe('Null where one is made with the first batch'),
    messagesPerYear: z.number().int().describe('As they are sealed now'),
    usdPerYear: z.number(),
    fees: z.object({ source: z.string(), asOf: z.string() }),
    confirmed: z
      .object({ index: z.number().int(), at: z.string(), by: z.string() })
      .nullable()
      .describe('The entry in which a person confirmed it for this account; null: nothing is sent'),
  })
  .meta({ id: 'Mainnet' });
