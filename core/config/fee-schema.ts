import { z } from 'zod';

const USD_MAX = 1000;

function usd(example: string) {
  const expected = `an amount in USD, such as ${example}`;
  return z.number(expected).min(0, expected).max(USD_MAX, expected);
}

/** What a network charges for messages on a topic, with where and when that was read: the costs shown are only as good. */
export const feeScheduleSchema = z.strictObject(
  {
    source: z.string('where the fees were read').trim().min(1, 'where the fees were read').max(300, 'a shorter text'),
    asOf: z.iso.date('the day on which they were read, such as 2026-01-31'),
    messageUsd: usd('0.0008').describe('For a message with `includedBytes` or fewer'),
    includedBytes: z
      .int('a whole number of bytes')
      .min(0, 'a whole number of bytes from 0')
      .max(1024, 'at most 1024 bytes'),
    byteUsd: usd('0.00000068').describe('For each further byte'),
  },
  'fees: { source: ..., asOf: 2026-01-31, messageUsd: 0.0008, includedBytes: 100, byteUsd: 0.00000068 }',
);
export type FeeSchedule = Readonly<z.infer<typeof feeScheduleSchema>>;
