import { z } from 'zod';

export const checkpointSchema = z
  .object({
    size: z.number().int(),
    root: z.string().describe('base64'),
    note: z.string().describe('The signed note, C2SP tlog-checkpoint'),
    at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Checkpoint' });

export const entrySchema = z
  .object({
    index: z.number().int(),
    kind: z.string(),
    leafHash: z.string().describe('base64'),
    canonical: z.string().describe('The canonical bytes (RFC 8785) as text; SHA-256(00 || bytes) is the leaf hash'),
    entry: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Entry' });

export const inclusionProofSchema = z
  .object({
    index: z.number().int(),
    size: z.number().int(),
    leafHash: z.string(),
    root: z.string(),
    hashes: z.array(z.string()).describe('RFC 9162 section 2.1.3, base64, from the leaf upwards'),
  })
  .meta({ id: 'InclusionProof' });

export const consistencyProofSchema = z
  .object({
    from: z.number().int(),
    to: z.number().int(),
    fromRoot: z.string(),
    toRoot: z.string(),
    hashes: z.array(z.string()).describe('RFC 9162 section 2.1.4, base64'),
  })
  .meta({ id: 'ConsistencyProof' });
