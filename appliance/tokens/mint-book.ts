import { leafHash } from '../../core/ledger/merkle.ts';
import type { MintApproval, MintedTokens, TokenTaken } from '../../core/ledger/mint-entries.ts';
import type { MonthClosed } from '../../core/ledger/month-closed.ts';
import { parseEntry } from '../../core/store/entries.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { indexesOfKind, storedEntry, storedSize } from '../../core/store/stored-entries.ts';
import type { ClosedMonth } from '../../core/sync/mint-plan.ts';

export type Recorded<Body> = Body & {
  /** Index of the entry, and when it was recorded. */
  readonly index: number;
  readonly at: string;
};

export interface ClosedBy extends ClosedMonth {
  readonly by: string;
  readonly timeZone: string;
}

/** What the ledger says of closed months and of what was minted for them. */
export interface MintRecords {
  /** The closes in force, by month. */
  readonly months: readonly ClosedBy[];
  readonly approvals: readonly Recorded<MintApproval>[];
  readonly tokens: readonly Recorded<TokenTaken>[];
  readonly minted: readonly Recorded<MintedTokens>[];
  /** When a backup or a salvage last took the store's place, by the clock of then, ms; undefined: never. */
  readonly lostAtMs: number | undefined;
}

const KINDS = ['month-closed', 'mint-approved', 'token', 'token-minted', 'restore', 'salvage'] as const;

/** Reads on in the ledger where it stood: entries never change, and one month may have thousands of certificates. */
export class MintBook {
  readonly #store: ReadableStore;
  readonly #months = new Map<string, ClosedBy>();
  readonly #approvals: Recorded<MintApproval>[] = [];
  readonly #tokens: Recorded<TokenTaken>[] = [];
  readonly #minted: Recorded<MintedTokens>[] = [];
  #lostAtMs: number | undefined;
  #size = 0;

  constructor(store: ReadableStore) {
    this.#store = store;
  }

  read(): MintRecords {
    this.#store.snapshot(() => this.#readOn());
    return {
      months: [...this.#months.values()].toSorted((a, b) => (a.month < b.month ? -1 : 1)),
      approvals: this.#approvals,
      tokens: this.#tokens,
      minted: this.#minted,
      lostAtMs: this.#lostAtMs,
    };
  }

  #readOn(): void {
    const size = storedSize(this.#store);
    for (const kind of KINDS) {
      for (const index of indexesOfKind(this.#store, kind, this.#size, size)) this.#take(index);
    }
    this.#size = size;
  }

  #take(index: number): void {
    const stored = storedEntry(this.#store, index);
    if (stored === undefined) return;
    const { kind, at, body } = parseEntry(stored.bytes);
    const recorded = { ...body, index, at };
    if (kind === 'month-closed') this.#takeMonth(index, body as unknown as MonthClosed, stored.bytes);
    if (kind === 'mint-approved') this.#approvals.push(recorded as unknown as Recorded<MintApproval>);
    if (kind === 'token') this.#tokens.push(recorded as unknown as Recorded<TokenTaken>);
    if (kind === 'token-minted') this.#minted.push(recorded as unknown as Recorded<MintedTokens>);
    if (kind === 'restore' || kind === 'salvage') this.#lostAtMs = Math.max(this.#lostAtMs ?? 0, Date.parse(at));
  }

  #takeMonth(index: number, { month, demo, creditedNetWh, by, timeZone }: MonthClosed, bytes: Uint8Array): void {
    const hash = Buffer.from(leafHash(bytes)).toString('hex');
    this.#months.set(month, { month, entry: index, hash, isDemo: demo, creditedNetWh, by, timeZone });
  }
}
