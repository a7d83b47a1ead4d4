import { z } from 'zod';
import { telemetryAnchorSchema } from './anchor.ts';

/** RFC 9457 problem document. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    hint: z.string().optional(),
    requestId: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string(), hint: z.string().optional() }))
      .optional()
      .describe('Every field that is wrong, by its place in the body'),
    entry_index: z.number().int().optional().describe('The entry that holds the reading of this interval already'),
    anchor: telemetryAnchorSchema.optional().describe('How far that entry has come'),
    exitCode: z.number().int().optional().describe('With which a command of Forebay ends on this; 1 when absent'),
    identical: z.boolean().optional().describe('Whether that entry was made of these very bytes'),
  })
  .meta({ id: 'Problem' });
