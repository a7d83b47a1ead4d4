import { createHash, createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import type { EvidenceMachine } from '../../core/evidence/machine.ts';

/** DER of an Ed25519 SubjectPublicKeyInfo up to the key (RFC 8410 section 4). */
const SPKI_ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const keys = new Map<string, KeyObject | undefined>();
const KEYS_MAX = 100;

/** What the verifier needs, by Node's own means; signatures are checked on several threads. */
export const nodeMachine: EvidenceMachine = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  startSha256() {
    const running = createHash('sha256');
    return { update: (bytes) => void running.update(bytes), digest: () => running.digest() };
  },
  crc32: (bytes, before) => crc32(bytes, before),
  isSigned(publicKey, message, signature) {
    const key = keyOf(publicKey);
    if (key === undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      verify(null, message, key, signature, (error, isSigned) => resolve(error === null && isSigned));
    });
  },
  inflate,
};

function keyOf(publicKey: Uint8Array): KeyObject | undefined {
  const name = Buffer.from(publicKey).toString('hex');
  if (!keys.has(name)) {
    if (keys.size >= KEYS_MAX) keys.clear();
    keys.set(name, parseKey(publicKey));
  }
  return keys.get(name);
}

function parseKey(publicKey: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_ED25519_PREFIX, publicKey]), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

const INFLATED_CHUNK_BYTES = 64 * 1024;

async function* inflate(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let taken = 0;
  const counted = async function* () {
    for await (const chunk of stored) {
      taken += chunk.length;
      yield chunk;
    }
  };
  const inflating = createInflateRaw({ chunkSize: INFLATED_CHUNK_BYTES });
  const input = Readable.from(counted());
  input.on('error', (error) => inflating.destroy(error));
  input.pipe(inflating);
  try {
    for await (const chunk of inflating) yield chunk as Uint8Array;
  } finally {
    input.destroy();
  }
  // Node takes no notice of what follows the stream's end.
  if (inflating.bytesWritten !== taken) throw new Error('Something follows the end of the DEFLATE stream.');
}
