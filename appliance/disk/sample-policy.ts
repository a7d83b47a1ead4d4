import type { NewEntry } from '../../core/ledger/entry.ts';
import { toIso } from '../../core/model/time.ts';
import { entriesOfKinds } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { SampleBlock } from '../../core/store/samples.ts';
import type { SampleRoom } from '../plant-parts.ts';

/** The raw samples of one group, and how many of its blocks had to be let go while it waited. */
export interface GroupSamples {
  readonly blocks: readonly SampleBlock[];
  readonly dropped: readonly SampleBlock[];
}

export interface SamplePlan {
  /** What is kept. */
  readonly blocks: readonly SampleBlock[];
  /** What the ledger says of the rest. */
  readonly entries: readonly NewEntry[];
  /** Call it once the plan was written. */
  done(): void;
}

/**
 * Whether raw samples are kept with their readings. Readings go first: on a nearly full disk they are recorded without,
 * and the ledger says from when to when, so that samples which are not there are known to be given up and not lost.
 */
export class SamplePolicy {
  readonly #room: SampleRoom | undefined;
  /** Begin of the first interval whose samples are not kept; undefined while they are. */
  #stoppedFrom: string | undefined;

  constructor(store: ReadableStore, room: SampleRoom | undefined) {
    this.#room = room;
    this.#stoppedFrom = stoppedFrom(store);
  }

  plan({ blocks, dropped }: GroupSamples): SamplePlan {
    const entries: NewEntry[] = [];
    const [firstDropped] = dropped;
    if (firstDropped !== undefined) entries.push(droppedEntry(firstDropped, dropped.length));
    const [first] = blocks;
    if (first === undefined) return { blocks: [], entries, done: () => {} };
    const from = toIso(first.fromMs);
    if (this.#room?.keepsSamples === false) {
      if (this.#stoppedFrom === undefined) entries.push(samplesEntry({ event: 'stopped', from, reason: 'disk-full' }));
      const stopped = this.#stoppedFrom ?? from;
      return { blocks: [], entries, done: () => this.#set(stopped) };
    }
    if (this.#stoppedFrom !== undefined) {
      entries.push(samplesEntry({ event: 'resumed', from: this.#stoppedFrom, to: from, reason: 'disk-full' }));
    }
    return { blocks, entries, done: () => this.#set(undefined) };
  }

  /** The store was refused room: whatever is tried again at once is tried without samples. */
  wasFull(): boolean {
    if (this.#room === undefined || !this.#room.keepsSamples) return false;
    this.#room.wasFull();
    return !this.#room.keepsSamples;
  }

  #set(stoppedFrom: string | undefined): void {
    this.#stoppedFrom = stoppedFrom;
  }
}

function droppedEntry({ fromMs, toMs }: SampleBlock, blocks: number): NewEntry {
  return samplesEntry({ event: 'dropped', from: toIso(fromMs), to: toIso(toMs), reason: 'memory', blocks });
}

export function samplesEntry(body: SamplesBody): NewEntry {
  return { kind: 'samples', body: { v: 1, ...body } };
}

/** What became of raw samples other than being kept. */
export type SamplesBody =
  | { readonly event: 'stopped'; readonly from: string; readonly reason: 'disk-full' }
  | { readonly event: 'resumed'; readonly from: string; readonly to: string; readonly reason: 'disk-full' }
  | {
      readonly event: 'dropped';
      readonly from: string;
      readonly to: string;
      readonly reason: 'memory';
      readonly blocks: number;
    }
  | {
      readonly event: 'pruned';
      readonly from: string;
      readonly to: string;
      readonly reason: 'age' | 'size';
      readonly blocks: number;
      readonly bytes: number;
    };

function stoppedFrom(store: ReadableStore): string | undefined {
  for (const { body } of entriesOfKinds(store, ['samples'], { order: 'desc' })) {
    if (body.event === 'stopped') return String(body.from);
    if (body.event === 'resumed') return undefined;
  }
  return undefined;
}
