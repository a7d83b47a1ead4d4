import { createHash } from 'node:crypto';
import type { Reading } from '../../core/acquisition/reading.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { soundEntries, soundEntry } from '../../core/ledger/check-tail.ts';
import type { DeviceKey } from '../../core/ledger/device-key.ts';
import { didKey } from '../../core/ledger/did-key.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import type { LedgerReader } from '../../core/ledger/ledger-storage.ts';
import type { LedgerHead } from '../../core/ledger/recorder.ts';
import { present } from '../../core/model/assert.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { alignDown } from '../../core/model/time.ts';
import { parseEntry, readEntry } from '../../core/store/entries.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { reviewsOfReading } from '../../core/store/reviews.ts';
import { enqueue } from '../../core/sync/kept-outbox.ts';
import type { SealedUntil, SealerParts, SealMode } from '../../core/sync/sealer.ts';
import type { ReviewedReading, SealedEntry } from '../../core/sync/sum-run.ts';
import type { Verdict } from '../../core/verification/verdict.ts';

export interface SealingParts {
  readonly store: WritableStore;
  readonly key: Pick<DeviceKey, 'sign' | 'name' | 'publicKey'>;
  readonly plantId: string;
  readonly mode: SealMode;
  readonly targets: readonly string[];
  readonly head: () => LedgerHead;
  readonly record: (entries: readonly NewEntry[], alongside: (write: WritableStore) => void) => unknown;
}

/** The sealer of this ledger: signs with the device key, and puts each batch into the outboxes with its entry. */
export function sealerOf({ store, key, plantId, mode, targets, head, record }: SealingParts): SealerParts {
  const reader = ledgerReader(store);
  return {
    mode,
    plantId,
    get did() {
      return didKey(key.publicKey);
    },
    methodology: null,
    targets,
    head: () => ({ origin: key.name, ...head() }),
    entries: function* (first, end): Iterable<SealedEntry> {
      for (const { index, kind, bytes } of soundEntries(reader, first, end)) {
        yield { index, kind, body: kind === 'review' ? parseEntry(bytes).body : {} };
      }
    },
    readingAt: (index) => readingAt(store, reader, index),
    digestOf: (models) => `sha256:${sha256(models.join('\n'))}`,
    sign: (body) => signMessage(body, key),
    record: (batches) =>
      record(
        batches.map(({ body }) => ({ kind: 'batch', body })),
        (write) => {
          for (const { batch, toMs } of batches) enqueue(write, batch, toMs, targets);
        },
      ),
  };
}

/** The message that goes out: the body and the device key's Ed25519 signature over the body's canonical form. */
export function signMessage(body: JsonObject, key: Pick<DeviceKey, 'sign'>): { message: string; id: string } {
  const sig = Buffer.from(key.sign(Buffer.from(canonicalize(body), 'utf8'))).toString('base64');
  const message = canonicalize({ ...body, sig });
  return { message, id: sha256(message) };
}

/** Where the last run left off; before the first batch, at the ledger's beginning. */
export function sealedUntil(store: ReadableStore, mode: SealMode): SealedUntil {
  const last = store.get<{ end: number; toMs: number }>(
    'SELECT "end", to_ms AS toMs FROM batches ORDER BY idx DESC LIMIT 1',
  );
  if (last !== undefined) return last;
  const beganMs = Date.parse(present(readEntry(store, 0), 'the genesis entry').at);
  return { end: 0, toMs: mode.kind === 'merkle' ? alignDown(beganMs, mode.everyMs) : beganMs };
}

/** What goes into a signed message must be what was recorded. */
function readingAt(store: ReadableStore, reader: LedgerReader, index: number): ReviewedReading {
  const { body } = soundEntry(present(reader.entry(index), `the reading at ${index}`));
  return {
    reading: body.reading as unknown as Reading,
    verdict: body.verdict as unknown as Verdict,
    reviews: reviewsOfReading(store, index),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
