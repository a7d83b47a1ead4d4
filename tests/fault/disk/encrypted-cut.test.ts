import { expect, test } from 'vitest';
import { seededRandom } from '../../../core/model/random.ts';
import { announceSeed } from '../../contract/driver-host.ts';
import { cutEverywhere, killAtChanges, newReport, recordChanges } from './power-cuts.ts';

const seed = announceSeed('power cuts of an encrypted store');
/** The large run is `npm run kill -- --encrypted`, and `--changed`. */
const KINDS = ['kept', 'dropped', 'cut', 'torn'] as const;
/** Of rows, of the schema, and of the ledger's own JSON. */
const CLEAR = ['CREATE TABLE', '"kind":"', '"unitId"', 'HP-001', 'INSERT INTO'];

test('an encrypted store writes nothing in clear, and a power cut takes nothing that was acknowledged', async () => {
  const changes = await recordChanges('FULL', 2, 'encrypted');
  let written = 0;
  for (const change of changes) {
    // The public key names the plant by its id, for whoever checks a bundle.
    if (change.op !== 'write' || change.path.startsWith('data/keys/device.pub')) continue;
    written += change.data.length;
    for (const words of CLEAR) expect(change.data.includes(words), `${change.path} holds ${words}`).toBe(false);
  }
  expect(written).toBeGreaterThan(1_000_000);
  const report = newReport();
  await cutEverywhere(report, { changes, random: seededRandom(seed), kinds: KINDS, share: 0.015, goOnShare: 0.05 });
  expect(report.findings).toEqual([]);
  expect(report.cuts).toBeGreaterThan(5);
});

test('a power cut while a store is encrypted, gets another key or is written in clear leaves it in one of the forms', async () => {
  const changes = await recordChanges('FULL', 1, 'changed');
  const begin = changes.findIndex((change) => change.op === 'create' && /store-[0-9a-f]+\.key\.new$/.test(change.path));
  expect(begin).toBeGreaterThan(100);
  const report = newReport();
  const random = seededRandom(seed);
  await cutEverywhere(report, { changes, random, kinds: KINDS, share: 0.02, goOnShare: 0.1, from: begin });
  expect(report.findings).toEqual([]);
  expect(report.cuts).toBeGreaterThan(10);
  await killAtChanges(report, [begin + Math.floor(random.next() * 300)], () => undefined, 'changed');
  expect(report.findings).toEqual([]);
});
