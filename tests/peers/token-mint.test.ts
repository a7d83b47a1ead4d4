import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../appliance/system-clock.ts';
import { begunParts } from '../../appliance/tokens/kept-mints.ts';
import { openMinter } from '../../appliance/tokens/open-minter.ts';
import type { TokenActions } from '../../appliance/tokens/token-actions.ts';
import type { TokenMinter } from '../../appliance/tokens/token-minter.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import { seededRandom } from '../../core/model/random.ts';
import { openStore } from '../../core/store/open-store.ts';
import { announceSeed } from '../contract/driver-host.ts';
import { testKey } from '../fixtures/ledger.ts';
import { ASHA, MintingLedger, mintingConfig, RAVI } from '../fixtures/minting-ledger.ts';
import { type HederaNetwork, type HederaNetworkOptions, startHederaNetwork } from './hedera/hedera-network.ts';
import { until } from './until.ts';

const SEED = announceSeed('certificates over the real wire');
const OPERATOR = '0.0.1001';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const RAW = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const KEY_TEXT = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
/** So long before now a ledger is restored: the mirror has come past what the former one may have sent by then. */
const RESTORED_MS = 201_000;

let folder: string;
let ledger: MintingLedger;
let network: HederaNetwork;
let minter: TokenMinter | undefined;
/** What the log was told of. */
let said: unknown[];

beforeEach(() => {
  said = [];
  folder = mkdtempSync(join(tmpdir(), 'forebay-tokens-'));
  ledger = new MintingLedger(openStore(join(folder, 'ledger.db'), { access: 'write' }));
});

afterEach(async () => {
  await minter?.stop();
  minter = undefined;
  await network.stop();
  ledger.store.close();
  rmSync(folder, { recursive: true });
});

async function begin(options: Partial<HederaNetworkOptions> = {}): Promise<void> {
  network = await startHederaNetwork({ seed: SEED, operator: { id: OPERATOR, publicKey: RAW }, ...options });
}

function configOf(tokens: object = {}): PlantConfig {
  const { nodes, mirrorUrl: mirror } = network;
  return mintingConfig({ nodes, mirror, operatorId: OPERATOR, operatorKeyFile: 'hedera.key' }, tokens);
}

function mint(config: PlantConfig, { store, recorder } = ledger): TokenMinter {
  const opened = openMinter({
    config,
    store,
    key: testKey,
    head: () => recorder.head(),
    record: (entries, alongside) => recorder.record(entries, alongside),
    clock: systemClock,
    random: seededRandom(SEED),
    log: { debug() {}, info: (...line) => void said.push(line), warn() {}, error() {} },
    secrets: { read: () => ({ kind: 'secret', text: KEY_TEXT }) },
    environment: {},
  });
  if (opened === undefined) throw new Error('nothing mints');
  minter = opened;
  minter.start();
  return minter;
}

/** Both persons approve the month. */
function approve(actions: TokenActions, month: string): void {
  const [plan] = actions.propose({ month, ...ASHA }).plans;
  actions.approve(plan?.id ?? '', RAVI);
}

async function settled(actions: TokenActions): Promise<ReturnType<TokenActions['list']>> {
  return until(
    () => actions.list(),
    ({ plans }) => plans[0]?.state === 'minted',
  );
}

/** Somebody made another token of the same form by hand. */
function newToken(): string {
  const [token] = [...network.tokens.values()];
  if (token === undefined) throw new Error('no token was made');
  const id = network.state.newEntityId();
  const supplies = [{ atNs: token.createdNs, totalSupply: 0n }];
  network.state.tokens.set(id, { ...token, id, totalSupply: 0n, nfts: [], supplies, frozen: new Set() });
  network.state.accounts.get(OPERATOR)?.tokens.set(id, 0n);
  return id;
}

/** The backup takes the ledger's place, and the ledger says so. */
function restore(backup: string): void {
  ledger.store.close();
  ledger = new MintingLedger(openStore(backup, { access: 'write' }), 'plant', Date.now() - RESTORED_MS);
  const { size, root } = ledger.recorder.head();
  const facts = { by: 'asha', restoredAt: '2026-10-01T00:00:00.000Z', backup: `sha256:${'a'.repeat(64)}` };
  const body = { v: 1, ...facts, size, root: Buffer.from(root).toString('base64'), replaced: null };
  ledger.recorder.record([{ kind: 'restore', body }]);
}

const metadata = (): string[] =>
  [...network.tokens.values()].flatMap(({ nfts }) => nfts.map((nft) => Buffer.from(nft.metadata).toString('utf8')));

test('certificates for a month, each for a stretch of its own; what is below one is carried on to the next month', async () => {
  await begin();
  ledger.month('2026-08', 12_400_000);
  const config = configOf();
  const actions = ledger.actions(config);
  approve(actions, '2026-08');
  const begun = mint(config);
  const first = await settled(actions);
  expect(first.minted).toEqual({ energyWh: 12_000_000, units: 12, mints: 2 });
  const [tokenId] = network.tokens.keys();
  expect(said).toContainEqual([{ tokenId, month: '2026-08', units: 10 }, 'Certificates were minted']);
  expect(first.mints.map(({ serials }) => serials.length)).toEqual([2, 10]);
  ledger.month('2026-09', 700_000);
  approve(actions, '2026-09');
  begun.wake();
  const second = await settled(actions);
  expect(second.minted).toEqual({ energyWh: 13_000_000, units: 13, mints: 3 });
  expect(second.months.map(({ state, mintedWh, carriedWh }) => [state, mintedWh, carriedWh])).toEqual([
    ['minted', 12_400_000, 0],
    ['minted', 600_000, 100_000],
  ]);
  expect(new Set(metadata()).size).toBe(13);
  expect(metadata()[12]).toMatch(/^fb1 0\.0\.5005\/2 \d+ [A-Za-z0-9_-]{22} 12000000\+1000000$/);
  const [token] = [...network.tokens.values()];
  expect(network.tokens.size).toBe(1);
  expect({ admin: token?.adminKey, max: token?.maxSupply, treasury: token?.treasury, name: token?.name }).toEqual({
    admin: null,
    max: 1000n,
    treasury: OPERATOR,
    name: 'HREC Demo River HPP',
  });
});

test('an amount of a fungible token, in kWh', async () => {
  await begin();
  ledger.month('2026-08', 25_400_999);
  const config = configOf({ kind: 'fungible', unit: 'MWh', decimals: 3 });
  const actions = ledger.actions(config);
  approve(actions, '2026-08');
  mint(config);
  const { minted, mints } = await settled(actions);
  expect(minted).toEqual({ energyWh: 25_400_000, units: 25_400, mints: 1 });
  const [token] = [...network.tokens.values()];
  expect([token?.totalSupply, token?.maxSupply, token?.decimals]).toEqual([25_400n, 1_000_000n, 3]);
  expect(mints[0]?.reference).toMatch(/ 0\+25400000$/);
});

test('what holds a mint up is said, and it is minted once it is mended', async () => {
  await begin();
  ledger.month('2026-08', 1_000_000);
  const config = configOf({ maxSupply: 2 });
  const actions = ledger.actions(config);
  approve(actions, '2026-08');
  const begun = mint(config);
  await settled(actions);
  const [token] = [...network.tokens.values()];
  if (token === undefined) throw new Error('no token was made');
  ledger.month('2026-09', 1_000_000);
  const treasury = network.state.accounts.get(OPERATOR);
  const { supplyKey } = token;
  const stranger = {
    ...token.nfts[0],
    serialNumber: 2,
    metadata: Buffer.from('of somebody else'),
  } as (typeof token.nfts)[0];
  const troubles: readonly (readonly [string, () => unknown, () => unknown])[] = [
    [
      'TOK_TOKEN_PAUSED',
      () => Object.assign(token, { isPaused: true }),
      () => Object.assign(token, { isPaused: false }),
    ],
    [
      'TOK_TOKEN_DELETED',
      () => Object.assign(token, { isDeleted: true }),
      () => Object.assign(token, { isDeleted: false }),
    ],
    ['TOK_ACCOUNT_FROZEN', () => token.frozen.add(OPERATOR), () => token.frozen.clear()],
    ['TOK_NOT_ASSOCIATED', () => treasury?.tokens.delete(token.id), () => treasury?.tokens.set(token.id, 1n)],
    [
      'TOK_SUPPLY_KEY_FOREIGN',
      () => Object.assign(token, { supplyKey: null }),
      () => Object.assign(token, { supplyKey }),
    ],
    [
      'TOK_TREASURY_FOREIGN',
      () => Object.assign(token, { treasury: '0.0.3' }),
      () => Object.assign(token, { treasury: OPERATOR }),
    ],
    [
      'TOK_SUPPLY_INFINITE',
      () => Object.assign(token, { maxSupply: 0n }),
      () => Object.assign(token, { maxSupply: 2n }),
    ],
    [
      'TOK_SUPPLY_REACHED',
      () => Object.assign(token, { maxSupply: 1n }),
      () => Object.assign(token, { maxSupply: 2n }),
    ],
    [
      'TOK_SUPPLY_UNEXPLAINED',
      () => [
        token.nfts.push(stranger),
        token.supplies.push({ atNs: token.createdNs, totalSupply: 2n }),
        Object.assign(token, { maxSupply: 9n }),
      ],
      () => [token.nfts.pop(), token.supplies.pop(), Object.assign(token, { maxSupply: 2n })],
    ],
  ];
  const [first] = troubles;
  first?.[1]();
  approve(actions, '2026-09');
  const seen: (string | undefined)[] = [];
  for (const [i, [code]] of troubles.entries()) {
    begun.wake();
    await until(
      () => begun.status(),
      ({ fault }) => fault?.code === code,
    );
    seen.push(begun.status().state);
    troubles[i]?.[2]();
    troubles[i + 1]?.[1]();
  }
  expect(new Set(seen.filter((state) => state !== 'minting'))).toEqual(new Set(['held']));
  expect(token.totalSupply).toBe(1n);
  begun.wake();
  const { minted } = await settled(actions);
  expect([minted.units, token.totalSupply, token.nfts.length]).toEqual([2, 2n, 2]);
});

test('what was signed and never sent does not go out once the approval is taken back', async () => {
  await begin();
  ledger.month('2026-08', 1_000_000);
  const config = configOf();
  const actions = ledger.actions(config);
  approve(actions, '2026-08');
  const begun = mint(config);
  await settled(actions);
  network.cut();
  ledger.month('2026-09', 1_000_000);
  approve(actions, '2026-09');
  begun.wake();
  await until(
    () => begunParts(ledger.store),
    (parts) => parts.length === 1 && begun.status().state === 'waiting',
  );
  actions.withdraw(actions.list().plans[0]?.id ?? '', ASHA);
  network.restore();
  begun.wake();
  await until(
    () => begun.status(),
    ({ state, fault }) => fault?.code === 'TOK_PLAN_EXPIRED' || state === 'idle',
  );
  expect([metadata().length, actions.list().minted.units, begunParts(ledger.store).length]).toEqual([1, 1, 1]);
});

test('after a restore from an old backup the token is found again, and what was minted is not minted a second time', async () => {
  await begin();
  ledger.month('2026-08', 2_000_000);
  const backup = join(folder, 'backup.db');
  ledger.store.run('VACUUM INTO ?', backup);
  const config = configOf();
  approve(ledger.actions(config), '2026-08');
  const former = mint(config);
  await settled(ledger.actions(config));
  await former.stop();
  restore(backup);
  ledger.month('2026-09', 1_300_000);
  const actions = ledger.actions(config);
  approve(actions, '2026-08');
  const begun = mint(config);
  const found = await until(
    () => actions.list(),
    ({ mints, work }) => mints.length === 1 && work?.state !== 'minting',
  );
  expect(found.mints[0]).toMatchObject({ plan: null, fromWh: 0, toWh: 2_000_000, serials: [1, 2] });
  expect(found.plans[0]).toMatchObject({ state: 'expired' });
  approve(actions, '2026-09');
  begun.wake();
  const { minted } = await settled(actions);
  expect([minted.units, network.tokens.size, metadata().length]).toEqual([3, 1, 3]);
  expect(metadata()[2]).toMatch(/ 2000000\+1000000$/);
});

test('after a restore what was minted on the token of then is not minted again on another one', async () => {
  await begin();
  ledger.month('2026-08', 2_000_000);
  const backup = join(folder, 'backup.db');
  ledger.store.run('VACUUM INTO ?', backup);
  const config = configOf();
  approve(ledger.actions(config), '2026-08');
  const former = mint(config);
  await settled(ledger.actions(config));
  await former.stop();
  restore(backup);
  const other = configOf({ symbol: 'NEW', tokenId: newToken() });
  const actions = ledger.actions(other);
  approve(actions, '2026-08');
  mint(other);
  const found = await until(
    () => actions.list(),
    ({ mints, work }) => mints.length > 0 && work?.state !== 'minting',
  );
  expect(found.mints).toMatchObject([{ plan: null, fromWh: 0, toWh: 2_000_000, units: 2, serials: [1, 2] }]);
  expect([...network.tokens.values()].map(({ totalSupply }) => totalSupply)).toEqual([2n, 0n]);
});
