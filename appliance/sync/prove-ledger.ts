import { createHash } from 'node:crypto';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { didKey } from '../../core/ledger/did-key.ts';
import type { LedgerReader } from '../../core/ledger/ledger-storage.ts';
import { leafHash, verifyInclusion } from '../../core/ledger/merkle.ts';
import { proveInclusion } from '../../core/ledger/proof.ts';
import { readKeyChain } from '../../core/ledger/read-key-chain.ts';
import { signatureChecker } from '../../core/ledger/verifier-key.ts';
import { Failure } from '../../core/model/failure.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { toIso } from '../../core/model/time.ts';
import { parseEntry } from '../../core/store/entries.ts';
import type { Batch } from '../../core/sync/batch.ts';
import type { ProofStep } from '../../core/sync/proof-step.ts';

/**
 * Holds a message against the ledger: that the device signed it, that it says what the batch says, and that the entries,
 * as they stand in the ledger now, lead to the root that it states. `message` is what the other side gave, or where it gave
 * nothing what the ledger recorded.
 */
export function proveLedger(
  reader: LedgerReader,
  batch: Batch,
  message: string,
  readingIndex?: number,
): readonly ProofStep[] {
  return reader.snapshot(() => {
    const stated = parseMessage(message);
    if (stated === undefined) {
      const sentence = 'The message is no statement of a kind that this version knows.';
      return [{ step: 'statement', outcome: 'differs', sentence }];
    }
    const steps = [
      signatureStep(reader, batch, stated),
      statementStep(batch, message, stated),
      ...periodSteps(reader, batch, stated),
      rootStep(reader, batch, stated),
    ];
    const root = rootOf(stated);
    if (root === undefined) return steps;
    steps.push(entriesStep(reader, batch, root));
    if (readingIndex !== undefined) steps.push(readingStep(reader, batch, root, readingIndex));
    return steps;
  });
}

function parseMessage(message: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function rootOf({ root }: JsonObject): Uint8Array | undefined {
  return typeof root === 'string' ? Buffer.from(root, 'base64') : undefined;
}

function signatureStep(reader: LedgerReader, batch: Batch, { sig, ...signed }: JsonObject): ProofStep {
  const step = 'signature';
  const key = readKeyChain(reader)?.signerAt(batch.index + 1);
  if (key === undefined) return { step, outcome: 'not-checked', sentence: 'The ledger names no device key.' };
  const did = didKey(key.key.publicKey);
  const signature = typeof sig === 'string' ? Buffer.from(sig, 'base64') : new Uint8Array();
  const isSigned =
    signature.length === SIGNATURE_BYTES &&
    signatureChecker(key.key.publicKey)(Buffer.from(canonicalize(signed), 'utf8'), signature);
  if (!isSigned) {
    const sentence = `Its signature is not by the device key that was in force at entry ${batch.index}, ${did}.`;
    return { step, outcome: 'differs', sentence };
  }
  return signed.did === did
    ? {
        step,
        outcome: 'holds',
        sentence: `It is signed by the device key that the ledger names for that time, ${did}.`,
      }
    : { step, outcome: 'differs', sentence: `It names ${String(signed.did)} as its signer, and is signed by ${did}.` };
}

/** Ed25519, RFC 8032. */
const SIGNATURE_BYTES = 64;

function statementStep(batch: Batch, message: string, stated: JsonObject): ProofStep {
  const step = 'statement';
  const id = createHash('sha256').update(message, 'utf8').digest('hex');
  if (id !== batch.id) {
    const sentence = `Its SHA-256 is ${id}; the batch in the ledger is ${batch.id}.`;
    return { step, outcome: 'differs', sentence };
  }
  for (const name of ['first', 'end', 'size'] as const) {
    if (stated[name] === batch[name]) continue;
    const sentence = `It states ${name} ${String(stated[name])}, and the batch in the ledger has ${batch[name]}.`;
    return { step, outcome: 'differs', sentence };
  }
  const sentence = `It states the entries ${batch.first} to ${batch.end - 1} under a ledger of ${batch.size} entries, as the batch does.`;
  return { step, outcome: 'holds', sentence };
}

/**
 * Holds the period that the message states against the readings of the run. A message of form 1 states none of its readings:
 * there is nothing to hold, and no step.
 */
function periodSteps(reader: LedgerReader, { first, end }: Batch, stated: JsonObject): readonly ProofStep[] {
  if (stated.forebay === 1) return [];
  const step = 'period';
  const span = spanOfReadings(reader, first, end);
  if (span === 'unreadable') {
    const sentence = 'A reading of the run is not readable any more, so that its time is not known.';
    return [{ step, outcome: 'differs', sentence }];
  }
  const [from, to] = [span?.from ?? null, span?.to ?? null];
  if (stated.from !== from || stated.to !== to) {
    const said = stated.from === null ? 'no readings' : `readings from ${String(stated.from)} to ${String(stated.to)}`;
    const found = span === undefined ? 'it holds none' : `those that it holds are from ${span.from} to ${span.to}`;
    return [{ step, outcome: 'differs', sentence: `It states ${said}, and ${found}.` }];
  }
  const sentence =
    span === undefined
      ? 'It states no period, and no reading is in the run.'
      : `It states the period ${span.from} to ${span.to}, and that is what the readings of the run span.`;
  return [{ step, outcome: 'holds', sentence }];
}

interface Span {
  readonly from: string;
  readonly to: string;
}

function spanOfReadings(reader: LedgerReader, first: number, end: number): Span | 'unreadable' | undefined {
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { kind, bytes } of reader.entries(first, end)) {
    if (kind !== 'reading') continue;
    const reading = timesOf(bytes);
    if (reading === undefined) return 'unreadable';
    fromMs = Math.min(fromMs, Date.parse(reading.from));
    toMs = Math.max(toMs, Date.parse(reading.to));
  }
  return fromMs > toMs ? undefined : { from: toIso(fromMs), to: toIso(toMs) };
}

function timesOf(bytes: Uint8Array): Span | undefined {
  try {
    const { from, to } = (parseEntry(bytes).body.reading ?? {}) as Partial<Span>;
    return Number.isFinite(Date.parse(String(from))) && Number.isFinite(Date.parse(String(to)))
      ? { from: String(from), to: String(to) }
      : undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function rootStep(reader: LedgerReader, batch: Batch, stated: JsonObject): ProofStep {
  const step = 'root';
  const root = Buffer.from(rootOf(stated) ?? []).toString('base64');
  try {
    const ours = Buffer.from(proveInclusion(reader, batch.first, batch.size).root).toString('base64');
    return ours === root
      ? {
          step,
          outcome: 'holds',
          sentence: `The root that it states is that of the first ${batch.size} entries of this ledger.`,
        }
      : {
          step,
          outcome: 'differs',
          sentence: `It states the root ${root}; the first ${batch.size} entries here have ${ours}.`,
        };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { step, outcome: 'not-checked', sentence: error.message };
  }
}

function entriesStep(reader: LedgerReader, batch: Batch, root: Uint8Array): ProofStep {
  const step = 'entries';
  for (const { index, bytes } of reader.entries(batch.first, batch.end)) {
    if (!isUnder(reader, batch, root, index, bytes)) {
      const sentence = `Entry ${index}, as it stands here, does not lead to the root that the message states.`;
      return { step, outcome: 'differs', sentence };
    }
  }
  const count = batch.end - batch.first;
  const all = count === 1 ? 'The one entry' : `Each of the ${count} entries`;
  const sentence = `${all} of the run, hashed again, leads to that root by its Merkle path.`;
  return { step, outcome: 'holds', sentence };
}

function readingStep(reader: LedgerReader, batch: Batch, root: Uint8Array, index: number): ProofStep {
  const step = 'reading';
  const entry = reader.entry(index);
  if (entry === undefined || index < batch.first || index >= batch.end) {
    return { step, outcome: 'differs', sentence: `Entry ${index} is not among those that the batch holds.` };
  }
  const hash = Buffer.from(leafHash(entry.bytes)).toString('hex');
  return isUnder(reader, batch, root, index, entry.bytes)
    ? {
        step,
        outcome: 'holds',
        sentence: `The reading of entry ${index} (leaf ${hash.slice(0, 16)}...) is in it, unchanged.`,
      }
    : {
        step,
        outcome: 'differs',
        sentence: `The reading of entry ${index} is not what was sealed: its leaf ${hash} does not lead to the root.`,
      };
}

function isUnder(reader: LedgerReader, { size }: Batch, root: Uint8Array, index: number, bytes: Uint8Array): boolean {
  try {
    return verifyInclusion(leafHash(bytes), index, size, proveInclusion(reader, index, size).hashes, root);
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
