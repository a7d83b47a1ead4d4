import { createHash, hash } from 'node:crypto';
import { Readable, type TransformOptions } from 'node:stream';
import { crc32, createInflateRaw, type ZlibOptions } from 'node:zlib';
import type { EvidenceMachine } from '../../core/evidence/machine.ts';
import { holdsSignatureLater } from './signature-check.ts';

/** What the verifier needs, by Node's own means; signatures are checked on several threads. */
export const nodeMachine: EvidenceMachine = {
  // By way of a text of one character a byte: Node gives a buffer of its own for each hash at twice the whole cost.
  sha256: (bytes) => Buffer.from(hash('sha256', bytes, 'binary'), 'latin1'),
  startSha256() {
    const running = createHash('sha256');
    return { update: (bytes) => void running.update(bytes), digest: () => running.digest() };
  },
  crc32: (bytes, before) => crc32(bytes, before),
  isSigned: (publicKey, message, signature) => holdsSignatureLater({ publicKey, message, signature }),
  areSigned: (signed) => Promise.all(signed.map(holdsSignatureLater)),
  inflate,
};

const INFLATED_CHUNK_BYTES = 64 * 1024;
/** What is unpacked ahead, so that whoever reads on does not wait for a thread that is at something else. */
const AHEAD_BYTES = 512 * 1024;

async function* inflate(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let taken = 0;
  const counted = async function* () {
    for await (const chunk of stored) {
      taken += chunk.length;
      yield chunk;
    }
  };
  const options: ZlibOptions & TransformOptions = { chunkSize: INFLATED_CHUNK_BYTES, highWaterMark: AHEAD_BYTES };
  const inflating = createInflateRaw(options);
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
