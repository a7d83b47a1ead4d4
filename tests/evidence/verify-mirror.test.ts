import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Call } from '../../appliance/commands/command.ts';
import { verifyCommand } from '../../appliance/commands/verify.ts';
import { systemClock } from '../../appliance/system-clock.ts';
import { present } from '../../core/model/assert.ts';
import { seededRandom } from '../../core/model/random.ts';
import { toIso } from '../../core/model/time.ts';
import { batchAt } from '../../core/sync/sealed-batches.ts';
import { hederaReceipt } from '../../core/sync/targets/hedera/receipt.ts';
import { sealBatch } from '../fixtures/batch-sealing.ts';
import { type EvaluationLedger, openEvaluationLedger } from '../fixtures/evaluation-ledger.ts';
import { bundleOf, PERIOD, signedReading } from '../fixtures/evidence-plant.ts';
import { HederaNetwork, testHederaKey } from '../fixtures/hedera-network.ts';
import { SealedLedger } from '../fixtures/sealed-ledger.ts';
import { PASSED, plainReading } from './tampered-bundles.ts';

/** `forebay verify --mirror`: the receipts of a bundle held against a mirror over HTTP. */
const OPERATOR = '0.0.1001';
const MESSAGES = 3;
const INTERVAL_MS = 300_000;
const folder = mkdtempSync(join(tmpdir(), 'forebay-mirror-'));

let ledger: EvaluationLedger;
let network: HederaNetwork;
let mirror: Server;
let url: string;
let path: string;

beforeAll(async () => {
  network = new HederaNetwork({
    clock: systemClock,
    random: seededRandom(1),
    operatorId: OPERATOR,
    key: testHederaKey('operator'),
    mirrorDelayMs: 0,
  });
  const topicId = network.addTopic(null);
  ledger = openEvaluationLedger(join(folder, 'data'));
  const sealed = new SealedLedger(ledger.store, ledger.recorder);
  for (let n = 0; n < MESSAGES; n += 1) {
    const [from, to] = [n, n + 1].map((step) => toIso(PERIOD.fromMs + step * INTERVAL_MS));
    ledger.record([signedReading(plainReading(from ?? '', to ?? ''), PASSED, ledger)]);
    const batch = sealBatch({ ...ledger, targets: ['hedera'] });
    network.post(topicId, OPERATOR, Buffer.from(present(batchAt(ledger.store, batch), 'the batch').message));
    const message = present(network.topics.get(topicId)?.messages.at(-1), 'the message');
    const { sequence, consensusAt, runningHash, payerId, validStart } = message;
    const facts = { network: 'private', topicId, sequence, consensusAt, runningHash } as const;
    sealed.deliver('hedera', batch, hederaReceipt({ ...facts, transactionId: { payerId, validStart } }));
  }
  mirror = createServer((request, response) => {
    const asked = `http://mirror.example${request.url}`;
    const signal = AbortSignal.timeout(10_000);
    network
      .fetch(asked, { method: 'GET', headers: {}, redirect: 'manual', signal })
      .then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
        response.end(await answer.text());
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
  ({ path } = await bundleOf(ledger, join(folder, 'a.zip'), PERIOD));
});
afterAll(async () => {
  await new Promise((resolve) => mirror.close(resolve));
  ledger.store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function verify(
  texts: Call['texts'],
): Promise<{ exit: number; lines: string[]; code?: string; message?: string }> {
  const lines: string[] = [];
  const output: Call['output'] = {
    line: (text) => void lines.push(text),
    json: (value) => void lines.push(JSON.stringify(value)),
    table: () => undefined,
    note: () => undefined,
    width: 100,
    isTerminal: false,
    isResultOnTerminal: false,
  };
  try {
    return { exit: await verifyCommand.run({ texts, flags: new Set(), operands: [path], output }), lines };
  } catch (error) {
    const { code, message, exitCode } = error as { code: string; message: string; exitCode: number };
    return { exit: exitCode, lines, code, message };
  }
}

test('without a mirror nothing is asked, and it is said that the receipts were not compared', async () => {
  network.requests.length = 0;
  const { exit, lines } = await verify({});
  expect(exit).toBe(0);
  expect(lines.join('\n')).toContain(`The ${MESSAGES} receipts of Hedera were not compared with the network`);
  expect(lines.join('\n')).toContain('by the word of the device');
  expect(network.requests).toEqual([]);
});

test('with a mirror each receipt is held against it', async () => {
  network.requests.length = 0;
  const { exit, lines } = await verify({ mirror: url });
  expect([exit, lines.join('\n')]).toEqual([
    0,
    expect.stringContaining(`${MESSAGES} of ${MESSAGES} receipts of Hedera compared with the mirror ${url}`),
  ]);
  expect(lines.join('\n')).not.toContain('not compared');
  expect(lines.join('\n')).not.toContain('by the word of the device');
  // A page at a time, and not message by message.
  expect(network.requests.filter((asked) => asked.includes('/messages')).length).toBeLessThan(MESSAGES);
});

test('a mirror that shows another message makes the bundle one that is not valid', async () => {
  network.falsify = (message) => (message.sequence === 2 ? { ...message, message: Buffer.from('x') } : message);
  const { exit, code, message, lines } = await verify({ mirror: url });
  expect([exit, code]).toEqual([1, 'LED_BUNDLE_MIRROR']);
  expect(message).toContain('differ from byte 1 on');
  expect(lines.join('\n')).toContain(`${MESSAGES - 1} of ${MESSAGES} receipts`);
  network.falsify = undefined;
});

test('a mirror that cannot be reached, or is no mirror, says nothing against the bundle', async () => {
  network.isLinkUp = false;
  expect(await verify({ mirror: url })).toMatchObject({ exit: 3, code: 'LED_BUNDLE_MIRROR_AWAY' });
  network.isLinkUp = true;
  network.portal = () => new Response('<html>Please log in</html>', { status: 200 });
  expect(await verify({ mirror: url })).toMatchObject({ exit: 3, message: expect.stringContaining('is not a mirror') });
  network.portal = undefined;
  expect(await verify({ mirror: 'mirror.example' })).toMatchObject({ exit: 2 });
});
