import { canonicalize } from '../../core/ledger/canonical.ts';
import type { DeviceKey } from '../../core/ledger/device-key.ts';
import { isEqual } from '../../core/ledger/merkle.ts';
import { parseVerifierKey, signatureChecker } from '../../core/ledger/verifier-key.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { parseIso } from '../../core/model/time.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import { parseObject } from './carried-batch.ts';

/** A file of the disk that whoever received it could not use, with the code that says why. */
export interface RefusedFile {
  readonly file: string;
  readonly code: string;
}

/** What whoever received a disk signs: it holds the ledger's first `size` entries in one piece, and checked them. */
export interface CourierReceipt {
  readonly plantId: string;
  /** Origin of the ledger's checkpoints. */
  readonly log: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Verifier key of whoever received it. */
  readonly receiver: string;
  readonly receivedAt: string;
  readonly refused: readonly RefusedFile[];
}

/** More is no receipt: the appliance reads no more of a file that a stranger may have put there. */
export const RECEIPT_BYTES_MAX = 64_000;
/** So many refused files are named; what is more shows after those were written anew. */
export const REFUSED_MAX = 100;
const FORMAT = 'forebay-courier-receipt';
const ROOT_BYTES = 32;
const NAME = /^receipt-[0-9a-f]{8}-[^/\\]+\.json$/;

/** One for each receiver and ledger: a newer one takes the place of the one before. */
export function receiptName(receiver: string, log: string): string {
  return `receipt-${receiver.split('+')[1] ?? ''}-${encodeURIComponent(log.split('/').at(-1) ?? '')}.json`;
}

export function isReceiptName(name: string): boolean {
  return NAME.test(name);
}

/** The text of the file: canonical JSON with the signature over all other members, ending with a line break. */
export function signReceipt(receipt: CourierReceipt, key: Pick<DeviceKey, 'sign'>): string {
  const body = bodyOf(receipt);
  const sig = Buffer.from(key.sign(Buffer.from(canonicalize(body), 'utf8'))).toString('base64');
  return `${canonicalize({ ...body, sig })}\n`;
}

function bodyOf({ plantId, log, size, root, receiver, receivedAt, refused }: CourierReceipt): JsonObject {
  return {
    v: 1,
    format: FORMAT,
    plant: plantId,
    log,
    size,
    root: Buffer.from(root).toString('base64'),
    receiver,
    receivedAt,
    refused: refused.map(({ file, code }) => ({ file, code })),
  };
}

/** What a receipt is held against: this ledger, and the receiver that plant.yaml names. */
export interface ReceiptFacts {
  readonly plantId: string;
  readonly log: string;
  readonly receiver: string;
  /** Root of this ledger's first `size` entries, undefined where it has not so many. */
  rootOf(size: number): Uint8Array | undefined;
  /** Size of the newest receipt that was recorded, 0 before the first. */
  readonly receivedSize: number;
}

/** `same`: it says nothing new, and nothing else. */
export type CheckedReceipt =
  | { readonly kind: 'new' | 'same'; readonly receipt: CourierReceipt }
  | { readonly kind: 'refused'; readonly fault: SyncFault };

/** Checks a receipt that came back with a disk. */
export function checkReceipt(bytes: Uint8Array, facts: ReceiptFacts): CheckedReceipt {
  const receipt = parseReceipt(bytes);
  if (receipt === undefined) return refused('SYN_RECEIPT_UNREADABLE', 'is cut short or no receipt');
  const { size, root, plantId, log, sig, body } = receipt;
  const key = parseVerifierKey(facts.receiver);
  if (receipt.receiver !== facts.receiver || key === undefined) {
    return refused('SYN_RECEIPT_UNSIGNED', 'is of another receiver than plant.yaml names');
  }
  if (!signatureChecker(key.publicKey)(Buffer.from(canonicalize(body), 'utf8'), sig)) {
    return refused('SYN_RECEIPT_UNSIGNED', 'is not signed by the receiver that it names');
  }
  if (plantId !== facts.plantId || log !== facts.log) {
    return refused('SYN_RECEIPT_OTHER_PLANT', `is of ${plantId} (${log})`);
  }
  const ours = facts.rootOf(size);
  if (ours === undefined)
    return refused('SYN_RECEIPT_OTHER_LEDGER', `is over ${size} entries, more than there are here`);
  if (!isEqual(ours, root)) {
    return refused('SYN_RECEIPT_OTHER_LEDGER', `is over another history: its first ${size} entries are not these`);
  }
  if (size < facts.receivedSize) {
    return refused('SYN_RECEIPT_OLDER', `is over ${size} entries, and ${facts.receivedSize} were received already`);
  }
  return { kind: size === facts.receivedSize ? 'same' : 'new', receipt };
}

type ParsedReceipt = CourierReceipt & { readonly sig: Uint8Array; readonly body: JsonObject };

function parseReceipt(bytes: Uint8Array): ParsedReceipt | undefined {
  if (bytes.length > RECEIPT_BYTES_MAX) return undefined;
  const text = Buffer.from(bytes).toString('utf8').trimEnd();
  const parsed = parseObject(Buffer.from(text, 'utf8'));
  // What is recorded of it is its text, so that nothing may stand there that is not signed.
  if (parsed === undefined || canonicalize(parsed) !== text) return undefined;
  const { sig, ...body } = parsed;
  const { v, format, plant, log, size, root: rootText, receiver, receivedAt, refused: files } = body;
  if (v !== 1 || format !== FORMAT || typeof plant !== 'string' || typeof log !== 'string') return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 1) return undefined;
  if (typeof rootText !== 'string' || typeof receiver !== 'string' || typeof sig !== 'string') return undefined;
  if (typeof receivedAt !== 'string' || parseIso(receivedAt) === undefined) return undefined;
  const root = Buffer.from(rootText, 'base64');
  const refusedFiles = refusedOf(files);
  if (root.length !== ROOT_BYTES || refusedFiles === undefined) return undefined;
  const facts = { plantId: plant, log, size, root, receiver, receivedAt, refused: refusedFiles };
  return { ...facts, sig: Buffer.from(sig, 'base64'), body };
}

function refusedOf(value: unknown): readonly RefusedFile[] | undefined {
  if (!Array.isArray(value) || value.length > REFUSED_MAX) return undefined;
  const files: RefusedFile[] = [];
  for (const item of value as readonly unknown[]) {
    const { file, code } = (item ?? {}) as { file?: unknown; code?: unknown };
    if (typeof file !== 'string' || typeof code !== 'string') return undefined;
    files.push({ file, code });
  }
  return files;
}

const HINTS = {
  SYN_RECEIPT_UNREADABLE: 'ask the receiver for it again; nothing was changed here',
  SYN_RECEIPT_UNSIGNED:
    'compare the key with the one that the receiver shows, and correct sync.file.receiver or ask them',
  SYN_RECEIPT_OTHER_PLANT: 'the disk belongs to another plant: give it back to its courier',
  SYN_RECEIPT_OTHER_LEDGER:
    'keep disk and data folder as they are, and ask the receiver: there may be a second history',
  SYN_RECEIPT_OLDER: 'nothing to do: a newer receipt was recorded',
} as const;

function refused(code: keyof typeof HINTS, what: string): CheckedReceipt {
  return { kind: 'refused', fault: { code, message: `The receipt on the disk ${what}.`, hint: HINTS[code] } };
}
