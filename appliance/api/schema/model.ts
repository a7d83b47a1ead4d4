import { z } from 'zod';
import { MODEL_REASONS } from '../../recorded-model.ts';

const instant = z.iso.datetime({ offset: true });
const utc = z.iso.datetime().describe('ISO 8601 UTC');

export const modelSchema = z
  .object({
    index: z.number().int().describe('Index of the entry that put it in force'),
    at: utc.describe('When that was recorded'),
    unitId: z.string(),
    digest: z.string(),
    trainedFrom: utc,
    trainedTo: utc,
    readings: z.number().int().describe('Steady readings that it was learned from'),
    reason: z.enum(MODEL_REASONS),
    by: z.string(),
    isInForce: z.boolean(),
    isUsable: z.boolean().describe('False where it is damaged or the unit was configured otherwise since'),
    stale: z.string().nullable().describe('Why it should be trained anew, in words; null where nothing says so'),
    reviewed: z
      .object({
        approved: z.number().int().describe('Doubted readings that persons approved'),
        rejected: z.number().int().describe('Readings left out because persons rejected them'),
        effect: z.string().nullable().describe('What came of it for each relation, in words; null where it is damaged'),
      })
      .nullable()
      .describe("What persons' reviews did to it; null where none counted"),
  })
  .meta({ id: 'Model' });

export const trainingSchema = z
  .object({
    unitId: z.string(),
    state: z.enum(['running', 'done', 'failed']),
    startedAt: utc,
    by: z.string(),
    done: z.number().int().describe('Readings read so far'),
    of: z.number().int().nullable().describe('Readings that will be read; null before that is known'),
    digest: z.string().nullable().describe('Of the model that came of it'),
    problem: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'Training' });

export const modelListSchema = z.object({ items: z.array(modelSchema), trainings: z.array(trainingSchema) });

export const trainRequestSchema = z
  .object({
    unitId: z.string().min(1).max(200).describe('Whose model'),
    from: instant.optional().describe('Readings that begin at or after this'),
    to: instant.optional().describe('Readings that end at or before this'),
  })
  .strict();

export const useModelRequestSchema = z.object({ unitId: z.string().min(1).max(200) }).strict();
export const modelParamsSchema = z.object({ digest: z.string().min(8).max(100) });

export type ModelAnswer = z.infer<typeof modelSchema>;
export type TrainingAnswer = z.infer<typeof trainingSchema>;
export type ModelListAnswer = z.infer<typeof modelListSchema>;
