import type { BundleSource, EvidenceMachine, Signed } from '../../core/evidence/machine.ts';
import { sha256, startSha256 } from './sha256.ts';

/** What the verifier needs, by a browser's means. Nothing here asks anybody anything. */
export const browserMachine: EvidenceMachine = { sha256, startSha256, crc32, isSigned, areSigned, inflate };

/** The bytes of a file that a person chose; they are read as they are needed. */
export function fileSource(file: Blob): BundleSource {
  return { size: file.size, read: async (from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer()) };
}

const POLYNOMIAL = 0xedb88320;
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value >>> 0;
});

function crc32(bytes: Uint8Array, before: number): number {
  let value = ~before;
  for (const byte of bytes) value = (value >>> 8) ^ (crcTable[(value ^ byte) & 0xff] ?? 0);
  return ~value >>> 0;
}

const keys = new Map<string, Promise<CryptoKey | undefined>>();

async function isSigned(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const name = publicKey.join();
  const known = keys.get(name) ?? importKey(publicKey);
  keys.set(name, known);
  const key = await known;
  if (key === undefined) return false;
  try {
    return await crypto.subtle.verify('Ed25519', key, owned(signature), owned(message));
  } catch {
    return false;
  }
}

function areSigned(signed: readonly Signed[]): Promise<boolean[]> {
  return Promise.all(signed.map(({ publicKey, message, signature }) => isSigned(publicKey, message, signature)));
}

async function importKey(publicKey: Uint8Array): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey('raw', owned(publicKey), 'Ed25519', false, ['verify']);
  } catch {
    return undefined;
  }
}

/** A copy in memory that is not shared, which is all that a browser's cryptography takes. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}

async function* inflate(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = stored[Symbol.asyncIterator]();
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const step = await chunks.next();
      if (step.done === true) controller.close();
      else controller.enqueue(owned(step.value));
    },
  });
  const reader = input.pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
}

/** RFC 8032 section 7.1, test 2: one byte, its key and its signature. */
const KNOWN_KEY = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
const KNOWN_SIGNATURE =
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00';

/** Whether this browser can do what a check takes: a browser that cannot must not call a bundle bad. */
export async function canCheck(): Promise<boolean> {
  try {
    if (typeof DecompressionStream !== 'function') return false;
    const [key, signature, message] = [bytesOf(KNOWN_KEY), bytesOf(KNOWN_SIGNATURE), Uint8Array.of(0x72)];
    const isGood = await isSigned(key, message, signature);
    return isGood && !(await isSigned(key, Uint8Array.of(0x73), signature));
  } catch {
    return false;
  }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
