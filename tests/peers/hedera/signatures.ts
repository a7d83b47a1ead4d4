import { createPublicKey, verify } from 'node:crypto';
import type { KeyProto, SignaturePairProto } from './protobufs.ts';

/** What a DER public key of Ed25519 begins with: RFC 8410, 4. */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

type VerifySecp256k1 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

let verifySecp256k1: VerifySecp256k1 | undefined;

/**
 * Makes secp256k1 signatures checkable. Hedera signs the Keccak-256 hash there, which Node does not know, so the SDK's own
 * key does it; it is loaded only for a transaction that needs it.
 */
export async function loadSecp256k1(pairs: readonly SignaturePairProto[]): Promise<void> {
  if (verifySecp256k1 !== undefined || !pairs.some(({ ECDSASecp256k1 }) => isPresent(ECDSASecp256k1))) return;
  const { PublicKey } = await import('@hashgraph/sdk');
  verifySecp256k1 = (publicKey, message, signature) => PublicKey.fromBytesECDSA(publicKey).verify(message, signature);
}

/** True where the signatures satisfy the key: a plain one, a list of which all, or a threshold of which some must sign. */
export function isSignedBy(key: KeyProto, pairs: readonly SignaturePairProto[], bodyBytes: Uint8Array): boolean {
  const { ed25519, ECDSASecp256k1: secp256k1, keyList, thresholdKey } = key;
  if (isPresent(ed25519)) {
    return pairs.some((pair) => isPrefix(pair, ed25519) && verifyEd25519(ed25519, bodyBytes, pair.ed25519));
  }
  if (isPresent(secp256k1)) {
    return pairs.some(
      (pair) =>
        isPrefix(pair, secp256k1) &&
        isPresent(pair.ECDSASecp256k1) &&
        verifySecp256k1?.(secp256k1, bodyBytes, pair.ECDSASecp256k1) === true,
    );
  }
  if (keyList) return keyList.keys.length > 0 && keyList.keys.every((each) => isSignedBy(each, pairs, bodyBytes));
  if (!thresholdKey) return false;
  const signed = (thresholdKey.keys?.keys ?? []).filter((each) => isSignedBy(each, pairs, bodyBytes));
  return signed.length >= thresholdKey.threshold;
}

function isPresent(bytes: Uint8Array | null | undefined): bytes is Uint8Array {
  return bytes !== null && bytes !== undefined && bytes.length > 0;
}

function isPrefix({ pubKeyPrefix }: SignaturePairProto, key: Uint8Array): boolean {
  return Buffer.compare(key.subarray(0, pubKeyPrefix.length), pubKeyPrefix) === 0;
}

function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array | null | undefined): boolean {
  if (!isPresent(signature)) return false;
  const key = createPublicKey({ key: Buffer.concat([ED25519_PREFIX, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
}
