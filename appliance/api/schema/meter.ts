import { z } from 'zod';

const instant = z.iso.datetime({ offset: true });
const register = z.string().min(1).max(40).describe('kWh as the display shows them, such as 123456.7');

export const meterChangeRequestSchema = z
  .object({
    finalKwh: register,
    initialKwh: register,
    at: instant.describe('When it was done'),
    reason: z.string().trim().min(1).max(500).optional().describe('Why, and where the photo or protocol lies'),
    by: z.string().trim().min(1).max(100).optional().describe('Who did it, if it was not the caller'),
  })
  .strict();

export const meterEventSchema = z
  .object({
    index: z.number().int(),
    v: z.literal(1),
    event: z.enum(['exchange', 'reset']),
    point: z.string(),
    unitId: z.string(),
    quantity: z.enum(['energyExport', 'energyImport']),
    at: z.string(),
    finalKwh: z.string(),
    initialKwh: z.string(),
    reason: z.string().optional(),
    by: z.string(),
    account: z.object({ name: z.string(), role: z.string() }),
    counted: z.enum(['in-reading', 'in-entry']).describe('Which of the two holds the energy of both sides'),
    energyWh: z.number().int().optional().describe('With in-entry: to be added to the sum of the readings'),
    explains: z.string().optional().describe('With in-entry: what the register was seen to do'),
    lastKwh: z.string(),
    lastAt: z.string(),
    firstKwh: z.string().optional(),
    firstAt: z.string().optional(),
  })
  .meta({ id: 'MeterEvent' });

export const meterWithdrawalRequestSchema = z
  .object({
    reason: z.string().trim().min(1).max(500).optional().describe('Why it was entered by mistake'),
    by: z.string().trim().min(1).max(100).optional().describe('Who says so, if it was not the caller'),
  })
  .strict();

export const meterWithdrawalSchema = z
  .object({
    index: z.number().int(),
    v: z.literal(2),
    event: z.literal('withdraw'),
    withdraws: z.number().int().describe('Index of the entry that is taken back'),
    point: z.string(),
    unitId: z.string(),
    quantity: z.enum(['energyExport', 'energyImport']),
    at: z.string().describe('The time that the entry had named'),
    reason: z.string().optional(),
    by: z.string(),
    account: z.object({ name: z.string(), role: z.string() }),
    withdrawn: z.object({ event: z.string(), finalKwh: z.string(), initialKwh: z.string() }),
  })
  .meta({ id: 'MeterWithdrawal' });

export const meterSchema = z
  .object({
    point: z.string(),
    unitId: z.string(),
    quantity: z.enum(['energyExport', 'energyImport']),
    registerKwh: z.string().nullable().describe('As of the last recorded reading'),
    readAt: z.string().nullable(),
    waiting: z.string().nullable().describe('Time of an exchange or reset that the register has not shown yet'),
    lastEvent: meterEventSchema.nullable(),
    uncounted: z
      .object({ registerKwh: z.string(), readAt: z.string(), reason: z.string(), message: z.string() })
      .nullable()
      .describe("What the unit's newest reading holds of the register, when it was read and nothing is counted"),
  })
  .meta({ id: 'Meter' });

export const meterListSchema = z.object({ items: z.array(meterSchema) });
export const meterParamsSchema = z.object({ point: z.string().min(1).max(200) });

export type MeterEventAnswer = z.infer<typeof meterEventSchema>;
export type MeterWithdrawalAnswer = z.infer<typeof meterWithdrawalSchema>;
export type MeterAnswer = z.infer<typeof meterSchema>;
