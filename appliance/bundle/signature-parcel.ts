import type { Signed } from '../../core/evidence/machine.ts';

/**
 * Signatures and what they sign, in one piece of memory that goes to a thread and comes back to be used again: for each
 * of them 32 bytes of key, 64 of signature, and the message.
 */
export interface SignatureParcel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly messageLengths: readonly number[];
}

/** What a thread answers: for each signature whether it holds, and the memory. */
export interface ParcelAnswer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly answers: readonly boolean[];
}

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const HEAD_BYTES = KEY_BYTES + SIGNATURE_BYTES;

/** Writes them into `bytes`; undefined where they do not fit, or one of them has no key or signature of that length. */
export function packSignatures(signed: readonly Signed[], bytes: Uint8Array<ArrayBuffer>): SignatureParcel | undefined {
  let at = 0;
  for (const { publicKey, message, signature } of signed) {
    const isWhole = publicKey.length === KEY_BYTES && signature.length === SIGNATURE_BYTES;
    if (!isWhole || at + HEAD_BYTES + message.length > bytes.length) return undefined;
    bytes.set(publicKey, at);
    bytes.set(signature, at + KEY_BYTES);
    bytes.set(message, at + HEAD_BYTES);
    at += HEAD_BYTES + message.length;
  }
  return { bytes, messageLengths: signed.map(({ message }) => message.length) };
}

export function unpackSignatures({ bytes, messageLengths }: SignatureParcel): Signed[] {
  let at = 0;
  return messageLengths.map((length) => {
    const from = at;
    at += HEAD_BYTES + length;
    return {
      publicKey: bytes.subarray(from, from + KEY_BYTES),
      signature: bytes.subarray(from + KEY_BYTES, from + HEAD_BYTES),
      message: bytes.subarray(from + HEAD_BYTES, at),
    };
  });
}
