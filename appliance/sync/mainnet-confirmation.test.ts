import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PlantConfig } from '../../core/config/plant.ts';
import type { Recorder } from '../../core/ledger/recorder.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { removeNote } from '../../core/store/notes.ts';
import { openStore } from '../../core/store/open-store.ts';
import type { MirrorOutcome } from '../../core/sync/targets/hedera/mirror.ts';
import type { MirrorNodePage } from '../../core/sync/targets/hedera/mirror-answers.ts';
import type { BookNode } from '../../core/sync/targets/hedera/node-book.ts';
import { testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import { confirmMainnet, mainnetAnswer, mainnetTrouble } from './mainnet-confirmation.ts';
import { lookForMainnet } from './shown-mainnet.ts';
import { targetStatuses } from './target-status.ts';

let store: WritableStore;
let recorder: Recorder<WritableStore>;
beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
  recorder = testRecorder(store);
  recorder.record([{ ...testGenesis, body: { ...testGenesis.body, origin: 'plant' } }]);
});
afterEach(() => store.close());

function configOf(hedera: object): PlantConfig {
  const sync = { hedera: { operatorKeyFile: 'hedera.key', ...hedera } };
  return { intervalMs: 900_000, units: [{}], sync } as unknown as PlantConfig;
}

const MAINNET = configOf({ network: 'mainnet', operatorId: '0.0.1002' });
const REQUEST = { account: '0.0.1002', by: 'R. Menon', told: { name: 'anita', role: 'admin' } };

function confirm(config: PlantConfig, request = REQUEST) {
  return confirmMainnet({ config, store, record: (entry) => void recorder.record([entry]) }, request);
}

test('a confirmation is an entry with the name and the estimate, made once, and holds for that account only', () => {
  expect(mainnetTrouble(MAINNET, store)?.code).toBe('SYN_HEDERA_MAINNET_UNCONFIRMED');
  const before = mainnetAnswer(MAINNET, store);
  expect(before).toMatchObject({ isNamed: true, account: '0.0.1002', messagesPerYear: 8760, confirmed: null });
  expect(before.usdPerYear).toBeCloseTo(12.5, 0);
  const after = confirm(MAINNET);
  expect(after.confirmed).toMatchObject({ index: 1, by: 'R. Menon' });
  expect(confirm(MAINNET).confirmed).toEqual(after.confirmed);
  expect(recorder.head().size).toBe(2);
  expect(mainnetTrouble(MAINNET, store)).toBeUndefined();
  const other = configOf({ network: 'mainnet', operatorId: '0.0.1003' });
  expect(mainnetTrouble(other, store)?.message).toContain('0.0.1003');
});

test('the status says at rest, too, that a person is waited for', () => {
  const statusOf = () => targetStatuses(MAINNET, store, undefined, 0)[0];
  expect(statusOf()?.fault).toMatchObject({ code: 'SYN_HEDERA_MAINNET_UNCONFIRMED' });
  confirm(MAINNET);
  expect(statusOf()?.fault).toBeUndefined();
});

test('nodes of an own list with the public mirror of the mainnet are the mainnet', () => {
  const nodes = { nodes: { '192.0.2.3:50211': '0.0.3' }, mirror: 'https://mainnet.mirrornode.hedera.com' };
  const trouble = mainnetTrouble(configOf({ ...nodes, operatorId: '0.0.1002' }), store);
  expect(trouble?.code).toBe('SYN_HEDERA_MAINNET_UNCONFIRMED');
});

test('nodes of an own list are the mainnet where they may be, whatever mirror stands beside them', () => {
  const nodes = { nodes: { '35.237.200.180:50211': '0.0.3' }, mirror: 'https://mirror.third.party.com' };
  const config = configOf({ ...nodes, operatorId: '0.0.1002' });
  expect(mainnetTrouble(config, store)?.message).toMatch(
    /^plant.yaml names 35.237.200.180:50211, .* account 0.0.1002 pays/,
  );
  confirm(config);
  expect(mainnetTrouble(config, store)).toBeUndefined();
  // It holds for these nodes: the account of the same id on the mainnet is somebody's who pays real money.
  const others = configOf({ ...nodes, nodes: { '35.186.191.247:50211': '0.0.3' }, operatorId: '0.0.1002' });
  for (const other of [MAINNET, others]) {
    expect(mainnetTrouble(other, store)?.code).toBe('SYN_HEDERA_MAINNET_UNCONFIRMED');
    expect(mainnetAnswer(other, store).confirmed).toBeNull();
  }
  confirm(MAINNET);
  expect([MAINNET, others, config].map((each) => mainnetTrouble(each, store))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('a mirror in an own network that shows nodes of the mainnet is one of the mainnet from then on', async () => {
  const mirror = 'http://192.168.7.9:5551/';
  const config = configOf({ nodes: { '192.168.7.9:50211': '0.0.3' }, mirror, operatorId: '0.0.1002' });
  const known = [
    { accountId: '0.0.3', hosts: ['35.237.200.180'], certificateHash: 'ab'.repeat(48) },
    { accountId: '0.0.4', hosts: ['35.186.191.247'] },
  ];
  const page = (node: Partial<BookNode>): MirrorOutcome<MirrorNodePage> => {
    const nodes = [{ accountId: '0.0.3', hosts: [], certificateHash: undefined, ...node }];
    return { kind: 'found', value: { nodes, next: undefined } };
  };
  const look = (answer: MirrorOutcome<MirrorNodePage>, book = known) =>
    lookForMainnet({ url: mirror.slice(0, -1), nodePage: () => Promise.resolve(answer) }, store, async () => book);
  const fault = { code: 'SYN_HEDERA_MIRROR_UNREACHABLE', message: 'It is away.' };
  expect(await look({ kind: 'failed', fault })).toEqual(fault);
  expect(await look(page({}), [])).toMatchObject({ code: 'SYN_HEDERA_SDK_FAILED' });
  for (const answer of [
    { kind: 'failed', fault, isNoRoute: true } as const,
    { kind: 'absent' } as const,
    { kind: 'found' as const, value: { nodes: [], next: undefined } },
    // Accounts have the same ids in every network.
    page({ accountId: '0.0.4', hosts: ['192.168.7.9'], certificateHash: 'cd'.repeat(48) }),
  ]) {
    expect(await look(answer)).toBeUndefined();
    expect(mainnetTrouble(config, store)).toBeUndefined();
  }
  const answers = [{ kind: 'absent' } as const, page({ hosts: ['35.186.191.247'] })];
  const moody = { url: mirror, nodePage: async () => answers.shift() ?? { kind: 'absent' as const } };
  expect(await lookForMainnet(moody, store, async () => known)).toBeUndefined();
  expect(mainnetTrouble(config, store)?.code).toBe('SYN_HEDERA_MAINNET_UNCONFIRMED');
  for (const node of [{ hosts: ['35.186.191.247'] }, { certificateHash: 'ab'.repeat(48) }]) {
    removeNote(store, 'hedera-mirror-of-mainnet');
    expect(await look(page(node))).toBeUndefined();
    expect(mainnetTrouble(config, store)?.message).toContain(
      `The mirror ${mirror} of plant.yaml shows nodes of the mainnet`,
    );
  }
  const other = configOf({
    nodes: { '192.168.7.9:50211': '0.0.3' },
    mirror: 'http://127.0.0.1:1',
    operatorId: '0.0.1002',
  });
  expect(mainnetTrouble(other, store)).toBeUndefined();
  confirm(config);
  expect(mainnetTrouble(config, store)).toBeUndefined();
});

test('nothing is recorded for another account, another network or demonstration data', () => {
  expect(() => confirm(MAINNET, { ...REQUEST, account: '0.0.1001' })).toThrow('1002 in plant.yaml, and 0.0.1001');
  const testnet = configOf({ network: 'testnet', operatorId: '0.0.1002' });
  expect(mainnetTrouble(testnet, store)).toBeUndefined();
  expect(() => confirm(testnet)).toThrow('does not lead to the mainnet');
  expect(recorder.head().size).toBe(1);
  const demo = openStore(':memory:', { access: 'write' });
  const record = testRecorder(demo);
  record.record([{ ...testGenesis, body: { ...testGenesis.body, origin: 'demo' } }]);
  const parts = { config: MAINNET, store: demo, record: () => expect.unreachable('it was recorded') };
  expect(() => confirmMainnet(parts, REQUEST)).toThrow('Demonstration data');
  demo.close();
});
