import { createHash } from 'node:crypto';
import { parseCheckpoint, type SignedCheckpoint } from '../../core/ledger/checkpoint.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { plantFolder } from '../../core/sync/targets/carrier-path.ts';

/** The file of a batch as it came, apart: what it claims, and its entries as bytes. Nothing of it is checked against keys. */
export interface CarriedBatch {
  readonly id: string;
  readonly first: number;
  readonly end: number;
  readonly size: number;
  readonly plantId: string;
  /** `did:key` of the device that signed the message, the signed members, and the signature over them. */
  readonly did: string;
  readonly message: JsonObject;
  readonly signature: Uint8Array;
  readonly checkpoint: SignedCheckpoint;
  /** RFC 9162 proofs that the ledgers of `first` and of `end` entries are the beginning of that of `size`. */
  readonly consistency: readonly Uint8Array[];
  readonly onward: readonly Uint8Array[];
  readonly lines: readonly Uint8Array[];
}

/** A folder is named after it. */
const ORIGIN_CHARS_MAX = 200;
const LINE_FEED = 0x0a;
const NAME = /^(\d{1,15})-(\d{1,15})-([0-9a-f]{12})\.ndjson$/;

/** What the name of a file of a batch says; undefined for any other file. */
export function parseBatchName(name: string): { first: number; end: number; id: string } | undefined {
  const [, first, end, id] = NAME.exec(name) ?? [];
  return id === undefined ? undefined : { first: Number(first), end: Number(end), id };
}

/** The parts of a file of a batch, or why it is none: a sentence's end. */
export function parseCarriedBatch(bytes: Uint8Array): CarriedBatch | string {
  const lines = splitLines(bytes);
  const [headLine, ...entries] = lines ?? [];
  if (headLine === undefined) return 'does not end with a whole line';
  const head = parseObject(headLine);
  if (head?.format !== 'forebay-batch' || head.v !== 1) return 'does not begin with the head of a batch';
  const { id, message: text, first, end, size, checkpoint: note } = head;
  if (!isCount(first) || !isCount(end) || !isCount(size) || first >= end || end > size)
    return 'names no run of entries';
  if (typeof text !== 'string' || typeof id !== 'string' || sha256(text) !== id)
    return 'has another message than its id';
  const { sig, ...message } = parseObject(Buffer.from(text, 'utf8')) ?? {};
  const checkpoint = typeof note === 'string' ? parseCheckpoint(note) : undefined;
  const consistency = hashesOf(head.consistency);
  const onward = hashesOf(head.onward ?? []);
  if (typeof sig !== 'string' || checkpoint === undefined || consistency === undefined || onward === undefined) {
    return 'lacks its signature, its checkpoint or its proofs';
  }
  const { plant, did } = message;
  const isSame = message.first === first && message.end === end && message.size === size && checkpoint.size === size;
  const isRoot = message.root === Buffer.from(checkpoint.root).toString('base64') && message.log === checkpoint.origin;
  const isLong = checkpoint.origin.length > ORIGIN_CHARS_MAX;
  if (typeof plant !== 'string' || typeof did !== 'string' || !isSame || !isRoot || isLong) {
    return 'has a message of another run than its entries';
  }
  if (entries.length !== end - first) return `holds ${entries.length} entries where its head says ${end - first}`;
  const signature = Buffer.from(sig, 'base64');
  return {
    id,
    first,
    end,
    size,
    plantId: plant,
    did,
    message,
    signature,
    checkpoint,
    consistency,
    onward,
    lines: entries,
  };
}

/** Whether the file lies in the folder of its plant under its own name. */
export function isInPlace({ first, end, id, plantId }: CarriedBatch, folderName: string, name: string): boolean {
  const named = parseBatchName(name);
  return (
    plantFolder(plantId) === folderName &&
    named !== undefined &&
    named.first === first &&
    named.end === end &&
    id.startsWith(named.id)
  );
}

function splitLines(bytes: Uint8Array): Uint8Array[] | undefined {
  if (bytes.at(-1) !== LINE_FEED) return undefined;
  const lines: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = bytes.indexOf(LINE_FEED, from);
    lines.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return lines;
}

/** The object that the line holds, or undefined when it is none. */
export function parseObject(line: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(line).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function hashesOf(value: unknown): Uint8Array[] | undefined {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return undefined;
  return value.map((item) => Buffer.from(item, 'base64'));
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
