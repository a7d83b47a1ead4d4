import type { BenchResult } from '../../appliance/commands/bench.ts';
import { readingProducer } from './ingest-producer.ts';
import { measureIngest } from './ledger-ingest.ts';

/** Budget: one reading a write, at most twice the time of the bare write. */
export async function run(options: { readings?: number } = {}): Promise<BenchResult[]> {
  const readings = options.readings ?? 1500;
  const measure = measureIngest({ readings, perWrite: 1, produce: readingProducer() });
  return [
    {
      name: 'ingest-single',
      value: 1000 / measure.readingsPerSecond,
      unit: 'ms/reading',
      baseline: 1000 / measure.barePerSecond,
      ratio: measure.barePerSecond / measure.readingsPerSecond,
      note: 'one reading a write; baseline: one bare insert of the same bytes a write',
    },
  ];
}
