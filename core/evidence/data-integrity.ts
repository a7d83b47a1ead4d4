import { canonicalize } from '../ledger/canonical.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { joinBytes, toBytes } from './bytes.ts';
import { fromMultibase, keyOfDid, methodOf, toMultibase } from './did-key.ts';
import type { EvidenceMachine } from './machine.ts';
import type { Sha256 } from './tree.ts';

/**
 * W3C Data Integrity with the cryptosuite `eddsa-jcs-2022` (Data Integrity EdDSA Cryptosuites v1.0 section 3.3): what is
 * signed is SHA-256 of the canonical proof options, then SHA-256 of the canonical document.
 */
export function dataToSign(sha256: Sha256, document: JsonObject, options: JsonObject): Uint8Array {
  return joinBytes(sha256(toBytes(canonicalize(options))), sha256(toBytes(canonicalize(document))));
}

/** The document with its proof by the key of `did`. `sign` gives Ed25519 signatures of that key. */
export function withProof(
  sha256: Sha256,
  document: JsonObject,
  { did, createdAt }: { readonly did: string; readonly createdAt: string },
  sign: (bytes: Uint8Array) => Uint8Array,
): JsonObject {
  const options: JsonObject = {
    '@context': document['@context'] as Json,
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    created: createdAt,
    verificationMethod: methodOf(did),
    proofPurpose: 'assertionMethod',
  };
  return { ...document, proof: { ...options, proofValue: toMultibase(sign(dataToSign(sha256, document, options))) } };
}

/** Whether `document` carries one `eddsa-jcs-2022` proof by the key of its issuer. */
export async function holdsProof(machine: EvidenceMachine, document: JsonObject): Promise<boolean> {
  const { proof, ...unsecured } = document;
  if (typeof proof !== 'object' || proof === null || Array.isArray(proof)) return false;
  const { proofValue, ...options } = proof as JsonObject;
  const issuer = typeof unsecured.issuer === 'string' ? unsecured.issuer : '';
  const key = keyOfDid(issuer);
  const signature = typeof proofValue === 'string' ? fromMultibase(proofValue) : undefined;
  const isOurs =
    options.type === 'DataIntegrityProof' &&
    options.cryptosuite === 'eddsa-jcs-2022' &&
    options.proofPurpose === 'assertionMethod' &&
    options.verificationMethod === methodOf(issuer) &&
    canonicalize(options['@context'] ?? null) === canonicalize(unsecured['@context'] ?? null);
  if (!isOurs || key === undefined || signature === undefined) return false;
  return machine.isSigned(key, dataToSign(machine.sha256, unsecured, options), signature);
}
