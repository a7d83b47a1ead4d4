import type { z } from 'zod';
import { toIso } from '../../core/model/time.ts';
import type { RecordedReading } from '../../core/store/readings.ts';
import type { readingSchema } from './schema/reading.ts';

export type ReadingAnswer = z.infer<typeof readingSchema>;

/** A recorded reading as the API and the command line show it: the reading's own fields beside its verdict. */
export function toReadingAnswer({ index, recordedAtMs, body }: RecordedReading): ReadingAnswer {
  const { reading, signature, verdict } = body as unknown as Pick<ReadingAnswer, 'signature' | 'verdict'> & {
    readonly reading: Omit<ReadingAnswer, 'index' | 'recordedAt' | 'signature' | 'verdict' | 'anchor'>;
  };
  return { index, recordedAt: toIso(recordedAtMs), ...reading, signature, verdict, anchor: { state: 'recorded' } };
}
