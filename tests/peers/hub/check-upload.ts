import { createHash, createPublicKey, verify } from 'node:crypto';
import { hashLeaf, isConsistent, type Peaks } from './tree.ts';

/** What an upload brings once every part of it was found to hold. */
export interface CheckedUpload {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly Buffer[];
  /** The tree with them. */
  readonly peaks: Peaks;
}

/** Why an upload is not taken: its form or its proofs, or because it begins elsewhere than the hub stands. */
export class UploadRefused extends Error {
  readonly reason: 'invalid' | 'elsewhere';

  constructor(reason: 'invalid' | 'elsewhere', message: string) {
    super(message);
    this.reason = reason;
  }
}

const LINE_FEED = 0x0a;

/**
 * Checks an upload against what the hub holds. `keys` are the verifier keys of the plants that it takes from.
 *
 * @throws UploadRefused
 */
export function checkUpload(bytes: Buffer, origin: string, held: Peaks, keys: readonly string[]): CheckedUpload {
  const [first, ...lines] = splitLines(bytes);
  const head = readHead(first ?? Buffer.alloc(0));
  const { log, from, to, size } = head;
  if (log !== origin) throw invalid('it is of another ledger');
  if (!(from < to && to <= size)) throw invalid('from, to and size do not fit together');
  if (lines.length !== to - from) throw invalid(`it holds ${lines.length} entries in place of ${to - from}`);
  const checkpoint = readCheckpoint(head.checkpoint, origin, keys);
  if (checkpoint.size !== size) throw invalid('its checkpoint is of another size');
  if (from !== held.size)
    throw new UploadRefused('elsewhere', `it begins with entry ${from}, and ${held.size} are held`);
  if (!isConsistent({ size: from, root: held.root() }, checkpoint, head.fromProof)) {
    throw invalid('what is held is no beginning of it: the histories differ');
  }
  const peaks = held.copy();
  for (const [at, line] of lines.entries()) {
    checkEntry(line, from + at);
    peaks.add(hashLeaf(line));
  }
  if (!isConsistent({ size: to, root: peaks.root() }, checkpoint, head.toProof)) {
    throw invalid('its entries are not those of its checkpoint');
  }
  return { from, to, lines, peaks };
}

function invalid(what: string): UploadRefused {
  return new UploadRefused('invalid', `The upload does not hold: ${what}.`);
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

function checkEntry(line: Buffer, index: number): void {
  if (parseObject(line, `entry ${index}`).index !== index)
    throw invalid(`a line in place of entry ${index} is another`);
}

/** A signed note by one of the keys whose name is the origin (C2SP signed-note, tlog-checkpoint). */
function readCheckpoint(note: string, origin: string, keys: readonly string[]): { size: number; root: Buffer } {
  const [body = '', block = ''] = note.split('\n\n');
  const [name, size = '', root] = body.split('\n');
  if (name !== origin || !/^(0|[1-9]\d{0,15})$/.test(size)) throw invalid('its checkpoint is none of this ledger');
  const lines = block.split('\n').filter((line) => line !== '');
  const isSigned = keys.some((key) => lines.some((line) => isSignedBy(`${body}\n`, line, key, origin)));
  if (!isSigned) throw invalid('its checkpoint is not signed by a key of this plant');
  return { size: Number(size), root: base64(root, 32) };
}

function isSignedBy(body: string, line: string, key: string, origin: string): boolean {
  const { name, hash, publicKey } = readKey(key);
  if (name !== origin || !line.startsWith(`— ${name} `)) return false;
  const blob = Buffer.from(line.slice(`— ${name} `.length), 'base64');
  return blob.subarray(0, 4).equals(hash) && verify(null, Buffer.from(body), publicKey, blob.subarray(4));
}

/** `<name>+<hash>+<base64>` with an Ed25519 key of the type 0x01. */
export function readKey(key: string) {
  const [, name = '', , encoded = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(key) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 33 || bytes[0] !== 0x01) throw new Error(`"${key}" is no verifier key of a plant`);
  const hash = createHash('sha256').update(`${name}\n`).update(bytes).digest().subarray(0, 4);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(1).toString('base64url') };
  return { name, hash, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) };
}
