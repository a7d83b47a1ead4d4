import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { formatCheckpoint } from '../../core/ledger/checkpoint.ts';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import { seededRandom } from '../../core/model/random.ts';
import { WeakStick } from '../../tests/fault/sync/weak-stick.ts';
import { testKey } from '../../tests/fixtures/ledger.ts';
import { receiveCarrier } from './receive-carrier.ts';

const OFFICE = deviceKeyFromSeed(Buffer.alloc(32, 33), 'x', 'office.example');

/** A file of a batch whose head holds in itself, with an entry as the test has it. */
function put(stick: WeakStick, folder: string, line: string, log: string = testKey.name): void {
  const root = Buffer.alloc(32, 7);
  const checkpoint = formatCheckpoint(
    { origin: log, size: 1, root },
    { name: log, publicKey: testKey.publicKey },
    Buffer.alloc(64),
  );
  const message = { plant: folder, did: 'did:key:z6Mk', log, size: 1, root: root.toString('base64'), first: 0, end: 1 };
  const text = canonicalize({ ...message, sig: 'AA==' });
  const id = createHash('sha256').update(text).digest('hex');
  const head = { v: 1, format: 'forebay-batch', id, message: text, first: 0, end: 1, size: 1, checkpoint };
  const bytes = Buffer.from(`${canonicalize({ ...head, consistency: [] })}\n${line}\n`);
  stick.files.set(`/stick/${folder}/0-1-${id.slice(0, 12)}.ndjson`, bytes);
}

async function receive(stick: WeakStick): Promise<Awaited<ReturnType<typeof receiveCarrier>>> {
  const now = (): string => '2026-10-01T00:00:00.000Z';
  return receiveCarrier({ disk: stick, carrier: '/stick', into: '/office', key: OFFICE, now });
}

test.each([
  ['no body', '{"kind":"genesis"}'],
  ['a body that is none', '{"body":7,"kind":"genesis"}'],
  ['nothing', 'null'],
  ['half a character', '{"body":{"deviceKey":"\\ud800"},"kind":"genesis"}'],
])('an entry with %s is refused, and keeps nothing else of the disk from being received', async (_what, line) => {
  const stick = new WeakStick(seededRandom(1), 0);
  put(stick, 'HP-001', line);
  put(stick, 'HP-002', line);
  const received = await receive(stick);
  expect(received.map(({ plantId, size, refused }) => [plantId, size, refused.length])).toEqual([
    ['HP-001', 0, 1],
    ['HP-002', 0, 1],
  ]);
  for (const { refused } of received) expect(refused[0]?.code).toMatch(/^SYN_CARRIED_/);
});

test('a ledger of a name that no folder can have is refused before a folder is looked for', async () => {
  const stick = new WeakStick(seededRandom(1), 0);
  put(stick, 'HP-001', '{"kind":"genesis"}');
  put(stick, 'HP-002', '{"kind":"genesis"}', `x/${'y'.repeat(300)}`);
  const received = await receive(stick);
  expect(received.map(({ plantId }) => plantId)).toEqual(['HP-001']);
});
