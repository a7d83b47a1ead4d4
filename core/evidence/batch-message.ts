import { canonicalize } from '../ledger/canonical.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Manifest } from './bundle-format.ts';
import { fromBase64, toBytes, toHex } from './bytes.ts';
import { didOf } from './did-key.ts';
import type { BundleEntry } from './entry-line.ts';
import { asCount, asInstantMs, asList, asText, malformed, parseCanonical, takeMembers } from './form.ts';
import type { KeyHistory } from './key-history.ts';
import type { EvidenceMachine } from './machine.ts';
import { Refusal } from './refusal.ts';

/** What a message states of the readings of its run. Energies are whole watt-hours. */
export interface RunSums {
  readonly approved: number;
  readonly flagged: number;
  readonly rejected: number;
  readonly creditedWh: number;
  readonly reviewedWh: number;
  readonly rules: string;
  readonly models: string | null;
}

export interface SpanMs {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A batch of the ledger: entries `[first, end)`, stated under the checkpoint of `size` entries with `root` (base64). */
export interface BatchFacts {
  readonly index: number;
  readonly place: string;
  readonly id: string;
  readonly first: number;
  readonly end: number;
  readonly size: number;
  readonly root: string;
  readonly targets: readonly string[];
  readonly sums: RunSums;
  /**
   * The time that its readings span, or null where it says that it holds none. Undefined in messages of form 1: their period
   * is the one that the run was sealed for, and readings may lie beside it.
   */
  readonly span: SpanMs | null | undefined;
}

export interface BatchRules {
  readonly machine: EvidenceMachine;
  readonly keys: KeyHistory;
  readonly manifest: Manifest;
}

/** The most that a message on a public topic may hold; docs/sync.md. */
const MESSAGE_BYTES_MAX = 1024;
const MEMBERS =
  'approved creditedWh did end first flagged forebay from log methodology models plant rejected reviewedWh root rules sig size to';
/** Members that stand in the entry and in the message, by their common version. */
const SHARED: Readonly<Record<number, readonly string[]>> = {
  1: ['first', 'end', 'size', 'from', 'to'],
  2: ['first', 'end', 'size'],
};

/**
 * A `batch` entry whose message is of the one form, signed by the device key then in force, and says what the entry says.
 *
 * @throws Refusal `LED_BUNDLE_RECEIPT`, `LED_BUNDLE_FORM`
 */
export async function readBatch(entry: BundleEntry, place: string, rules: BatchRules): Promise<BatchFacts> {
  const { index, body } = entry;
  const { machine, keys, manifest } = rules;
  const text = asText(body.message, place);
  const bytes = toBytes(text);
  const message = parseCanonical(text, place);
  takeMembers(message, MEMBERS.split(' '), place);
  const id = asText(body.id, place);
  if (bytes.length > MESSAGE_BYTES_MAX || toHex(machine.sha256(bytes)) !== id) {
    throw refusedBatch(place, index, 'has another id than its message');
  }
  const shared = SHARED[Number(body.v)];
  if (shared === undefined || message.forebay !== body.v) {
    throw refusedBatch(place, index, 'has a message of another form than its entry');
  }
  const key = keys.signerAt(index + 1);
  const { sig, ...signed } = message;
  const signature = fromBase64(asText(sig, place));
  const isSigned =
    signature !== undefined && (await machine.isSigned(key.publicKey, toBytes(canonicalize(signed)), signature));
  if (!isSigned) throw refusedBatch(place, index, 'has a message that the device key then in force did not sign');
  if (message.plant !== manifest.plantId || message.did !== didOf(key.publicKey) || message.log !== key.name) {
    throw refusedBatch(place, index, 'has a message of another plant or device');
  }
  const [first, end, size] = [message.first, message.end, message.size].map((value) => asCount(value, place));
  const isRun = first !== undefined && end !== undefined && size !== undefined;
  const isSame = shared.every((name) => body[name] === message[name]);
  const slot = body.v === 1 ? spanOf(body.from, body.to, place) : spanOf(body.sealedFrom, body.sealedTo, place);
  const isTimed = slot !== null && slot.fromMs <= slot.toMs;
  if (!isRun || first >= end || end > size || size > index || !isSame || !isTimed) {
    throw refusedBatch(place, index, 'is of another run than its message');
  }
  const targets = asList(body.targets, place).map((target) => asText(target, place));
  return {
    index,
    place,
    id,
    first,
    end,
    size,
    root: asText(message.root, place),
    targets,
    sums: sumsOf(message, place),
    span: message.forebay === 1 ? undefined : spanOf(message.from, message.to, place),
  };
}

function spanOf(from: Json | undefined, to: Json | undefined, place: string): SpanMs | null {
  if (from === null && to === null) return null;
  return { fromMs: asInstantMs(from, place), toMs: asInstantMs(to, place) };
}

function sumsOf(message: JsonObject, place: string): RunSums {
  const { approved, flagged, rejected, creditedWh, reviewedWh, rules, models } = message;
  return {
    approved: asCount(approved, place),
    flagged: asCount(flagged, place),
    rejected: asCount(rejected, place),
    creditedWh: asWhole(creditedWh, place),
    reviewedWh: asWhole(reviewedWh, place),
    rules: asText(rules, place),
    models: models === null ? null : asText(models, place),
  };
}

function asWhole(value: Json | undefined, place: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw malformed(place, 'is not a whole number');
}

export function refusedBatch(place: string, index: number, what: string): Refusal {
  return new Refusal('LED_BUNDLE_RECEIPT', place, `The batch of entry ${index} ${what}.`);
}
