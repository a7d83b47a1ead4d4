import type { ClosedInterval } from '../core/acquisition/collector.ts';
import { type CounterState, writeCounterState } from '../core/acquisition/counter-state.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import type { RecordedEntry, Recorder } from '../core/ledger/recorder.ts';
import { present } from '../core/model/assert.ts';
import type { CancelTimer, Clock } from '../core/model/clock.ts';
import { Failure } from '../core/model/failure.ts';
import type { Log } from '../core/model/log.ts';
import { saveCounter } from '../core/store/counters.ts';
import type { WritableStore } from '../core/store/handle.ts';
import type { SampleBlock } from '../core/store/samples.ts';
import type { SamplePolicy } from './disk/sample-policy.ts';
import { gapEntries } from './gap-entries.ts';
import { type IntervalJudge, type JudgedUnit, readingEntry } from './judge-interval.ts';
import type { SampleKeeper } from './sample-keeper.ts';

/** How often a group that the store refused (disk full, say) is tried again. */
const RETRY_MS = 5000;

interface Group {
  readonly batchId: string;
  /** The entries of the group, given the index that the first of them will have. */
  readonly entries: (firstIndex: number) => readonly NewEntry[];
  readonly judged: readonly JudgedUnit[];
  blocks: readonly SampleBlock[];
  /** Blocks that were let go while the group waited. */
  dropped: readonly SampleBlock[];
  readonly counters: ReadonlyMap<string, CounterState>;
}

export interface WaitingLimits {
  readonly sampleBytes: number;
  readonly readings: number;
}

const LIMITS: WaitingLimits = { sampleBytes: 32 * 1024 * 1024, readings: 5000 };

export interface IntervalRecorderParts {
  readonly config: PlantConfig;
  readonly recorder: Recorder<WritableStore>;
  /** Asked for once, with the first interval. */
  readonly judge: () => IntervalJudge;
  readonly keeper: SampleKeeper;
  readonly samples: SamplePolicy;
  /** What may wait in memory; the defaults are for some days of a usual plant. */
  readonly limits?: WaitingLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly onRecorded: (recorded: readonly RecordedEntry[]) => void;
}

interface Alongside {
  readonly counters?: ReadonlyMap<string, CounterState>;
  readonly blocks?: readonly SampleBlock[];
}

/**
 * Records closed intervals: readings with verdicts, counter states and raw samples in one write. What the store
 * refuses stays in line, in order, and is tried again; no reading that was closed is dropped. Raw samples are, oldest first
 * and said in the ledger, when more of them wait than memory has room for.
 */
export class IntervalRecorder {
  readonly #parts: IntervalRecorderParts;
  readonly #waiting: Group[] = [];
  #judgeOfAll: IntervalJudge | undefined;
  #cancelRetry: CancelTimer | undefined;
  #trouble: Failure | undefined;

  constructor(parts: IntervalRecorderParts) {
    this.#parts = parts;
  }

  /** Why the store refused last, while something waits. */
  get trouble(): Failure | undefined {
    return this.#trouble;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** More waits than may: nothing more should be closed until all of it is recorded. */
  get isOverfull(): boolean {
    const { readings } = this.#parts.limits ?? LIMITS;
    return this.#waiting.reduce((sum, { judged }) => sum + judged.length, 0) >= readings;
  }

  /** Whether a reading of the unit that speaks for a part of `[fromMs, toMs)` waits to be recorded. */
  isWaiting(unitId: string, fromMs: number, toMs: number): boolean {
    return this.#waiting.some(({ judged }) =>
      judged.some(
        ({ reading }) =>
          reading.unitId === unitId && Date.parse(reading.from) < toMs && Date.parse(reading.to) > fromMs,
      ),
    );
  }

  /** Tries no more: the store is about to close. The samples of what still waits are kept for the next start. */
  stop(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  #judge(): IntervalJudge {
    this.#judgeOfAll ??= this.#parts.judge();
    return this.#judgeOfAll;
  }

  close(interval: ClosedInterval, blocks: readonly SampleBlock[]): void {
    const judge = this.#judge();
    const judged = judge.judge(interval, this.#parts.clock.wallMs());
    judge.remember(judged);
    this.#waiting.push({
      batchId: `interval-${interval.fromMs}`,
      entries: (firstIndex) => [...judged.map(readingEntry), ...gapEntries(interval, judged, firstIndex)],
      judged,
      blocks,
      dropped: [],
      counters: interval.counters,
    });
    if (!this.drain()) this.#letSamplesGo();
  }

  /**
   * Records one unit's interval at once, after `before`, or throws and keeps nothing of it: its sender has it still and
   * sends it again. What waits goes first.
   *
   * @throws Failure of the store.
   */
  recordNow(
    interval: ClosedInterval,
    blocks: readonly SampleBlock[],
    before: (firstIndex: number) => readonly NewEntry[],
  ): { readonly judged: JudgedUnit; readonly index: number } {
    const { clock } = this.#parts;
    if (!this.drain()) throw present(this.#trouble, 'why something waits');
    const judge = this.#judge();
    const judged = judge.judge(interval, clock.wallMs());
    const entries: Group['entries'] = (firstIndex) => [...before(firstIndex), ...judged.map(readingEntry)];
    const batchId = `push-${interval.units[0]?.unit.id}-${interval.toMs}`;
    const recorded = this.#write({ batchId, entries, judged, blocks, dropped: [], counters: interval.counters });
    judge.remember(judged);
    const [first] = judged;
    const at = recorded.findLast(({ entry }) => entry.kind === 'reading');
    return { judged: present(first, 'the pushed unit'), index: present(at, 'its entry').index };
  }

  /** Records entries of other kinds in their turn, with the counter states that hold from then on, and raw samples. */
  add(entries: readonly NewEntry[], batchId: string, { counters = new Map(), blocks = [] }: Alongside = {}): void {
    this.#waiting.push({ batchId, entries: () => entries, judged: [], blocks, dropped: [], counters });
    this.drain();
  }

  /** Records what waits, in order, until the store refuses. Returns whether nothing waits any more. */
  drain(): boolean {
    for (let group = this.#waiting[0]; group !== undefined; group = this.#waiting[0]) {
      if (!this.#record(group)) return false;
      this.#waiting.shift();
    }
    return true;
  }

  #record(group: Group): boolean {
    try {
      this.#write(group);
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // Readings need little room; they go on where their samples find none.
      if (error.code === 'STO_FULL' && this.#parts.samples.wasFull()) return this.#record(group);
      this.#armRetry();
      return false;
    }
  }

  #letSamplesGo(): void {
    const { keeper, log, limits = LIMITS } = this.#parts;
    let bytes = this.#waiting.reduce((sum, group) => sum + sizeOf(group.blocks), 0);
    for (const group of this.#waiting) {
      if (bytes <= limits.sampleBytes) return;
      if (group.blocks.length === 0) continue;
      bytes -= sizeOf(group.blocks);
      log.warn({ batchId: group.batchId, blocks: group.blocks.length }, 'raw samples let go: too much waits');
      keeper.settle(group.blocks);
      // Their names are all that is needed to say what is gone.
      group.dropped = group.blocks.map((block) => ({ ...block, bytes: new Uint8Array() }));
      group.blocks = [];
    }
  }

  /** @throws Failure of the store, which then holds nothing of the group. */
  #write(group: Group): readonly RecordedEntry[] {
    const { recorder, keeper, samples, log, onRecorded } = this.#parts;
    const plan = samples.plan(group);
    try {
      const entries = [...group.entries(recorder.head().size), ...plan.entries];
      const recorded = recorder.record(entries, (write) => {
        keeper.seal(write, plan.blocks);
        keeper.discard(write, [...group.blocks, ...group.dropped]);
        for (const [point, state] of group.counters) saveCounter(write, point, writeCounterState(state));
      });
      keeper.settle(group.blocks);
      plan.done();
      this.#trouble = undefined;
      log.info({ batchId: group.batchId, entries: recorded.length, index: recorded[0]?.index }, 'recorded');
      onRecorded(recorded);
      return recorded;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#trouble = error;
      log.error({ batchId: group.batchId, code: error.code, waiting: this.#waiting.length }, error.message);
      throw error;
    }
  }

  #armRetry(): void {
    this.#cancelRetry ??= this.#parts.clock.after(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      this.drain();
    });
  }
}

function sizeOf(blocks: readonly SampleBlock[]): number {
  return blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
