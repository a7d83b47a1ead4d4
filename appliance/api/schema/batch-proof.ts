import { z } from 'zod';
import { PROOF_OUTCOMES, PROOF_STEPS } from '../../../core/sync/proof-step.ts';

const outcomeSchema = z.enum(PROOF_OUTCOMES);
const index = z.number().int().min(0);

export const proofRequestSchema = z.object({
  reading: index.optional().describe('Index of the entry of a reading in the batch, to be proven with it'),
});

export const batchProofSchema = z
  .object({
    batch: index,
    reading: index.nullable(),
    outcome: outcomeSchema.describe(
      'The worst of the steps. holds: proven; differs: something is not as it must be; not-there: the mirror does not have the message; not-reached: no usable answer; not-checked: there is no public message',
    ),
    summary: z.string(),
    checkedAt: z.iso.datetime(),
    mirrorUrl: z.string().nullable().describe('Which mirror was asked'),
    messageUrl: z.string().nullable().describe('Where that mirror shows the message'),
    hashscanUrl: z.string().nullable(),
    laterDecision: z
      .object({ index, batch: index.nullable() })
      .nullable()
      .describe('The newest decision on the reading where it is not in this batch: an entry that is proven by itself'),
    steps: z
      .array(
        z.object({
          step: z.enum(PROOF_STEPS),
          outcome: outcomeSchema,
          sentence: z.string().describe('What was held against what'),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'BatchProof' });
