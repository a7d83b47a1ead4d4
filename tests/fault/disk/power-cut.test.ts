import { expect, test } from 'vitest';
import { seededRandom } from '../../../core/model/random.ts';
import { announceSeed } from '../../contract/driver-host.ts';
import { cutEverywhere, killAtChanges, killAtRandom, newReport, recordChanges } from './power-cuts.ts';

const seed = announceSeed('power cuts');
/** The large run is `npm run kill`. */
const KILLS_AT_CHANGES = 6;
const KILLS_AT_RANDOM = 4;

test('a plant that is killed before any of its writes has everything that it acknowledged, and goes on', async () => {
  const changes = await recordChanges();
  const made = changes.filter(({ op }) => op !== 'said').length;
  // From the first folder that is made to the end of the first minutes.
  expect(made).toBeGreaterThan(300);
  const report = newReport();
  await cutEverywhere(report, { changes, random: seededRandom(seed), kinds: ['kept'], goOnShare: 0.02 });
  expect(report.findings).toEqual([]);
  expect(report.cuts).toBe(changes.length);
  expect(report.acknowledged).toBeGreaterThan(changes.length);
  expect(report.packed).toBeGreaterThan(100);
  // The key is changed in the middle of the run, and cuts fall before, within and after the change.
  expect(report.keyChanges).toBeGreaterThan(50);
  expect(report.keyChanges).toBeLessThan(changes.length - 50);
});

test('a power cut that drops, cuts off and tears what was not synced takes nothing that was acknowledged', async () => {
  const report = newReport();
  const changes = await recordChanges('FULL', 4);
  const kinds = ['dropped', 'cut', 'torn'] as const;
  await cutEverywhere(report, { changes, random: seededRandom(seed), kinds, share: 0.2, goOnShare: 0.05 });
  expect(report.findings).toEqual([]);
  expect(report.cuts).toBeGreaterThan(150);
  expect(report.restarts).toBeGreaterThan(2);
});

test.each(['OFF', 'NORMAL'] as const)(
  'a store that is opened with synchronous=%s is found out',
  async (synchronous) => {
    const report = newReport();
    const changes = await recordChanges(synchronous);
    await cutEverywhere(report, { changes, random: seededRandom(seed), kinds: ['dropped', 'torn'], share: 0.1 });
    expect(new Set(report.findings.map(({ kind }) => kind))).toContain('lost');
  },
);

test('a process that is killed in truth, right before a change to its disk and at any moment, loses nothing', async () => {
  const random = seededRandom(seed);
  const report = newReport();
  await killAtChanges(
    report,
    Array.from({ length: KILLS_AT_CHANGES }, () => 1 + Math.floor(random.next() * 300)),
  );
  await killAtRandom(report, KILLS_AT_RANDOM, random);
  expect(report.findings).toEqual([]);
  expect(report.cuts).toBe(KILLS_AT_CHANGES + KILLS_AT_RANDOM);
});
