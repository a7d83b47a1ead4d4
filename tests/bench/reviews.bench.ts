import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchResult } from '../../appliance/commands/bench.ts';
import { recordReview } from '../../appliance/review-actions.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { countWaiting, queryReviews } from '../../core/store/reviews.ts';
import { testGenesis, testRecorder } from '../fixtures/ledger.ts';
import { benchReading } from './ledger-readings.ts';

export interface ReviewsBenchOptions {
  readonly readings: number;
}

const FILL_GROUP = 1000;
const PAGE = 50;
const TIMES = 200;

/** The queue in a large ledger: every fiftieth reading is flagged, and the older half of those is decided. */
export async function run({ readings }: ReviewsBenchOptions = { readings: 1_000_000 }): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'));
  const store = openStore(join(folder, 'ledger.sqlite'), { access: 'write' });
  try {
    const recorder = testRecorder(store);
    recorder.record([testGenesis]);
    for (let n = 0; n < readings; n += FILL_GROUP) {
      recorder.record(Array.from({ length: Math.min(FILL_GROUP, readings - n) }, (_, i) => benchReading(n + i)));
    }
    const parts = {
      config: {},
      store,
      nowMs: () => Number.MAX_SAFE_INTEGER,
      record: (entry: Parameters<typeof recorder.record>[0][number]) => recorder.record([entry]),
    };
    const half = Math.floor(countWaiting(store).count / 2);
    const subjects = queryReviews(store, { state: 'open', limit: half }).items;
    const person = { by: 'bench', account: 'key:bench', role: 'operator', reason: 'the log shows it' } as const;
    const reviewMs = subjects.map(({ index }) =>
      timeOf(() => recordReview(parts, { ...person, readingIndex: index, decision: 'approve' })),
    );
    return [
      figure('review', reviewMs, `recorded with its effect, in a ledger of ${readings} readings`),
      figure('review-queue', pagesOf(store), `${PAGE} of ${countWaiting(store).count}, ${half} decided before them`),
      figure(
        'review-count',
        Array.from({ length: TIMES }, () => timeOf(() => countWaiting(store))),
        'what the status counts',
      ),
    ];
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One page after the other, as a person reads them. */
function pagesOf(store: WritableStore): number[] {
  let cursor: string | null = null;
  return Array.from({ length: TIMES }, () =>
    timeOf(() => {
      ({ nextCursor: cursor } = queryReviews(store, {
        state: 'open',
        limit: PAGE,
        ...(cursor === null ? {} : { cursor }),
      }));
    }),
  );
}

function timeOf(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function figure(name: string, timesMs: readonly number[], note: string): BenchResult {
  const sorted = timesMs.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { name, value: at(0.5), unit: 'ms (median)', note: `${note}; p99 ${at(0.99).toFixed(2)} ms` };
}
