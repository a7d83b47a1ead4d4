import { canonicalize } from '../ledger/canonical.ts';
import { LAYER_NAMES } from '../verification/verdict.ts';
import { isSameBytes, toBytes, toHex } from './bytes.ts';
import type { DeliveryBook } from './delivery-book.ts';
import { parseEntryLine } from './entry-line.ts';
import { asHashes, asObject, asText, malformed, parseCanonical, takeMembers } from './form.ts';
import { holdToPlace } from './hold-to-place.ts';
import type { EvidenceMachine } from './machine.ts';
import type { OpenBundle } from './open-bundle.ts';
import { Refusal } from './refusal.ts';
import { hashLeaf, rootOfInclusion } from './tree.ts';
import type { Weights } from './verdict-check.ts';

/** Texts that entries name by their digest, `sha256:` and lower-case hexadecimal. */
export interface Attachments {
  /** Digests of the models, and the unit of each. */
  readonly models: ReadonlyMap<string, string>;
  /** Weights of the layers, by the digest of the settings. */
  readonly weights: ReadonlyMap<string, Weights>;
}

/** `root` is that of the whole ledger; batches and receipts go into the book. @throws Refusal */
export async function readAttachments(
  bundle: OpenBundle,
  machine: EvidenceMachine,
  root: Uint8Array,
  book: DeliveryBook,
): Promise<Attachments> {
  const models = new Map<string, string>();
  let lastModel: string | undefined;
  for await (const { text, place } of bundle.lines('models.ndjson')) {
    const line = parseCanonical(text, place);
    takeMembers(line, ['digest', 'text', 'unitId'], place);
    const digest = checkDigest(machine, line.digest, line.text, place);
    refuseOutOfOrder(lastModel, digest, place);
    lastModel = digest;
    models.set(digest, asText(line.unitId, place));
  }
  const weights = new Map<string, Weights>();
  let lastSettings: string | undefined;
  for await (const { text, place } of bundle.lines('settings.ndjson')) {
    const line = parseCanonical(text, place);
    takeMembers(line, ['digest', 'text'], place);
    const digest = checkDigest(machine, line.digest, line.text, place);
    refuseOutOfOrder(lastSettings, digest, place);
    lastSettings = digest;
    weights.set(digest, readWeights(asText(line.text, place), place));
  }
  await readDeliveries(bundle, machine, root, book);
  return { models, weights };
}

function checkDigest(machine: EvidenceMachine, digest: unknown, text: unknown, place: string): string {
  const isText = typeof digest === 'string' && typeof text === 'string';
  if (isText && digest === `sha256:${toHex(machine.sha256(toBytes(text)))}`) return digest;
  throw new Refusal('LED_BUNDLE_ATTACHMENT', place, 'The text has another digest than the one under which it stands.');
}

function refuseOutOfOrder(last: string | undefined, digest: string, place: string): void {
  if (last !== undefined && last >= digest) throw malformed(place, 'stands out of its order');
}

function readWeights(text: string, place: string): Weights {
  const weights = asObject(asObject(parseCanonical(text, place), place).weights, place);
  const isWhole = LAYER_NAMES.every((name) => typeof weights[name] === 'number');
  if (!isWhole) throw malformed(place, 'holds no weights of the layers');
  return weights as unknown as Weights;
}

/** Batches and receipts beside the range, each shown to be in the ledger by its own proof. */
async function readDeliveries(
  bundle: OpenBundle,
  machine: EvidenceMachine,
  root: Uint8Array,
  book: DeliveryBook,
): Promise<void> {
  const { range, treeSize } = bundle.manifest;
  let before = -1;
  for await (const { text, place } of bundle.lines('receipts.ndjson')) {
    const line = parseCanonical(text, place);
    takeMembers(line, ['entry', 'hashes'], place);
    const entryText = canonicalize(asObject(line.entry, place));
    const entry = parseEntryLine(entryText, place);
    const { index, kind } = entry;
    const isAfter = index >= range.to && index > before && index < treeSize;
    if (!isAfter || (kind !== 'batch' && kind !== 'receipt')) {
      throw new Refusal(
        'LED_BUNDLE_RECEIPT',
        place,
        'The line holds no batch or receipt from after the range, in its order.',
      );
    }
    const leaf = hashLeaf(machine.sha256, toBytes(entryText));
    const found = rootOfInclusion(machine.sha256, leaf, { index, size: treeSize }, asHashes(line.hashes, place));
    if (found === undefined || !isSameBytes(found, root)) {
      throw new Refusal('LED_BUNDLE_INCLUSION', place, `Entry ${index} is not shown to be in the ledger.`);
    }
    await holdToPlace(place, () => book.take(entry, place));
    before = index;
  }
}
