import type { MirrorFetch } from '../../core/sync/targets/hedera/mirror.ts';
import { MirrorWayError } from '../../core/sync/targets/hedera/mirror-faults.ts';
import type { WebClient } from '../../core/sync/web.ts';

/** A page of 100 messages of 1,024 bytes takes about 250 KB. */
const REPLY_BYTES_MAX = 2_000_000;
/** A mirror that says nothing for so long is asked anew. */
const SILENCE_MS = 6000;

/** The appliance's one way out, with its proxies and its words for what is wrong, as the mirror client asks for it. */
export function mirrorFetch(client: WebClient): MirrorFetch {
  return async (url, { method, headers, signal }) => {
    const outcome = await client.request(
      { method, url, headers, replyBytesMax: REPLY_BYTES_MAX, silenceMs: SILENCE_MS },
      signal,
    );
    if (outcome.kind === 'failed') throw new MirrorWayError(outcome.fault);
    const { status, headers: answered, body } = outcome.reply;
    return new Response(Buffer.from(body), { status, headers: { ...answered } });
  };
}
