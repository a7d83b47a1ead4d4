import { expect, test } from 'vitest';
import type { SyncFault } from '../../core/sync/target.ts';
import type { WebClient, WebOutcome } from '../../core/sync/web.ts';
import { meteredClient } from './metered-client.ts';

const REQUEST = { method: 'POST', url: 'https://hub.example/v1', body: new Uint8Array(5000) } as const;

function clientOf(outcome: WebOutcome): WebClient & { asked: number } {
  return {
    asked: 0,
    request() {
      this.asked += 1;
      return Promise.resolve(outcome);
    },
    close: () => undefined,
  };
}

test('what is sent counts before its answer, and the answer too', async () => {
  const spent: number[] = [];
  const reply = { status: 200, headers: { 'content-type': 'text/plain' }, body: new Uint8Array(700) };
  const client = meteredClient(clientOf({ kind: 'answered', reply }), {
    hold: () => undefined,
    spend: (bytes) => void spent.push(bytes),
  });
  expect(await client.request(REQUEST)).toMatchObject({ kind: 'answered' });
  expect(spent).toHaveLength(2);
  expect(spent[0]).toBeGreaterThanOrEqual(5000);
  expect(spent[1]).toBe(700 + 'content-type'.length + 'text/plain'.length);
});

test('what came of a reply that could not be used is counted', async () => {
  const spent: number[] = [];
  const fault: SyncFault = { code: 'SYN_WEB_PORTAL', message: 'A page came.' };
  const inner = clientOf({ kind: 'failed', fault, mayHaveArrived: true, receivedBytes: 80_000 });
  await meteredClient(inner, { hold: () => undefined, spend: (bytes) => void spent.push(bytes) }).request(REQUEST);
  expect(spent[1]).toBe(80_000);
});

test('what a link has no bytes left for is not sent, and did not arrive', async () => {
  const fault: SyncFault = { code: 'SYN_LINK_BUDGET', message: 'The day is used up.' };
  const inner = clientOf({ kind: 'failed', fault, mayHaveArrived: true });
  const client = meteredClient(inner, { hold: () => fault, spend: () => expect.unreachable() });
  expect(await client.request(REQUEST)).toEqual({ kind: 'failed', fault, mayHaveArrived: false });
  expect(inner.asked).toBe(0);
});
