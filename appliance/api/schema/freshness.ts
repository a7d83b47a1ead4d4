import { z } from 'zod';

/** Whether the newest reading of a unit still speaks for the present. */
export const freshnessSchema = z
  .object({
    state: z
      .enum(['current', 'overdue', 'ahead', 'none'])
      .describe(
        'overdue: three intervals passed without a new one; ahead: dated after the clock of this computer; none: the first is awaited',
      ),
    lastTo: z.iso.datetime().nullable().describe('End of the newest reading, ISO 8601 UTC; null without one'),
  })
  .describe('Whether the newest reading still speaks for the present');
