import { createHmac, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import type { Secrets } from '../../core/acquisition/driver.ts';
import type { HttpConnectionSettings } from './connection-schema.ts';
import { fingerprintOf, parsePublicKey } from './public-key.ts';
import { type Refused, refuse } from './push-refusal.ts';

export type SignatureCheck =
  /** `signedBy` names the key: `ed25519:<16 hex>` or `hmac-sha256`. */
  { readonly kind: 'signed'; readonly signedBy: string } | { readonly kind: 'unsigned' } | Refused;

export interface SignedBytes {
  /** The UTF-8 bytes of the canonical form (RFC 8785) of the body without `signature`. */
  readonly bytes: Uint8Array;
  readonly signature: string | undefined;
}

type Checker = { readonly signedBy: string; readonly isValid: (bytes: Uint8Array, signature: Uint8Array) => boolean };

/** Whether the push is signed as plant.yaml asks. Fails closed: what cannot be checked is refused. */
export function checkSignature(
  { bytes, signature }: SignedBytes,
  settings: HttpConnectionSettings,
  secrets: Secrets,
): SignatureCheck {
  const hasKey = [settings.publicKey, settings.publicKeyFile, settings.secretFile].some((key) => key !== undefined);
  if (signature === undefined) {
    if (!hasKey || settings.signature === 'optional') return { kind: 'unsigned' };
    return refuse(403, 'DRV_HTTP_SIGNATURE_MISSING', 'This unit takes signed pushes only, and there is no signature.', {
      hint: 'send the form with schema_version, and sign it with the key that plant.yaml names',
    });
  }
  if (!hasKey) {
    return refuse(403, 'DRV_HTTP_KEY_UNKNOWN', 'The push is signed, and no key is registered to check it with.', {
      hint: 'name the public key of the sender in plant.yaml (connection: publicKeyFile), or leave the signature out',
    });
  }
  const checker = checkerFor(settings, secrets);
  if (checker.kind === 'refused') return checker;
  const given = signatureBytes(signature);
  if (given !== undefined && checker.isValid(bytes, given)) return { kind: 'signed', signedBy: checker.signedBy };
  return refuse(403, 'DRV_HTTP_SIGNATURE_WRONG', 'The signature is not that of the registered key over this body.', {
    hint: 'sign the canonical JSON (RFC 8785) of the body without the key signature; docs/drivers/http.md shows how',
  });
}

function checkerFor(settings: HttpConnectionSettings, secrets: Secrets): ({ kind: 'checker' } & Checker) | Refused {
  if (settings.publicKey !== undefined) return ed25519(parsePublicKey(settings.publicKey));
  const isPublic = settings.publicKeyFile !== undefined;
  const read = secrets.read(settings.publicKeyFile ?? settings.secretFile ?? '', isPublic ? 'public' : 'secret');
  if (read.kind === 'fault') {
    const { code, message, hint } = read.fault;
    const refused = unreadable(`The key of this unit cannot be read (${code}).`, 'the log of the appliance says why');
    return { ...refused, detail: hint === undefined ? message : `${message} ${hint}` };
  }
  if (isPublic) return ed25519(parsePublicKey(read.text));
  if (read.text.length < SECRET_LENGTH_MIN) {
    return unreadable(
      `The shared secret has fewer than ${SECRET_LENGTH_MIN} characters.`,
      'make one: openssl rand -hex 32',
    );
  }
  return {
    kind: 'checker',
    signedBy: 'hmac-sha256',
    isValid: (bytes, signature) => {
      const wanted = createHmac('sha256', read.text).update(bytes).digest();
      return signature.length === wanted.length && timingSafeEqual(signature, wanted);
    },
  };
}

const SECRET_LENGTH_MIN = 32;

function ed25519(key: KeyObject | undefined): ({ kind: 'checker' } & Checker) | Refused {
  if (key === undefined) {
    return unreadable(
      'The registered key is no Ed25519 public key.',
      'as PEM, multibase (z6Mk...), hexadecimal or base64',
    );
  }
  return {
    kind: 'checker',
    signedBy: fingerprintOf(key),
    isValid: (bytes, signature) => verify(null, bytes, key, signature),
  };
}

const RETRY_AFTER_S = 60;

/** The sender did nothing wrong: it may send the same again once the key is in place. */
function unreadable(message: string, hint: string): Refused {
  return refuse(503, 'DRV_HTTP_KEY_UNREADABLE', message, { hint, retryAfterS: RETRY_AFTER_S });
}

/** Base64 (either alphabet) or hexadecimal. */
function signatureBytes(text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  if (/^(?:[0-9a-f]{64}|[0-9a-f]{128})$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  return /^[A-Za-z0-9+/_-]{40,90}={0,2}$/.test(trimmed) ? Buffer.from(trimmed, 'base64') : undefined;
}
