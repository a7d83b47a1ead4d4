import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PlantConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { writeNote } from '../../core/store/notes.ts';
import { openStore } from '../../core/store/open-store.ts';
import { testKey } from '../../tests/fixtures/ledger.ts';
import { ASHA, MintingLedger, mintingConfig, RAVI } from '../../tests/fixtures/minting-ledger.ts';
import { until } from '../../tests/peers/until.ts';
import { systemClock } from '../system-clock.ts';
import { openMinter } from './open-minter.ts';

const MIRROR = 'http://192.168.7.9:5551';
const OWN = { nodes: { '192.168.7.9:50211': '0.0.3' }, mirror: MIRROR, operatorId: '0.0.1001', operatorKeyFile: 'key' };

let store: WritableStore;
beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
});
afterEach(() => store.close());

/** What keeps the minter from an approved mint; no key is there, so it never comes as far as a network. */
async function faultOf(config: PlantConfig, ledger: MintingLedger): Promise<string | undefined> {
  const minter = present(
    openMinter({
      ...{ config, store, key: testKey, head: () => ledger.recorder.head(), clock: systemClock, environment: {} },
      record: (entries, alongside) => ledger.recorder.record(entries, alongside),
      random: seededRandom(1),
      log: { debug() {}, info() {}, warn() {}, error() {} },
      secrets: { read: () => ({ kind: 'fault', fault: { code: 'NO_KEY', message: '', policy: 'misconfigured' } }) },
    }),
    'what mints',
  );
  minter.start();
  const { fault } = await until(
    () => minter.status(),
    (status) => status.fault !== undefined,
  );
  await minter.stop();
  return fault?.code;
}

test('nothing is minted on nodes of one’s own that are the mainnet’s, since it would count apart, whoever confirmed messages there', async () => {
  const ledger = new MintingLedger(store);
  ledger.month('2026-06', 5_000_000);
  const config = mintingConfig(OWN, { unit: 'MWh' });
  const actions = ledger.actions(config);
  const [plan] = actions.propose({ month: '2026-06', ...ASHA }).plans;
  actions.approve(plan?.id ?? '', RAVI);
  expect(await faultOf(config, ledger)).toBe('NO_KEY');
  store.write(() => writeNote(store, 'hedera-mirror-of-mainnet', MIRROR));
  const told = { name: 'asha', role: 'admin' };
  const estimate = { messagesPerYear: 1, usdPerYear: 1, fees: { source: 'x', asOf: '2026-01-01' } };
  const body = { v: 1, what: 'mainnet', account: '0.0.1001', by: 'Asha', told, ...estimate };
  ledger.recorder.record([{ kind: 'confirmation', body }]);
  expect(await faultOf(config, ledger)).toBe('TOK_MAINNET_UNNAMED');
  expect(await faultOf(mintingConfig(OWN, { unit: 'MWh', mainnet: true }), ledger)).toBe('TOK_MAINNET_UNNAMED');
});
