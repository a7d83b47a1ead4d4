import { z } from 'zod';
import { LINK_STATES } from '../../../core/sync/link.ts';

export const linkSchema = z
  .object({
    state: z
      .enum(LINK_STATES)
      .describe('none: no address; no-way-out: a network that lets nothing out; thin: slow or with breaks'),
    reason: z.string().describe('In words'),
    code: z.string().nullable().describe('The fault that it rests on, with a section in docs/errors.md'),
    since: z.iso.datetime().describe('ISO 8601 UTC'),
    budget: z
      .object({
        bytesPerDay: z.number().int(),
        usedBytes: z.number().int().describe("On the plant's own day"),
        leftBytes: z.number().int(),
        renewsAt: z.iso.datetime().describe('Midnight at the plant'),
      })
      .nullable()
      .describe('Of a metered link'),
  })
  .meta({ id: 'Link' });
