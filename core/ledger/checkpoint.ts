import { keyHashOf, signatureChecker, type VerifierKey } from './verifier-key.ts';

/**
 * A checkpoint: what the ledger was at one size, as a C2SP signed note (tlog-checkpoint). Three lines of text
 * (origin, size in decimal, root in base64), a blank line, and one line for each signature.
 */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export interface SignedCheckpoint extends Checkpoint {
  /** The bytes that were signed: the text up to and with its last line break. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  readonly keyHash: Uint8Array;
  readonly signature: Uint8Array;
}

const SIGNATURE_LINE = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/u;
const SIZE = /^(?:0|[1-9]\d{0,15})$/;
const KEY_HASH_BYTES = 4;
const ROOT_BYTES = 32;
/** As the reference implementation of signed notes; more is an attack and not a note. */
const SIGNATURES_MAX = 100;

/** The text that is signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** The whole note. `signature` is the Ed25519 signature over `checkpointText`, by the key named `name`. */
export function formatCheckpoint(
  checkpoint: Checkpoint,
  signer: { readonly name: string; readonly publicKey: Uint8Array },
  signature: Uint8Array,
): string {
  const keyHash = keyHashOf(signer.name, signer.publicKey);
  return formatNote(checkpointText(checkpoint), [{ name: signer.name, keyHash, signature }]);
}

/** A note of one signature or more under the text, which ends with a line break. */
export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  const lines = signatures.map(({ name, keyHash, signature }) => {
    return `\u2014 ${name} ${Buffer.concat([keyHash, signature]).toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** The parts of a note, or undefined when it is not a checkpoint. Says nothing of its signatures. */
export function parseCheckpoint(note: string): SignedCheckpoint | undefined {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, end + 1);
  const [origin = '', sizeText = '', rootText = ''] = text.split('\n');
  const root = Buffer.from(rootText, 'base64');
  const size = Number(sizeText);
  if (origin === '' || !SIZE.test(sizeText) || !Number.isSafeInteger(size)) return undefined;
  if (root.length !== ROOT_BYTES || root.toString('base64') !== rootText) return undefined;
  const signatures = parseSignatures(note.slice(end + 2));
  return signatures === undefined ? undefined : { origin, size, root, text, signatures };
}

function parseSignatures(block: string): NoteSignature[] | undefined {
  const lines = block.split('\n').slice(0, -1);
  if (lines.length === 0 || lines.length > SIGNATURES_MAX) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const match = SIGNATURE_LINE.exec(line);
    if (match === null) return undefined;
    const [, name = '', base64 = ''] = match;
    const blob = Buffer.from(base64, 'base64');
    if (blob.length <= KEY_HASH_BYTES || blob.toString('base64') !== base64) return undefined;
    signatures.push({ name, keyHash: blob.subarray(0, KEY_HASH_BYTES), signature: blob.subarray(KEY_HASH_BYTES) });
  }
  return signatures;
}

/**
 * The checkpoint that `note` holds, if `key` signed it and its origin is the key's name; else undefined. Signatures of
 * other keys are ignored, and the first one that claims to be this key's decides (C2SP signed-note).
 */
export function verifyCheckpoint(note: string, key: VerifierKey): Checkpoint | undefined {
  const parsed = parseCheckpoint(note);
  if (parsed === undefined || parsed.origin !== key.name) return undefined;
  const claimed = parsed.signatures.find(
    (item) => item.name === key.name && Buffer.compare(item.keyHash, key.keyHash) === 0,
  );
  if (claimed === undefined) return undefined;
  const isSigned = signatureChecker(key.publicKey);
  return isSigned(Buffer.from(parsed.text, 'utf8'), claimed.signature)
    ? { origin: parsed.origin, size: parsed.size, root: parsed.root }
    : undefined;
}
