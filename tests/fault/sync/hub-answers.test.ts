import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hubLedger } from '../../../appliance/sync/hub-ledger.ts';
import { systemClock } from '../../../appliance/system-clock.ts';
import { parseNoteKey } from '../../../core/ledger/cosignature.ts';
import { present } from '../../../core/model/assert.ts';
import type { Batch } from '../../../core/sync/batch.ts';
import type { DeliverOutcome, SyncSession } from '../../../core/sync/target.ts';
import { hubTarget } from '../../../core/sync/targets/hub/hub-target.ts';
import { PIECE_BYTES, type UploadOutcome, upload } from '../../../core/sync/targets/hub/hub-upload.ts';
import type { WebOutcome, WebRequest } from '../../../core/sync/web.ts';
import { testKey } from '../../fixtures/ledger.ts';
import { HubKey } from '../../peers/hub/hub-key.ts';
import { HubRig } from '../../peers/hub/hub-rig.ts';

const NEVER = new AbortController().signal;
const ORIGIN = testKey.name;
const NOW_S = 1_790_000_000;
const WRONG_ROOT = Buffer.alloc(32, 7);

let rig: HubRig;
let batch: Batch;
let asked: WebRequest[];

beforeAll(async () => {
  rig = await HubRig.start();
  rig.seal(3);
  batch = rig.seal(4);
});

afterAll(() => rig.stop());

beforeEach(() => {
  asked = [];
});

type Answer = (request: WebRequest) => WebOutcome;

/** A session with a hub that answers as the test says. */
async function session(answer: Answer, monotonicMs = () => systemClock.monotonicMs()): Promise<SyncSession> {
  const target = hubTarget({
    url: 'https://hub.example',
    publicKey: rig.key.publicText,
    key: present(parseNoteKey(rig.key.publicText), 'the key'),
    ledger: () => hubLedger(rig.store, ORIGIN),
    monotonicMs,
    open: () => ({
      kind: 'opened',
      link: {
        host: 'hub.example',
        headers: {},
        wallMs: () => NOW_S * 1000,
        client: {
          request: (request) => {
            asked.push(request);
            return Promise.resolve(answer(request));
          },
          close: () => undefined,
        },
      },
    }),
  });
  const outcome = await target.connect(NEVER);
  if (outcome.kind !== 'connected') throw new Error(outcome.fault.message);
  return outcome.session;
}

async function deliver(answer: Answer): Promise<DeliverOutcome> {
  return (await session(answer)).deliver({ batch, intents: [], keepIntent: () => Promise.resolve() }, NEVER);
}

function reply(status: number, body = '', headers: Record<string, string> = {}): WebOutcome {
  return { kind: 'answered', reply: { status, headers, body: Buffer.from(body) } };
}

const note = (size: number, root: Uint8Array = rootOf(size), key = rig.key, origin = ORIGIN): WebOutcome =>
  reply(200, key.acknowledge(origin, size, root, NOW_S), { 'content-type': 'text/plain', 'accept-encoding': 'gzip' });

const rootOf = (size: number): Uint8Array => hubLedger(rig.store, ORIGIN).rootOf(size);

/** The hub holds nothing and answers uploads so. */
const onUpload =
  (answer: Answer): Answer =>
  (request) =>
    request.method === 'GET' ? note(0) : answer(request);

test('delivers what the hub signs for, with its note as the receipt', async () => {
  const outcome = await deliver(onUpload(() => note(batch.end)));
  const checkpoint = rig.key.acknowledge(ORIGIN, batch.end, rootOf(batch.end), NOW_S);
  const { publicText: publicKey } = rig.key;
  const receipt = { hub: 'https://hub.example', publicKey, size: batch.end, checkpoint, signedAtS: NOW_S };
  expect(outcome).toEqual({ kind: 'delivered', receipt });
  expect(asked.map(({ method }) => method)).toEqual(['GET', 'PATCH']);
});

describe('what a hub says that does not count', () => {
  const stranger = HubKey.create('hub.example/test');
  test.each<[string, Answer, string]>([
    ['another key', () => note(0, rootOf(0), HubKey.create('other.example')), 'SYN_HUB_KEY'],
    ['another key of the same name', onUpload(() => note(batch.end, rootOf(batch.end), stranger)), 'SYN_HUB_KEY'],
    [
      'no time',
      onUpload(() => reply(200, rig.key.acknowledge(ORIGIN, batch.end, rootOf(batch.end), 0))),
      'SYN_HUB_KEY',
    ],
    ['another ledger', () => note(0, rootOf(0), rig.key, 'HP-002'), 'SYN_HUB_OTHER_LEDGER'],
    ['other entries than ours', () => note(2, WRONG_ROOT), 'SYN_HUB_FORK'],
    ['another root for what we sent', onUpload(() => note(batch.end, WRONG_ROOT)), 'SYN_HUB_FORK'],
    ['more entries than we have', () => note(9999, WRONG_ROOT), 'SYN_HUB_AHEAD'],
    ['that it refuses', onUpload(() => reply(422, '{"detail":"It does\\nnot \\u0007hold."}')), 'SYN_HUB_REFUSED'],
    ['that one entry is too long', onUpload(() => reply(413)), 'SYN_HUB_ENTRY_TOO_LONG'],
  ])('%s is refused, for a person to look at', async (_what, answer, code) => {
    expect(await deliver(answer)).toMatchObject({ kind: 'refused', fault: { code } });
  });

  test.each<[string, Answer, string, object?]>([
    ['the token is unknown', () => reply(401), 'SYN_WEB_UNAUTHORIZED'],
    ['it may not be', onUpload(() => reply(403)), 'SYN_WEB_FORBIDDEN'],
    ['there is nothing', () => reply(404), 'SYN_WEB_NOT_FOUND'],
    [
      'it is asked too often',
      onUpload(() => reply(429, '', { 'retry-after': '120' })),
      'SYN_WEB_TOO_MANY',
      { afterMs: 120_000 },
    ],
    [
      'it is being mended',
      () => reply(503, '', { 'retry-after': new Date(NOW_S * 1000 + 60_000).toUTCString() }),
      'SYN_WEB_SERVER_FAULT',
      { afterMs: 60_000 },
    ],
    ['an old acknowledgement, again and again', onUpload(() => note(2)), 'SYN_HUB_RESTLESS'],
    [
      'another coding, again and again',
      onUpload(() => reply(415, '', { 'accept-encoding': 'gzip' })),
      'SYN_HUB_RESTLESS',
    ],
    ['another offset, again and again', onUpload(() => reply(409, '', { 'upload-offset': '0' })), 'SYN_HUB_RESTLESS'],
  ])('%s: tried again later', async (_what, answer, code, more = {}) => {
    expect(await deliver(answer)).toMatchObject({ kind: 'later', fault: { code }, ...more });
  });

  test.each<[string, Answer, string]>([
    ['no note', onUpload(() => reply(200, 'thank you')), 'SYN_HUB_REPLY'],
    ['nothing', onUpload(() => reply(200)), 'SYN_HUB_REPLY'],
    ['half a note', onUpload(() => reply(200, 'HP-001\n5\n')), 'SYN_HUB_REPLY'],
    ['an offset past the end', onUpload(() => reply(409, '', { 'upload-offset': '999999' })), 'SYN_HUB_REPLY'],
    ['a fault', onUpload(() => reply(500)), 'SYN_WEB_SERVER_FAULT'],
    ['a gateway that lost it', onUpload(() => reply(504)), 'SYN_WEB_SERVER_FAULT'],
  ])('%s: it may have arrived, so the hub is asked', async (_what, answer, code) => {
    expect(await deliver(answer)).toMatchObject({ kind: 'unknown', fault: { code } });
  });

  test('words of the hub come into one clean line', async () => {
    const outcome = await deliver(onUpload(() => reply(422, '{"detail":"It does\\nnot \\u0007hold."}')));
    expect(outcome.kind === 'refused' && outcome.fault.message).toContain(': "It does not hold."');
  });
});

test('a link that fails before anything is sent is tried again, and one that fails after is asked about', async () => {
  const fault = { code: 'SYN_WEB_BROKEN', message: 'It broke.' };
  const failing = (mayHaveArrived: boolean): Answer => onUpload(() => ({ kind: 'failed', fault, mayHaveArrived }));
  expect(await deliver(failing(false))).toEqual({ kind: 'later', fault });
  expect(await deliver(failing(true))).toEqual({ kind: 'unknown', fault });
});

test('locate says what the hub holds, and nothing where it cannot be asked', async () => {
  const locate = async (answer: Answer) =>
    (await session(answer)).locate({ batch, intents: [], keepIntent: () => Promise.resolve() }, NEVER);
  expect(await locate(() => note(batch.end - 1))).toEqual({ kind: 'absent' });
  expect(await locate(() => note(batch.end))).toMatchObject({ kind: 'delivered', receipt: { size: batch.end } });
  expect(await locate(() => reply(401))).toMatchObject({ kind: 'unknown', fault: { code: 'SYN_WEB_UNAUTHORIZED' } });
  expect(await locate(() => note(2, WRONG_ROOT))).toMatchObject({ kind: 'refused', fault: { code: 'SYN_HUB_FORK' } });
  const fault = { code: 'SYN_WEB_NAME', message: 'No name.' };
  expect(await locate(() => ({ kind: 'failed', fault, mayHaveArrived: false }))).toEqual({ kind: 'unknown', fault });
});

test('a hub that lacks much is given it over several deliveries', async () => {
  let nowMs = 0;
  const slow = await session(
    onUpload(() => note(batch.end)),
    () => {
      nowMs += 100_000;
      return nowMs;
    },
  );
  const delivery = { batch, intents: [], keepIntent: () => Promise.resolve() };
  expect(await slow.deliver(delivery, NEVER)).toMatchObject({ kind: 'delivered' });
  nowMs = 0;
  const slower = await session(
    onUpload(() => note(2)),
    () => {
      nowMs += 100_000;
      return nowMs;
    },
  );
  expect(await slower.deliver(delivery, NEVER)).toMatchObject({
    kind: 'later',
    fault: { code: 'SYN_HUB_CATCHING_UP', message: expect.stringContaining(`2 of ${batch.end} entries`) },
    isProgress: true,
  });
  nowMs = 0;
  const idle = await session(
    () => note(1),
    () => {
      nowMs += 100_000;
      return nowMs;
    },
  );
  const outcome = await idle.deliver(delivery, NEVER);
  expect(outcome).toMatchObject({ kind: 'later', fault: { code: 'SYN_HUB_CATCHING_UP' } });
  expect(outcome).not.toHaveProperty('isProgress');
});

describe('an upload in pieces', () => {
  const BYTES = Buffer.alloc(3 * PIECE_BYTES + 1, 7);
  const sendAll = (answer: Answer, isTimeUp = (): boolean => false): Promise<UploadOutcome> => {
    const client = {
      request: (request: WebRequest) => Promise.resolve(answer(request)),
      close: () => undefined,
    };
    const link = { client, ledgerUrl: 'https://hub.example/x', host: 'hub.example', headers: {}, wallMs: () => 0 };
    return upload(link, { bytes: BYTES, coding: 'identity', mayHaveBegun: false, isTimeUp }, NEVER);
  };
  const taking: Answer = (request) => {
    asked.push(request);
    const end = Number(request.headers?.['upload-offset']) + (request.body?.length ?? 0);
    return reply(204, '', { 'upload-offset': String(end) });
  };

  test('stops between two of them once time is up, and that is no failure', async () => {
    expect(await sendAll(taking, () => asked.length === 2)).toEqual({ kind: 'paused' });
    expect(asked.map(({ headers }) => headers?.['upload-offset'])).toEqual(['0', String(PIECE_BYTES)]);
  });

  test('a hub that takes all of them and signs nothing is sent nothing more', async () => {
    expect(await sendAll(taking)).toMatchObject({ kind: 'unknown', fault: { code: 'SYN_HUB_REPLY' } });
    expect(asked).toHaveLength(4);
  });
});

test('an upload holds no more bytes than it may, and one entry at least', () => {
  const ledger = hubLedger(rig.store, ORIGIN);
  const countOf = (bytesMax: number): number => ledger.uploadOf(batch, { from: 0, to: batch.end, bytesMax }).to;
  expect(countOf(1e9)).toBe(batch.end);
  expect(countOf(0)).toBe(1);
  const [half, { bytes }] = [countOf(4000), ledger.uploadOf(batch, { from: 0, to: batch.end, bytesMax: 4000 })];
  expect(half).toBeGreaterThan(1);
  expect(half).toBeLessThan(batch.end);
  expect(Buffer.from(bytes).toString().trimEnd().split('\n').length).toBe(1 + half);
});
