import { isSignedBy, type PlantKey } from './plant-key.ts';
import type { PlantKeys, SentEntry } from './plant-keys.ts';
import { hashLeaf, isConsistent, type Peaks } from './tree.ts';
import { invalid, UploadRefused } from './upload-refused.ts';

/** What the hub holds of a ledger. */
export interface HeldTree {
  readonly origin: string;
  readonly peaks: Peaks;
  readonly keys: PlantKeys;
}

/** What an upload brings once every part of it was found to hold. */
export interface CheckedUpload {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly Buffer[];
  /** The tree and the plant's keys with them. */
  readonly peaks: Peaks;
  readonly keys: PlantKeys;
}

const LINE_FEED = 0x0a;

/**
 * Checks an upload against what the hub holds. `told` are the verifier keys that it was told of; those that take over by
 * the word of the one before it learns from the entries.
 *
 * @throws UploadRefused
 */
export function checkUpload(
  bytes: Buffer,
  { origin, peaks: held, keys: known }: HeldTree,
  told: readonly string[],
): CheckedUpload {
  const [first, ...lines] = splitLines(bytes);
  const head = readHead(first ?? Buffer.alloc(0));
  const { log, from, to, size } = head;
  if (log !== origin) throw invalid('it is of another ledger');
  if (!(from < to && to <= size)) throw invalid('from, to and size do not fit together');
  if (lines.length !== to - from) throw invalid(`it holds ${lines.length} entries in place of ${to - from}`);
  if (from !== held.size)
    throw new UploadRefused('elsewhere', `it begins with entry ${from}, and ${held.size} are held`);
  const peaks = held.copy();
  const keys = known.copy();
  for (const [at, line] of lines.entries()) {
    keys.follow(readEntry(line, from + at), () => peaks.root(), told);
    peaks.add(hashLeaf(line));
  }
  const checkpoint = readCheckpoint(head.checkpoint, origin, keys.signersOf(size, to));
  if (checkpoint.size !== size) throw invalid('its checkpoint is of another size');
  if (!isConsistent({ size: from, root: held.root() }, checkpoint, head.fromProof)) {
    throw invalid('what is held is no beginning of it: the histories differ');
  }
  if (!isConsistent({ size: to, root: peaks.root() }, checkpoint, head.toProof)) {
    throw invalid('its entries are not those of its checkpoint');
  }
  return { from, to, lines, peaks, keys };
}

function splitLines(bytes: Buffer): Buffer[] {
  if (bytes.at(-1) !== LINE_FEED) throw invalid('it does not end with a line break');
  const lines: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, from);
    lines.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return lines;
}

interface Head {
  readonly log: string;
  readonly from: number;
  readonly to: number;
  readonly size: number;
  readonly checkpoint: string;
  readonly fromProof: readonly Buffer[];
  readonly toProof: readonly Buffer[];
}

function readHead(line: Buffer): Head {
  const head = parseObject(line, 'its first line');
  if (head.v !== 1 || head.format !== 'forebay-upload') throw invalid('it is of another form');
  const [from, to, size] = [head.from, head.to, head.size].map((value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw invalid('a count is none');
    return value;
  }) as [number, number, number];
  const hashes = (value: unknown): Buffer[] => {
    if (!Array.isArray(value)) throw invalid('a proof is no list');
    return value.map((hash) => base64(hash, 32));
  };
  return {
    log: text(head.log),
    from,
    to,
    size,
    checkpoint: text(head.checkpoint),
    fromProof: hashes(head.fromProof),
    toProof: hashes(head.toProof),
  };
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid('a text is missing');
}

function base64(value: unknown, length: number): Buffer {
  const bytes = Buffer.from(text(value), 'base64');
  if (bytes.length !== length || bytes.toString('base64') !== value) throw invalid('a hash is none');
  return bytes;
}

function parseObject(line: Buffer, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw invalid(`${what} is no JSON object`);
}

export function readEntry(line: Buffer, index: number): SentEntry {
  const entry = parseObject(line, `entry ${index}`);
  if (entry.index !== index) throw invalid(`a line in place of entry ${index} is another`);
  return { index, kind: entry.kind, body: entry.body };
}

/** A signed note by all of these keys, whose name is the origin (C2SP signed-note, tlog-checkpoint). */
function readCheckpoint(note: string, origin: string, keys: readonly PlantKey[]): { size: number; root: Buffer } {
  const [body = '', block = ''] = note.split('\n\n');
  const [name, size = '', root] = body.split('\n');
  if (name !== origin || !/^(0|[1-9]\d{0,15})$/.test(size)) throw invalid('its checkpoint is none of this ledger');
  const lines = block.split('\n').filter((line) => line !== '');
  const isSigned = keys.every((key) => lines.some((line) => isLineOf(key, `${body}\n`, line)));
  if (!isSigned) throw invalid('its checkpoint is not signed by the key of the plant that is in force there');
  return { size: Number(size), root: base64(root, 32) };
}

function isLineOf(key: PlantKey, body: string, line: string): boolean {
  const start = `— ${key.name} `;
  if (!line.startsWith(start)) return false;
  const blob = Buffer.from(line.slice(start.length), 'base64');
  return blob.subarray(0, 4).equals(key.hash) && isSignedBy(key, body, blob.subarray(4).toString('base64'));
}
