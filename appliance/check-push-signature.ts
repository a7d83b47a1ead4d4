import type { Secrets } from '../core/acquisition/driver.ts';
import { canonicalize } from '../core/ledger/canonical.ts';
import { Failure } from '../core/model/failure.ts';
import type { Log } from '../core/model/log.ts';
import { checkSignature, type SignatureCheck } from '../drivers/http/check-signature.ts';
import type { HttpConnectionSettings } from '../drivers/http/connection-schema.ts';
import { refuse } from '../drivers/http/push-refusal.ts';
import type { PushBody } from '../drivers/http/read-push.ts';

/**
 * Whether the push is signed as the `connection` of its device asks, over its canonical form. What the sender must not
 * read of this computer goes to the log.
 */
export function checkPushSignature(
  { signature, unsigned, unitId }: PushBody,
  connection: unknown,
  { secrets, log }: { readonly secrets: Secrets; readonly log: Log },
): SignatureCheck {
  try {
    const bytes = signature === undefined ? new Uint8Array() : Buffer.from(canonicalize(unsigned), 'utf8');
    const check = checkSignature({ bytes, signature }, connection as HttpConnectionSettings, secrets);
    if (check.kind !== 'refused' || check.detail === undefined) return check;
    log.warn({ unitId, code: check.refusal.code }, check.detail);
    return { kind: 'refused', refusal: check.refusal };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const hint = 'such a body cannot be signed: RFC 8785 knows no lone surrogates and no numbers beyond doubles';
    return refuse(400, 'DRV_HTTP_NOT_JSON', error.message, { hint });
  }
}
