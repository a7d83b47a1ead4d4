import { canonicalize } from '../ledger/canonical.ts';
import type { JsonObject } from '../model/json.ts';
import type { Manifest } from './bundle-format.ts';
import { toBytes, toHex } from './bytes.ts';
import { holdsProof, withProof } from './data-integrity.ts';
import { asObject, asText, parseCanonical, takeMembers } from './form.ts';
import type { EvidenceMachine } from './machine.ts';
import { Refusal } from './refusal.ts';
import type { Sha256 } from './tree.ts';

/**
 * The attestation of a bundle: a W3C Verifiable Credential (Data Model 2.0) in which the device names the digest of the
 * manifest, and with it every byte of the bundle.
 */
const CONTEXT = [
  'https://www.w3.org/ns/credentials/v2',
  'https://www.w3.org/ns/credentials/undefined-terms/v2',
] as const;
const PLACE = 'attestation.json';

export interface Attested {
  readonly manifest: Manifest;
  /** The bytes of manifest.json. */
  readonly manifestBytes: Uint8Array;
  /** Root of the checkpoint over the whole ledger, base64. */
  readonly root: string;
}

/** The claims of the credential, which follow from the manifest and the newest checkpoint alone. */
function subjectOf(sha256: Sha256, { manifest, manifestBytes, root }: Attested): JsonObject {
  const { plantId, origin, period, range, treeSize, totals } = manifest;
  const sum = (name: 'counterWh' | 'creditedWh'): number => totals.reduce((total, unit) => total + unit[name], 0);
  return {
    type: 'ForebayEvidenceBundle',
    manifestSha256: toHex(sha256(manifestBytes)),
    plantId,
    origin,
    period: { ...period },
    range: { ...range },
    treeSize,
    root,
    counterWh: sum('counterWh'),
    creditedWh: sum('creditedWh'),
  };
}

/** The credential, signed. `sign` is the device key in force, whose identifier is `did`. */
export function makeAttestation(
  sha256: Sha256,
  attested: Attested,
  did: string,
  sign: (bytes: Uint8Array) => Uint8Array,
): JsonObject {
  const { createdAt } = attested.manifest;
  const document: JsonObject = {
    '@context': [...CONTEXT],
    type: ['VerifiableCredential', 'ForebayEvidenceCredential'],
    issuer: did,
    validFrom: createdAt,
    credentialSubject: subjectOf(sha256, attested),
  };
  return withProof(sha256, document, { did, createdAt }, sign);
}

/**
 * The issuer's identifier, once the credential's signature holds and it names this manifest. Whether the issuer is the
 * device is for the caller to check.
 *
 * @throws Refusal `LED_BUNDLE_FORM`, `LED_BUNDLE_ATTESTATION`
 */
export async function checkAttestation(
  machine: EvidenceMachine,
  text: string,
  manifestBytes: Uint8Array,
): Promise<{ readonly issuer: string; readonly document: JsonObject }> {
  const document = parseCanonical(text, PLACE);
  takeMembers(document, ['@context', 'credentialSubject', 'issuer', 'proof', 'type', 'validFrom'], PLACE);
  const subject = asObject(document.credentialSubject, PLACE);
  if (subject.manifestSha256 !== toHex(machine.sha256(manifestBytes))) {
    throw refused('The attestation is of another manifest: a file of the bundle was changed or exchanged.');
  }
  if (!(await holdsProof(machine, document))) throw refused('The signature of the attestation does not hold.');
  return { issuer: asText(document.issuer, PLACE), document };
}

/** Every claim is what the manifest and the newest checkpoint say. @throws Refusal `LED_BUNDLE_ATTESTATION` */
export function checkClaims(sha256: Sha256, document: JsonObject, attested: Attested): void {
  const { createdAt } = attested.manifest;
  const isSame =
    canonicalize(document.credentialSubject ?? null) === canonicalize(subjectOf(sha256, attested)) &&
    document.validFrom === createdAt &&
    asObject(document.proof, PLACE).created === createdAt &&
    JSON.stringify(document['@context']) === JSON.stringify(CONTEXT) &&
    JSON.stringify(document.type) === '["VerifiableCredential","ForebayEvidenceCredential"]';
  if (!isSame) throw refused('The attestation claims something else than the bundle holds.');
}

function refused(sentence: string): Refusal {
  return new Refusal('LED_BUNDLE_ATTESTATION', PLACE, sentence);
}

/** One line of canonical text, as the file holds it. */
export function bytesOfLine(canonical: string): Uint8Array {
  return toBytes(`${canonical}\n`);
}
