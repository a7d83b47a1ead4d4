import type { BenchResult } from '../../appliance/commands/bench.ts';
import { readingProducer } from './ingest-producer.ts';
import { measureIngest } from './ledger-ingest.ts';

const PER_WRITE = 100;

/** Budget: 8,000 readings/s closed, scored, signed, hashed and durably recorded, 100 in a write. */
export async function run(options: { readings?: number } = {}): Promise<BenchResult[]> {
  const readings = options.readings ?? 40_000;
  const measure = measureIngest({ readings, perWrite: PER_WRITE, produce: readingProducer() });
  return [
    {
      name: 'ingest',
      value: Math.round(measure.readingsPerSecond),
      unit: 'readings/s',
      baseline: Math.round(measure.barePerSecond),
      ratio: measure.readingsPerSecond / measure.barePerSecond,
      note: `${PER_WRITE} a write, ${Math.round(measure.bytesPerReading)} bytes each; baseline: bare inserts of the same bytes`,
    },
  ];
}
