import type { PushEvidence } from '../core/acquisition/reading.ts';
import { toIso } from '../core/model/time.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { bodySha256Of, readingIndexHolding, readingIndexWithNonce } from '../core/store/pushes.ts';
import { lastReadingEnd } from '../core/store/readings.ts';
import { type Refused, refuse } from '../drivers/http/push-refusal.ts';
import type { PushBody } from '../drivers/http/read-push.ts';
import { readTimestamp } from '../drivers/http/read-timestamp.ts';

/** A sender's clock may be ahead of ours by as much as a reading may be before it is rejected for it. */
const AHEAD_MS_MAX = 60_000;
/** Older than the ledger by more than the longest outage that raw samples are kept for: a clock that lost its date. */
const BEFORE_MS_MAX = 400 * 86_400_000;
const NONCE = /^[\x21-\x7e]{1,128}$/;

export interface PushContext {
  readonly store: ReadableStore;
  readonly unitId: string;
  readonly intervalMs: number;
  /** When the ledger was begun. */
  readonly begunAtMs: number;
  readonly receivedAtMs: number;
  readonly bodySha256: string;
  readonly nonce: string | undefined;
}

/** The interval of a push, where it is free. */
export interface PushPlace {
  readonly kind: 'placed';
  readonly fromMs: number;
  readonly toMs: number;
  readonly timeFrom: PushEvidence['timeFrom'];
  /** `late`: a newer reading of the unit is recorded already. */
  readonly order: 'newest' | 'late';
}

/**
 * Which interval the push is the reading of: it ends at the sender's time (now, if absent) and begins an interval
 * earlier, or where the unit's reading before it ended. So no moment ever has two readings.
 */
export function placePush(push: PushBody, context: PushContext): PushPlace | Refused {
  const { store, unitId, intervalMs, receivedAtMs, bodySha256, nonce } = context;
  const given = push.timestamp === undefined ? undefined : readTimestamp(push.timestamp);
  if (given?.kind === 'refused') return given;
  const toMs = given?.utcMs ?? receivedAtMs;
  const wrongTime = checkTime(toMs, context);
  if (wrongTime !== undefined) return wrongTime;
  const spent = nonce === undefined ? undefined : readingIndexWithNonce(store, unitId, nonce);
  const index = spent ?? readingIndexHolding(store, unitId, toMs);
  if (index !== undefined) {
    const isIdentical = bodySha256Of(store, index) === bodySha256;
    return alreadyRecorded(index, isIdentical, spent !== undefined && !isIdentical ? 'nonce' : 'interval');
  }
  const earlierMs = lastReadingEnd(store, unitId, toMs) ?? Number.NEGATIVE_INFINITY;
  const newestMs = lastReadingEnd(store, unitId, Number.MAX_SAFE_INTEGER) ?? Number.NEGATIVE_INFINITY;
  return {
    kind: 'placed',
    fromMs: Math.max(toMs - intervalMs, earlierMs),
    toMs,
    timeFrom: given === undefined ? 'appliance' : 'sender',
    order: toMs > newestMs ? 'newest' : 'late',
  };
}

/** The nonce stands in the body or in the header; where both speak, they must agree. */
export function nonceOf(
  { nonce: inBody }: PushBody,
  header: string | undefined,
): { readonly kind: 'nonce'; readonly nonce: string | undefined } | Refused {
  const nonce = inBody ?? header;
  if (nonce === undefined) return { kind: 'nonce', nonce };
  const wrong =
    header !== undefined && header !== nonce
      ? 'x-nonce and metadata.nonce are not the same'
      : NONCE.test(nonce)
        ? undefined
        : 'expected 1 to 128 visible ASCII characters';
  if (wrong === undefined) return { kind: 'nonce', nonce };
  const hint = 'a text that is never used twice, such as a UUID';
  return refuse(400, 'DRV_HTTP_NONCE', `The nonce is not valid: ${wrong}.`, { hint });
}

function checkTime(toMs: number, { receivedAtMs, begunAtMs }: PushContext): Refused | undefined {
  const errors = [{ path: 'timestamp', message: `${toIso(toMs)}, and it is ${toIso(receivedAtMs)} here` }];
  if (toMs > receivedAtMs + AHEAD_MS_MAX) {
    const hint = "compare the sender's clock and this computer's with a watch, and set the wrong one";
    return refuse(422, 'DRV_HTTP_FUTURE', `The push is dated ${toIso(toMs)}, which is yet to come.`, { hint, errors });
  }
  if (toMs >= begunAtMs - BEFORE_MS_MAX) return undefined;
  const message = `The push is dated ${toIso(toMs)}, long before this ledger began.`;
  const hint = "the sender's clock has probably lost its date; set it";
  return refuse(422, 'DRV_HTTP_TOO_OLD', message, { hint, errors });
}

function alreadyRecorded(entryIndex: number, isIdentical: boolean, by: 'nonce' | 'interval'): Refused {
  const more = { entryIndex, isIdentical };
  if (by === 'nonce') {
    const hint = 'if this is another reading, give it a nonce of its own';
    return refuse(409, 'DRV_HTTP_NONCE_USED', `The nonce was used for entry ${entryIndex} already.`, { ...more, hint });
  }
  const hint = isIdentical
    ? 'this very body was recorded, and only the answer was lost: nothing more to do'
    : 'the first one counts; find out which system sends twice, or whose clock was put back';
  const message = `The interval is recorded already, as entry ${entryIndex}.`;
  return refuse(409, 'DRV_HTTP_RECORDED', message, { ...more, hint });
}
