import type { BenchResult } from '../../appliance/commands/bench.ts';
import { type DrainMeasure, type DrainSize, measureDrain } from './sync-drain.ts';
import { runQueue } from './sync-queue.ts';

export interface SyncBenchSize {
  readonly queue: { readonly deep: number; readonly shallow: number };
  readonly drains: readonly NamedDrain[];
}

interface NamedDrain extends DrainSize {
  readonly name: string;
  readonly budget: string;
}

const HOUR_MS = 3_600_000;
/** From a node's yes to consensus, and how far the mirror is behind that. */
const NETWORK = { consensusDelayMs: 2000, mirrorDelayMs: 1000, blockMs: 2000 };

/** Seven days: hourly batches of four units at 1 minute; and one unit's readings at 1 minute, a message each. */
const WEEK: NamedDrain = {
  ...NETWORK,
  name: 'sync-week',
  budget: '30 s',
  mode: { kind: 'merkle', everyMs: HOUR_MS },
  batches: 168,
  readingsPerBatch: 240,
  nodes: 4,
  bareMessages: 500,
  quietS: 30,
};
const DIRECT: NamedDrain = {
  ...WEEK,
  name: 'sync-direct',
  budget: '100 messages/s',
  mode: { kind: 'direct' },
  batches: 10_080,
  readingsPerBatch: 1,
  nodes: 30,
  bareMessages: 2000,
};

/**
 * What waits costs the same however much it is, and goes out fast once the link is back, while polling goes on. The network
 * is the stand-in of tests/peers/hedera on this computer; the baseline of a drain is the bare SDK that gives messages to
 * the same network and waits for nothing.
 */
export async function run(
  { queue, drains }: SyncBenchSize = { queue: { deep: 1_000_000, shallow: 1000 }, drains: [WEEK, DIRECT] },
): Promise<BenchResult[]> {
  const results = runQueue(queue);
  for (const drain of drains) results.push(...drainFigures(drain, await measureDrain(drain)));
  return results;
}

function drainFigures({ name, batches, nodes, budget }: NamedDrain, measure: DrainMeasure): BenchResult[] {
  const { seconds, barePerSecond, before, meanwhile } = measure;
  const note = `${batches} batches over ${nodes} nodes, topic made; budget: ${budget}`;
  const perSecond = batches / seconds;
  const [onTime, onTimeBefore] = [meanwhile.pollsOnTime * 100, before.pollsOnTime * 100];
  return [
    { name: `${name}-drained`, value: seconds, unit: 's', note },
    {
      name: `${name}-rate`,
      value: perSecond,
      unit: 'messages/s',
      baseline: barePerSecond,
      ratio: perSecond / barePerSecond,
      note: `${note}; baseline: the bare SDK, 16 at once, nothing confirmed`,
    },
    {
      name: `${name}-polls-on-time`,
      value: onTime,
      unit: '% of polls',
      baseline: onTimeBefore,
      ratio: onTime / onTimeBefore,
      note: `within 100 ms of their slot, ${meanwhile.polls} polls; baseline: without a link before; budget: 99.9`,
    },
    {
      name: `${name}-memory`,
      value: meanwhile.memoryMb,
      unit: 'MB',
      baseline: before.memoryMb,
      ratio: meanwhile.memoryMb / before.memoryMb,
      note: 'resident at its greatest; baseline: without a link before; budget: 250',
    },
  ];
}
