import { join } from 'node:path';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { receive, receiveFromHub, type SealingLie, sealBatch } from '../fixtures/batch-sealing.ts';
import { openEvaluationLedger } from '../fixtures/evaluation-ledger.ts';
import { bundleOf, PERIOD, signedReading } from '../fixtures/evidence-plant.ts';
import { HubKey } from '../peers/hub/hub-key.ts';
import { PASSED, plainReading, type Tampered } from './tampered-bundles.ts';

const set =
  (members: JsonObject) =>
  (body: JsonObject): JsonObject => ({ ...body, ...members });
const stranger = deviceKeyFromSeed(Buffer.alloc(32, 9), 'HP-EVAL');
const root = Buffer.alloc(32, 1).toString('base64');

/** What a device may have recorded of its deliveries that does not hold together. The true run is [3, 5). */
const LIES: readonly (readonly [name: string, lie: SealingLie])[] = [
  ['more credited in a message', { message: set({ creditedWh: 150_001 }) }],
  ['another count in a message', { message: set({ approved: 0, flagged: 1 }) }],
  ['a review in a message that nobody made', { message: set({ reviewedWh: -1 }) }],
  ['other rules in a message', { message: set({ rules: '0.9.0' }) }],
  ['a model in a message that nobody used', { message: set({ models: 'sha256:00' }) }],
  ['another root in a message', { message: set({ root }) }],
  ['another plant in a message', { message: set({ plant: 'HP-002' }) }],
  ['another ledger in a message', { message: set({ log: 'HP-002' }) }],
  ['another device in a message', { message: set({ did: 'did:key:z6Mk' }) }],
  ['an earlier message', { message: set({ forebay: 1 }) }],
  ['a later message', { message: set({ forebay: 3 }) }],
  ['a later message and entry', { message: set({ forebay: 3 }), entry: set({ v: 3 }) }],
  ['a period that begins too early', { message: set({ from: '2026-06-01T03:00:00.000Z' }) }],
  ['a period that ends too late', { message: set({ to: '2026-06-01T04:00:00.000Z' }) }],
  ['a period that leaves its reading out', { message: set({ to: '2026-06-01T03:09:59.999Z' }) }],
  ['no period of a run with a reading', { message: set({ from: null, to: null }) }],
  ['half a period', { message: set({ to: null }) }],
  ['a period of sealing that ends before it begins', { entry: set({ sealedTo: '2020-06-01T02:00:00.000Z' }) }],
  ['a message signed by a stranger', { signer: stranger }],
  ['a message of another run than its entry', { message: set({ first: 2 }) }],
  ['a run twice', { message: set({ first: 2 }), entry: set({ first: 2 }) }],
  ['a run left out', { message: set({ first: 4 }), entry: set({ first: 4 }) }],
  ['another id of a message', { entry: set({ id: 'ab'.repeat(32) }) }],
  ['a target that was given nothing', { entry: set({ targets: ['hedera'] }) }],
  ['another root by the hub', { hub: (truth) => ({ ...truth, root: Buffer.from(root, 'base64') }) }],
  [
    'another root by the hub, where no checkpoint is',
    { hub: ({ size, ...truth }) => ({ ...truth, size: size + 1, root: Buffer.from(root, 'base64') }) },
  ],
  ['more by the hub than there was', { hub: (truth) => ({ ...truth, size: truth.size + 1000 }) }],
  ['too little by the hub', { hub: (truth) => ({ ...truth, size: truth.size - 1 }) }],
  ['another ledger by the hub', { hub: (truth) => ({ ...truth, origin: 'HP-002' }) }],
  ['a stranger in place of the hub', { hub: (truth) => ({ ...truth, key: HubKey.create('hub.example/evidence') }) }],
  ['another size than the hub signed', { receipt: set({ size: 4 }) }],
  ['another time than the hub signed', { receipt: set({ signedAtS: 1_780_300_001 }) }],
  ['no signature of a hub', { receipt: set({ checkpoint: `HP-EVAL\n5\n${root}\n\n` }) }],
  ['no key of a hub', { receipt: set({ publicKey: 'hub.example/evidence' }) }],
];

const OTHER_CODES: Readonly<Record<string, string>> = {
  'a later message and entry': 'LED_BUNDLE_VERSION',
  'half a period': 'LED_BUNDLE_FORM',
};

/** Bundles of ledgers with one of these lies in them. */
export async function deliveredWrong(folder: string): Promise<Tampered[]> {
  const made: Tampered[] = [];
  for (const [name, lie] of LIES) {
    const path = join(folder, `${name.replaceAll(' ', '-')}.zip`);
    await bundleWith(lie, join(folder, name.replaceAll(' ', '-')), path);
    made.push({ name, code: OTHER_CODES[name] ?? 'LED_BUNDLE_RECEIPT', path });
  }
  return made;
}

/** Three readings, with a true batch after the first and another, received, after the second. */
export async function bundleWith(lie: SealingLie, folder: string, path: string): Promise<void> {
  const ledger = { ...openEvaluationLedger(folder), targets: ['file', 'hub'] };
  const times = ['03:00', '03:05', '03:10', '03:15'].map((time) => `2026-06-01T${time}:00.000Z`);
  for (const [n, from] of times.slice(0, -1).entries()) {
    const to = times[n + 1] ?? '';
    ledger.record([signedReading(plainReading(from, to), PASSED, ledger)]);
    if (n === 0) sealBatch(ledger);
    if (n !== 1) continue;
    const batch = sealBatch(ledger, lie);
    receive(ledger, batch);
    receiveFromHub(ledger, batch, lie);
  }
  await bundleOf(ledger, path, PERIOD);
  ledger.store.close();
}
