import { z } from 'zod';

export const keyRotationRequestSchema = z
  .object({
    reason: z.string().trim().min(1).max(500).describe('Why, for the ledger'),
    by: z.string().trim().min(1).max(100).optional().describe('Who does it, if it was not the caller'),
  })
  .strict();

export const keyRotationSchema = z
  .object({
    entryIndex: z.number().int().describe('Index of the entry that put the new key in force'),
    event: z.literal('rotated'),
    verifierKey: z.string().describe('The new key as a C2SP verifier key, to be noted outside of this computer'),
    did: z.string(),
    isOldDestroyed: z
      .boolean()
      .describe('Whether the old private key is destroyed; where the disk refused, the next start or change does it'),
  })
  .meta({ id: 'KeyRotation' });

export type KeyRotationAnswer = z.infer<typeof keyRotationSchema>;
