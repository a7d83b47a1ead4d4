import type { EntryKind } from '../../../core/ledger/entry.ts';
import type { LedgerReader } from '../../../core/ledger/ledger-storage.ts';
import type { RecordedEntry } from '../../../core/ledger/recorder.ts';

export interface SeenEntry {
  readonly index: number;
  readonly kind: EntryKind;
  readonly leafHash: string;
}

export interface SeenCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
}

export interface SeenPoll {
  readonly deviceId: string;
  readonly slotMs: number;
}

/** One thing that the appliance said, and where the disk was then. */
type Seen = { readonly position: number } & (
  | { readonly kind: 'group'; readonly entries: readonly SeenEntry[]; readonly checkpoint: SeenCheckpoint }
  | { readonly kind: 'poll'; readonly poll: SeenPoll }
);

/** Somebody outside who keeps what the appliance promised: what was recorded, which polls are kept, each checkpoint. */
export class Observer {
  #seen: Seen[] = [];
  /** What was said in the present life of the computer. */
  #sinceStart: Seen[] = [];
  /** What was wrong already when it was said. */
  readonly findings: string[] = [];

  seeGroup(recorded: readonly RecordedEntry[], ledger: LedgerReader, position: number): void {
    const { size, root } = ledger.latestCheckpoint() ?? { size: 0, root: new Uint8Array() };
    const last = recorded.at(-1)?.index ?? -1;
    if (size !== last + 1) this.findings.push(`entry ${last} was acknowledged while ${size} entries were recorded`);
    const entries = recorded.map(({ index, leafHash, entry }) => ({
      index,
      kind: entry.kind,
      leafHash: Buffer.from(leafHash).toString('hex'),
    }));
    this.#sinceStart.push({ kind: 'group', entries, checkpoint: { size, root }, position });
  }

  seePoll(poll: SeenPoll, position: number): void {
    this.#sinceStart.push({ kind: 'poll', poll, position });
  }

  /** The power went when the disk was at `position`: what was said later was never said. */
  forgetAfter(position: number): void {
    this.#seen.push(...this.#sinceStart.filter((one) => one.position <= position));
    this.#sinceStart = [];
  }

  entries(): readonly SeenEntry[] {
    return this.#all().flatMap((one) => (one.kind === 'group' ? one.entries : []));
  }

  checkpoints(): readonly SeenCheckpoint[] {
    return this.#all().flatMap((one) => (one.kind === 'group' ? [one.checkpoint] : []));
  }

  polls(): readonly SeenPoll[] {
    return this.#all().flatMap((one) => (one.kind === 'poll' ? [one.poll] : []));
  }

  #all(): readonly Seen[] {
    return [...this.#seen, ...this.#sinceStart];
  }
}
