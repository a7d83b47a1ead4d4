import { LAYER_NAMES } from '../verification/verdict.ts';
import { toBytes, toHex } from './bytes.ts';
import { asObject, asText, malformed, parseCanonical, takeMembers } from './form.ts';
import type { EvidenceMachine } from './machine.ts';
import type { OpenBundle } from './open-bundle.ts';
import { Refusal } from './refusal.ts';
import type { Weights } from './verdict-check.ts';

/** Texts that entries name by their digest, `sha256:` and lower-case hexadecimal. */
export interface Attachments {
  /** Digests of the models, and the unit of each. */
  readonly models: ReadonlyMap<string, string>;
  /** Weights of the layers, by the digest of the settings. */
  readonly weights: ReadonlyMap<string, Weights>;
  readonly receipts: number;
}

/** @throws Refusal */
export async function readAttachments(
  bundle: OpenBundle,
  machine: EvidenceMachine,
  isCheckpoint: (size: number, root: string) => boolean,
): Promise<Attachments> {
  const models = new Map<string, string>();
  for await (const { text, place } of bundle.lines('models.ndjson')) {
    const line = parseCanonical(text, place);
    takeMembers(line, ['digest', 'text', 'unitId'], place);
    const digest = checkDigest(machine, line.digest, line.text, place);
    refuseOutOfOrder(models, digest, place);
    models.set(digest, asText(line.unitId, place));
  }
  const weights = new Map<string, Weights>();
  for await (const { text, place } of bundle.lines('settings.ndjson')) {
    const line = parseCanonical(text, place);
    takeMembers(line, ['digest', 'text'], place);
    const digest = checkDigest(machine, line.digest, line.text, place);
    refuseOutOfOrder(weights, digest, place);
    weights.set(digest, readWeights(asText(line.text, place), place));
  }
  return { models, weights, receipts: await checkReceipts(bundle, isCheckpoint) };
}

function checkDigest(machine: EvidenceMachine, digest: unknown, text: unknown, place: string): string {
  const isText = typeof digest === 'string' && typeof text === 'string';
  if (isText && digest === `sha256:${toHex(machine.sha256(toBytes(text)))}`) return digest;
  throw new Refusal('LED_BUNDLE_ATTACHMENT', place, 'The text has another digest than the one under which it stands.');
}

function refuseOutOfOrder(known: ReadonlyMap<string, unknown>, digest: string, place: string): void {
  const last = [...known.keys()].at(-1);
  if (last !== undefined && last >= digest) throw malformed(place, 'stands out of its order');
}

function readWeights(text: string, place: string): Weights {
  const weights = asObject(asObject(parseCanonical(text, place), place).weights, place);
  const isWhole = LAYER_NAMES.every((name) => typeof weights[name] === 'number');
  if (!isWhole) throw malformed(place, 'holds no weights of the layers');
  return weights as unknown as Weights;
}

/** A receipt is of a root that the bundle holds; what its target signed is for the target's own tools to check. */
async function checkReceipts(
  bundle: OpenBundle,
  isCheckpoint: (size: number, root: string) => boolean,
): Promise<number> {
  let count = 0;
  for await (const { text, place } of bundle.lines('receipts.ndjson')) {
    const line = parseCanonical(text, place);
    takeMembers(line, ['proof', 'receivedAt', 'root', 'size', 'target', 'v'], place);
    if (line.v !== 1 || typeof line.size !== 'number' || !isCheckpoint(line.size, asText(line.root, place))) {
      throw new Refusal('LED_BUNDLE_RECEIPT', place, 'The receipt is of a root that is none of this ledger.');
    }
    count += 1;
  }
  return count;
}
