import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withFileSource } from '../../appliance/bundle/file-source.ts';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import type { Call } from '../../appliance/commands/command.ts';
import { verifyCommand } from '../../appliance/commands/verify.ts';
import { fsckLedger } from '../../appliance/fsck/check-ledger.ts';
import { closeMonth } from '../../appliance/month/close-month.ts';
import { systemClock } from '../../appliance/system-clock.ts';
import { openMinter } from '../../appliance/tokens/open-minter.ts';
import { tokenActions } from '../../appliance/tokens/token-actions.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import { checkedWords, uncheckedWords } from '../../core/evidence/report-words.ts';
import { type BundleFacts, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { present } from '../../core/model/assert.ts';
import { seededRandom } from '../../core/model/random.ts';
import { toIso } from '../../core/model/time.ts';
import { batchAt } from '../../core/sync/sealed-batches.ts';
import { hederaReceipt } from '../../core/sync/targets/hedera/receipt.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { PASSED, plainReading } from '../evidence/tampered-bundles.ts';
import { sealBatch } from '../fixtures/batch-sealing.ts';
import { type EvaluationLedger, evaluationConfig, openEvaluationLedger } from '../fixtures/evaluation-ledger.ts';
import { bundleOf, signedReading } from '../fixtures/evidence-plant.ts';
import { ASHA, mintingConfig, RAVI } from '../fixtures/minting-ledger.ts';
import { SealedLedger } from '../fixtures/sealed-ledger.ts';
import { transactionIdText } from './hedera/entity-id.ts';
import { createTopic, submitMessage } from './hedera/handle-topics.ts';
import { type HederaNetwork, startHederaNetwork } from './hedera/hedera-network.ts';
import type { ParsedTransaction } from './hedera/parse-transaction.ts';
import { until } from './until.ts';

/** Two months that a plant closed, attested and minted on the stand-in network, and bundles of them held against its mirror. */
const SEED = announceSeed('bundles with mints');
const OPERATOR = '0.0.1001';
const READINGS = 14;
const HALF_DAY_MS = 43_200_000;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const folder = mkdtempSync(join(tmpdir(), 'forebay-minted-'));

let network: HederaNetwork;
let ledger: EvaluationLedger;
let config: PlantConfig;
/** Of both months, and of the second one. */
let whole = '';
let later = '';

beforeAll(async () => {
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  network = await startHederaNetwork({ seed: SEED, operator: { id: OPERATOR, publicKey: raw } });
  ledger = openEvaluationLedger(join(folder, 'data'));
  const { nodes, mirrorUrl: mirror } = network;
  const hedera = { nodes, mirror, operatorId: OPERATOR, operatorKeyFile: 'hedera.key' };
  config = mintingConfig(hedera, { unit: 'kWh', kind: 'nft' });
  const topic = { memo: '', adminKey: null, submitKey: null, autoRenewAccount: null, autoRenewPeriod: null };
  createTopic(network.state, transaction(0n), topic as never, nowNs());
  await month('2026-06');
  await month('2026-07');
  record(Date.UTC(2026, 7, 3));
  const toMs = Date.UTC(2026, 7, 10);
  ({ path: whole } = await bundleOf(ledger, join(folder, 'whole.zip'), { fromMs: Date.UTC(2026, 5, 2), toMs }));
  ({ path: later } = await bundleOf(ledger, join(folder, 'later.zip'), { fromMs: Date.UTC(2026, 6, 2), toMs }));
}, 60_000);
afterAll(async () => {
  await network.stop();
  ledger.store.close();
  rmSync(folder, { recursive: true, force: true });
});

const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;

function transaction(validStartNs: bigint): ParsedTransaction {
  const id = transactionIdText(OPERATOR, validStartNs);
  return { id, payer: OPERATOR, validStartNs, signatures: [], bodyBytes: new Uint8Array() } as never;
}

function record(fromMs: number): void {
  const { registers: _, ...reading } = plainReading(toIso(fromMs), toIso(fromMs + HALF_DAY_MS));
  ledger.record([signedReading({ ...reading, energyWh: 800 }, PASSED, ledger)]);
}

/** Readings of half a day, the close of the month, its attestation, and the certificates for it. */
async function month(name: string): Promise<void> {
  for (let n = 0; n < READINGS; n += 1) record(Date.parse(`${name}-04T00:00:00.000Z`) + n * HALF_DAY_MS);
  const { store, recorder } = ledger;
  const parts = { config: evaluationConfig(), store, nowMs: () => Date.UTC(2026, 8, 1) };
  await closeMonth(
    { ...parts, record: (entry) => recorder.record([entry]) },
    { month: name, leave: ['gaps', 'flagged'], ...ASHA },
  );
  attest();
  const actions = tokenActions({ config, store, record: (entry) => recorder.record([entry]) });
  const [plan] = actions.propose({ month: name, ...ASHA }).plans;
  actions.approve(plan?.id ?? '', RAVI);
  const minter = present(
    openMinter({
      ...{ config, store, key: ledger.key, head: () => recorder.head(), clock: systemClock, environment: {} },
      record: (entries, alongside) => recorder.record(entries, alongside),
      random: seededRandom(SEED),
      log: { debug() {}, info() {}, warn() {}, error() {} },
      secrets: {
        read: () => ({ kind: 'secret', text: String(privateKey.export({ format: 'pem', type: 'pkcs8' })) }),
      },
    }),
    'what mints',
  );
  minter.start();
  await until(
    () => actions.list(),
    ({ plans }) => plans[0]?.state === 'minted',
  );
  await minter.stop();
}

/** Seals what is not sealed yet, and puts the message on the topic. */
function attest(): void {
  const batch = sealBatch({ ...ledger, targets: ['hedera'] });
  const message = Buffer.from(present(batchAt(ledger.store, batch), 'the batch').message);
  const [topicId = ''] = network.topics.keys();
  const [, , number = '0'] = topicId.split('.');
  const validStart = nowNs();
  const topicID = { shardNum: 0n, realmNum: 0n, topicNum: BigInt(number) };
  const [sending, consensusNs] = [transaction(validStart), nowNs()];
  const effect = submitMessage(network.state, sending, { topicID, message, chunkInfo: null } as never, consensusNs);
  network.state.addRecord({
    ...{ id: sending.id, name: 'CONSENSUSSUBMITMESSAGE', node: '0.0.3', payer: OPERATOR, consensusNs, effect },
    ...{ validStartNs: validStart, durationS: 120, maxFee: 0n, charged: 0n, transfers: [], memo: '' },
    ...{ hash: Buffer.alloc(48), entityId: topicId },
  });
  const sent = present(network.topics.get(topicId)?.messages.at(-1), 'the message');
  const facts = { network: 'private', topicId, sequence: sent.sequenceNumber, consensusAt: sent.consensusNs } as const;
  const transactionId = { payerId: OPERATOR, validStart };
  new SealedLedger(ledger.store, ledger.recorder).deliver(
    'hedera',
    batch,
    hederaReceipt({ ...facts, runningHash: sent.runningHash, transactionId }),
  );
}

async function factsOf(path: string): Promise<BundleFacts> {
  const report = await withFileSource(path, (source) => verifyBundle(source, nodeMachine));
  if (report.outcome !== 'valid') throw new Error(`${report.problem.code}: ${report.problem.message}`);
  return report.facts;
}

async function verify(path: string, mirror?: string): Promise<{ exit: number; said: string; code?: string }> {
  const lines: string[] = [];
  const output: Call['output'] = {
    ...{ line: (text) => void lines.push(text), json: (value) => void lines.push(JSON.stringify(value)) },
    ...{ table: () => undefined, note: () => undefined, width: 100, isTerminal: false, isResultOnTerminal: false },
  };
  const texts = mirror === undefined ? {} : { mirror };
  try {
    const exit = await verifyCommand.run({ texts, flags: new Set(), operands: [path], output });
    return { exit, said: lines.join('\n') };
  } catch (error) {
    const { code, message, exitCode } = error as { code: string; message: string; exitCode: number };
    return { exit: exitCode, said: [...lines, message].join('\n'), code };
  }
}

test('the ledger itself holds: months added up again, mints within what was closed', async () => {
  expect(await fsckLedger(ledger.store, {}, { threads: 1 })).toMatchObject({ ok: true, closedMonths: 2, mints: 4 });
});

describe('without a network', () => {
  test('a bundle that holds every close compares every mint with what was closed and approved', async () => {
    const facts = await factsOf(whole);
    expect(facts.mints).toMatchObject({ mints: 4, withoutApprovals: { mints: 0 }, withoutMonths: { mints: 0 } });
    expect(facts.mints.restsOnEarlier).toBe(false);
  });

  test('so does a later one, by what it holds from before its range', async () => {
    const facts = await factsOf(later);
    expect(facts.manifest.range.from).toBeGreaterThan(0);
    expect(facts.mints).toMatchObject({ mints: 2, withoutApprovals: { mints: 0 }, withoutMonths: { mints: 0 } });
    expect(checkedWords(facts).join('\n')).toMatch(/2 mints of .+ each approved .+, each for no more than was closed/);
    expect(uncheckedWords(facts).join('\n')).toContain('from before the range is left out is what the device says');
    const { exit, said } = await verify(later);
    expect([exit, said]).toEqual([
      0,
      expect.stringContaining('The 2 mints were not compared with the network: forebay verify --mirror URL does that.'),
    ]);
  });
});

test('the second verifier takes both', () => {
  const program = fileURLToPath(new URL('./verify_figures.py', import.meta.url));
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-B', program, whole, later], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['valid\nvalid\n', '']);
});

describe('with a mirror', () => {
  test('each mint is held against it', async () => {
    for (const [path, mints] of [[whole, 4] as const, [later, 2] as const]) {
      const { exit, said } = await verify(path, network.mirrorUrl);
      expect([exit, said]).toEqual([0, expect.stringContaining(`${mints} of ${mints} mints compared with the mirror`)]);
      expect(said).not.toMatch(/mints? (?:was|were) not compared|word of the device/);
      expect(said).toContain('That nothing else was minted, of these tokens or for this energy under another one');
    }
  });

  const lies: readonly [string, () => () => void, RegExp][] = [
    ['other metadata', () => changeNft({ metadata: Buffer.from('fb1 of somebody else') }), /Serial \d+ says "fb1 of/],
    ['no such certificate', () => changeNft(undefined), /does not have serial/],
    ['a deleted token', () => change(token(), { isDeleted: true }), /was deleted/],
    ['another form of token', () => change(token(), { type: 'FUNGIBLE_COMMON' }), /is fungible; the ledger says nft/],
    ['another memo', () => change(lastMint(), { memo: 'fb1 something else' }), /memo is "fb1 something else"/],
    [
      'another treasury',
      () => change(lastMint(), { payer: '0.0.3' }),
      /It went to 0\.0\.3; the ledger names 0\.0\.1001/,
    ],
    ['no such mint', () => change(lastMint(), { name: 'TOKENBURN' }), /shows no mint at/],
    ['no token', hideToken, /has no token/],
  ];
  test.each(lies)('that shows %s the bundle is not valid', async (_, lie, words) => {
    const undo = lie();
    const { exit, code, said } = await verify(later, network.mirrorUrl);
    undo();
    expect([exit, code, said]).toEqual([1, 'LED_BUNDLE_MIRROR', expect.stringMatching(words)]);
  });

  test('that is away says nothing against the bundle', async () => {
    network.mirror.cut();
    expect(await verify(later, network.mirrorUrl)).toMatchObject({ exit: 3, code: 'LED_BUNDLE_MIRROR_AWAY' });
    network.mirror.restore();
  });
});

const token = () => present([...network.tokens.values()][0], 'the token');
const lastMint = () =>
  present(
    network.transactions.findLast(({ name }) => name === 'TOKENMINT'),
    'the mint',
  );

/** Changes it, and gives what undoes that. */
function change<T extends object>(what: T, to: Partial<T>): () => void {
  const before = Object.fromEntries(Object.keys(to).map((name) => [name, what[name as keyof T]]));
  Object.assign(what, to);
  return () => void Object.assign(what, before);
}

function changeNft(to: object | undefined): () => void {
  const { nfts } = token();
  const last = present(nfts.at(-1), 'the certificate');
  nfts.splice(-1, 1, ...(to === undefined ? [] : [{ ...last, ...to }]));
  return () => void nfts.splice(to === undefined ? nfts.length : -1, 1, last);
}

function hideToken(): () => void {
  const hidden = token();
  network.state.tokens.delete(hidden.id);
  return () => void network.state.tokens.set(hidden.id, hidden);
}
