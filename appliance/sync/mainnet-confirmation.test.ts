import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PlantConfig } from '../../core/config/plant.ts';
import type { Recorder } from '../../core/ledger/recorder.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { openStore } from '../../core/store/open-store.ts';
import { testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import { confirmMainnet, mainnetAnswer, mainnetTrouble } from './mainnet-confirmation.ts';
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

test('nothing is recorded for another account, another network or demonstration data', () => {
  expect(() => confirm(MAINNET, { ...REQUEST, account: '0.0.1001' })).toThrow('1002 in plant.yaml, and 0.0.1001');
  const testnet = configOf({ network: 'testnet', operatorId: '0.0.1002' });
  expect(mainnetTrouble(testnet, store)).toBeUndefined();
  expect(() => confirm(testnet)).toThrow('does not name the mainnet');
  expect(recorder.head().size).toBe(1);
  const demo = openStore(':memory:', { access: 'write' });
  const record = testRecorder(demo);
  record.record([{ ...testGenesis, body: { ...testGenesis.body, origin: 'demo' } }]);
  const parts = { config: MAINNET, store: demo, record: () => expect.unreachable('it was recorded') };
  expect(() => confirmMainnet(parts, REQUEST)).toThrow('Demonstration data');
  demo.close();
});
