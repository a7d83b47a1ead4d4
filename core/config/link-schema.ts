import { z } from 'zod';

const LEAST_BYTES = 50_000;
const MOST_BYTES = 1_000_000_000_000;

/** A link that is paid by the byte, or thin: how much may go over it in a day at the plant. */
export const linkSchema = z.strictObject(
  {
    metered: z.boolean('true or false').optional(),
    bytesPerDay: z
      .int('a whole number of bytes')
      .min(LEAST_BYTES, `at least ${LEAST_BYTES} bytes: less is not enough for the messages of a day`)
      .max(MOST_BYTES, `at most ${MOST_BYTES} bytes`),
  },
  'link: { metered: true, bytesPerDay: 2000000 }',
);
