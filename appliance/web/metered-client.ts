import type { SyncFault } from '../../core/sync/target.ts';
import type { WebClient, WebOutcome, WebRequest } from '../../core/sync/web.ts';

export interface WebMeter {
  /** Why nothing may go over the link now; undefined when it may. */
  readonly hold: () => SyncFault | undefined;
  readonly spend: (bytes: number) => void;
}

/** Lines of HTTP, records of TLS and packets of TCP that nobody counts one by one: about so much for each request. */
const OVERHEAD_BYTES = 1200;

/** The client, with every request counted; what a metered link has no bytes left for is not sent. */
export function meteredClient(client: WebClient, { hold, spend }: WebMeter): WebClient {
  return {
    async request(request: WebRequest, signal?: AbortSignal): Promise<WebOutcome> {
      const fault = hold();
      if (fault !== undefined) return { kind: 'failed', fault, mayHaveArrived: false };
      // Counted before it is sent: a crash must not give the bytes back.
      spend(OVERHEAD_BYTES + sizeOfHeaders(request.headers) + (request.body?.length ?? 0));
      const outcome = await client.request(request, signal);
      if (outcome.kind === 'answered') spend(sizeOfHeaders(outcome.reply.headers) + outcome.reply.body.length);
      // A page in place of an answer, or one that is far too long, is paid for too.
      else if (outcome.receivedBytes !== undefined) spend(outcome.receivedBytes);
      return outcome;
    },
    close: () => client.close(),
  };
}

function sizeOfHeaders(headers: Readonly<Record<string, string>> = {}): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}
