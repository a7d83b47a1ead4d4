import type { Secrets } from '../core/acquisition/driver.ts';
import { canonicalize } from '../core/ledger/canonical.ts';
import { Failure } from '../core/model/failure.ts';
import { checkSignature, type SignatureCheck } from '../drivers/http/check-signature.ts';
import type { HttpConnectionSettings } from '../drivers/http/connection-schema.ts';
import { refuse } from '../drivers/http/push-refusal.ts';
import type { PushBody } from '../drivers/http/read-push.ts';

/** Whether the push is signed as the `connection` of its device asks, over its canonical form. */
export function checkPushSignature(
  { signature, unsigned }: PushBody,
  connection: unknown,
  secrets: Secrets,
): SignatureCheck {
  try {
    const bytes = signature === undefined ? new Uint8Array() : Buffer.from(canonicalize(unsigned), 'utf8');
    return checkSignature({ bytes, signature }, connection as HttpConnectionSettings, secrets);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const hint = 'such a body cannot be signed: RFC 8785 knows no lone surrogates and no numbers beyond doubles';
    return refuse(400, 'DRV_HTTP_NOT_JSON', error.message, { hint });
  }
}
