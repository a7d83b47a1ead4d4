import type { JsonObject } from '../model/json.ts';
import { base58 } from './did-key.ts';

export const HEDERA_NETWORKS = ['mainnet', 'testnet'] as const;
export type HederaNetwork = (typeof HEDERA_NETWORKS)[number];

export interface HederaDidParts {
  readonly network: HederaNetwork;
  /** The topic that the DID's messages are in, such as `0.0.5005`. */
  readonly topicId: string;
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array;
}

/** `did:hedera:<network>:z<base58 of the key>_<topic>` (Hedera DID method 1.0, section 2.1). */
export function hederaDid({ network, topicId, publicKey }: HederaDidParts): string {
  return `did:hedera:${network}:z${base58(publicKey)}_${topicId}`;
}

/** The DID document that the message of `hederaDidMessage` comes to (section 2.1 and 3.2.2). */
export function hederaDidDocument(parts: HederaDidParts): JsonObject {
  const did = hederaDid(parts);
  const rootKey = `${did}#did-root-key`;
  return {
    '@context': 'https://www.w3.org/ns/did/v1',
    id: did,
    verificationMethod: [
      { id: rootKey, type: 'Ed25519VerificationKey2018', controller: did, publicKeyBase58: base58(parts.publicKey) },
    ],
    assertionMethod: [rootKey],
    authentication: [rootKey],
  };
}

/** A message of the DID method in its envelope: what is submitted to the topic, as JSON without whitespace. */
export interface HederaDidEnvelope {
  readonly message: JsonObject;
  readonly signature: string;
}

/**
 * The message that creates the DID when it is submitted to its topic: a `DIDOwner` event in an envelope that the key
 * signs (section 3, 3.1.1 and 3.2.2). `at` is ISO 8601 UTC.
 */
export function hederaDidMessage(
  parts: HederaDidParts,
  at: string,
  sign: (bytes: Uint8Array) => Uint8Array,
): HederaDidEnvelope {
  return ownerMessage('create', { did: hederaDid(parts), publicKey: parts.publicKey, at, sign });
}

/**
 * The message that gives the DID another root key: an `update` with a `DIDOwner` event (section 3.2.2). Signed, as section
 * 3 asks, by the root key that the document has until then.
 */
export function hederaDidUpdate(
  did: string,
  nextPublicKey: Uint8Array,
  at: string,
  sign: (bytes: Uint8Array) => Uint8Array,
): HederaDidEnvelope {
  return ownerMessage('update', { did, publicKey: nextPublicKey, at, sign });
}

interface OwnerFacts {
  readonly did: string;
  readonly publicKey: Uint8Array;
  readonly at: string;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}

function ownerMessage(operation: 'create' | 'update', { did, publicKey, at, sign }: OwnerFacts): HederaDidEnvelope {
  const publicKeyMultibase = `z${base58(publicKey)}`;
  const event = {
    DIDOwner: { id: `${did}#did-root-key`, type: 'Ed25519VerificationKey2018', controller: did, publicKeyMultibase },
  };
  const message = {
    operation,
    did,
    event: Buffer.from(JSON.stringify(event), 'utf8').toString('base64'),
    timestamp: at,
  };
  const signature = Buffer.from(sign(Buffer.from(JSON.stringify(message), 'utf8'))).toString('base64');
  return { message, signature };
}
