import type { BundleEntry } from './entry-line.ts';
import { asCount, asInstantMs } from './form.ts';
import { Refusal } from './refusal.ts';

/** An entry that says that the ledger was put together anew: from a backup, or from what a damaged store still held. */
export interface HistoryBreak {
  readonly kind: 'restore' | 'salvage';
  readonly index: number;
  /** When, ISO 8601 UTC. */
  readonly at: string;
  /** Entries of the ledger that goes on. */
  readonly size: number;
  /** Entries under the largest checkpoint that was signed before; only where it is known. */
  readonly signedSize?: number;
}

/** Undefined for entries of other kinds. @throws Refusal `LED_BUNDLE_FORM`, `LED_BUNDLE_ENTRY` */
export function historyBreakOf({ kind, index, body }: BundleEntry, place: string): HistoryBreak | undefined {
  if (kind !== 'restore' && kind !== 'salvage') return undefined;
  const time = kind === 'restore' ? body.restoredAt : body.salvagedAt;
  const at = new Date(asInstantMs(time, place)).toISOString();
  const size = asCount(body.size, place);
  if (size > index) {
    const sentence = `Entry ${index} (${kind}) says that the ledger before it had ${size} entries.`;
    throw new Refusal('LED_BUNDLE_ENTRY', place, sentence);
  }
  const signedSize = kind === 'salvage' ? { signedSize: asCount(body.signedSize, place) } : {};
  return { kind, index, at, size, ...signedSize };
}

/** What it means for whoever relies on the ledger, as a sentence. */
export function historyBreakWords({ kind, index, at, size, signedSize = 0 }: HistoryBreak): string {
  if (kind === 'restore') {
    return `Entry ${index} says that a backup of ${size} entries took the place of the ledger at ${at}: what the device signed after those entries and before then may exist elsewhere, and is not in this ledger.`;
  }
  const lost =
    signedSize > size
      ? `the device had signed ${signedSize} entries, and ${signedSize - size} of them are lost to it`
      : 'what the device signed after those entries and before then may exist elsewhere';
  return `Entry ${index} says that the store was damaged and the ledger goes on from ${size} entries, as of ${at}: ${lost}.`;
}
