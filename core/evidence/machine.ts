/** What the verifier needs of the machine that it runs on: Node gives its own, a browser its. */
export interface EvidenceMachine {
  sha256(bytes: Uint8Array): Uint8Array;
  /** SHA-256 over bytes that come in pieces. */
  startSha256(): RunningDigest;
  /** CRC-32 of ISO 3309, as ZIP uses it, of `bytes` after what gave `before` (0 at the start). */
  crc32(bytes: Uint8Array, before: number): number;
  /** Whether `signature` is an Ed25519 signature (RFC 8032) over `message`. False too for what is no key or signature. */
  isSigned(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
  /** The same for many, answered in their order; a machine with several processors looks at several at once. */
  areSigned(signed: readonly Signed[]): Promise<readonly boolean[]>;
  /** The content of one whole DEFLATE stream (RFC 1951). Throws when it is damaged, unfinished or something follows. */
  inflate(stored: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** A message, its Ed25519 signature and the public key of whoever is said to have made it. */
export interface Signed {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export interface RunningDigest {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** The file that is checked. Any part can be read at any time; nothing is held in memory whole. */
export interface BundleSource {
  readonly size: number;
  /** The bytes `[from, to)`, which lie within the file. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** Bytes that are read at once. */
export const CHUNK_BYTES = 64 * 1024;

export async function* readChunks(source: BundleSource, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += CHUNK_BYTES) yield await source.read(at, Math.min(to, at + CHUNK_BYTES));
}
