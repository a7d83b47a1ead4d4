import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { latestCheckpointAnswer } from '../../appliance/api/ledger-answer.ts';
import { withFileSource } from '../../appliance/bundle/file-source.ts';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import { createSampleDecoder } from '../../appliance/bundle/sample-decoder.ts';
import { parseEntryLine } from '../../core/evidence/entry-line.ts';
import { checkedWords, uncheckedWords } from '../../core/evidence/report-words.ts';
import { type BundleReport, type VerifyOptions, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import { ENTRY_KINDS, KNOWN_VERSIONS, type NewEntry } from '../../core/ledger/entry.ts';
import { present } from '../../core/model/assert.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { sealBlock } from '../../core/store/samples.ts';
import {
  type EvidencePlant,
  openEvidencePlant,
  PERIOD,
  reviewEntry,
  sampleBlockText,
  signedReading,
} from '../fixtures/evidence-plant.ts';
import { bundleWith } from './delivered-wrong.ts';
import { PASSED, plainReading } from './tampered-bundles.ts';

const folder = mkdtempSync(join(tmpdir(), 'forebay-bundle-'));
let plant: EvidencePlant;

beforeAll(() => {
  plant = openEvidencePlant(folder, 11);
});
afterAll(() => {
  plant.store.close();
  rmSync(folder, { recursive: true, force: true });
});

function verify(path: string, options?: VerifyOptions): Promise<BundleReport> {
  return withFileSource(path, (source) => verifyBundle(source, nodeMachine, options));
}

test('a bundle of three hours is valid alone, and says what was checked', async () => {
  const { path, manifest } = await plant.bundle('a.zip');
  expect(manifest.period.state).toBe('finished');
  const report = await verify(path, { keys: [plant.key.verifierKey] });
  expect(report).toMatchObject({ outcome: 'valid', facts: { keysGiven: 1, reportCompared: true, settings: 1 } });
  if (report.outcome !== 'valid') return;
  const { counts, signatures, contextEntries } = report.facts;
  // Two units, 36 intervals of five minutes each, and what stands between the first write and the last of them.
  expect(manifest.totals.reduce((sum, unit) => sum + unit.readings, 0)).toBe(72);
  expect(counts.readings).toBeGreaterThanOrEqual(72);
  expect(signatures).toBe(counts.readings);
  expect(counts.weighed).toBe(counts.readings);
  expect(contextEntries).toBeGreaterThanOrEqual(2);
});

test('a bundle may hold every kind of entry that there is, and a restore or salvage is told', async () => {
  const report = await verify((await plant.bundle('kinds.zip')).path);
  expect(report).toMatchObject({ outcome: 'valid' });
  if (report.outcome !== 'valid') return;
  expect(report.facts.historyBreaks).toMatchObject([
    { kind: 'restore', size: 12 },
    { kind: 'salvage', size: 12, signedSize: 15 },
  ]);
  const words = uncheckedWords(report.facts).join('\n');
  expect(words).toContain('a backup of 12 entries took the place of the ledger at 2026-06-01T04:10:00.000Z');
  expect(words).toContain('the device had signed 15 entries, and 3 of them are lost');
});

test('every kind of entry is known to the verifier, in each of its versions and in no other', () => {
  for (const kind of ENTRY_KINDS) {
    const lineOf = (v: number): string => {
      const body = kind === 'reading' ? { reading: { v }, signature: '', verdict: {} } : { v };
      return canonicalize({ v: 1, index: 3, kind, at: '2026-06-01T04:10:00.000Z', body });
    };
    for (const v of KNOWN_VERSIONS[kind]) expect(parseEntryLine(lineOf(v), 'here')).toMatchObject({ kind });
    expect(() => parseEntryLine(lineOf(99), 'here')).toThrow(`is a ${kind} of version 99`);
  }
});

test('the batches of the range and their receipts are in the bundle, checked and told', async () => {
  const report = await verify((await plant.bundle('delivered.zip')).path);
  expect(report).toMatchObject({ outcome: 'valid' });
  if (report.outcome !== 'valid') return;
  const { manifest, deliveries } = report.facts;
  const all = manifest.range.to - manifest.range.from;
  // Two runs lie wholly in the range, one touches each of its ends.
  const targets = [{ target: 'file', receipts: 4, entries: all }];
  expect(deliveries).toEqual({ batches: 4, summed: 2, reviewed: 2, untimed: 0, entries: all, targets });
  expect(checkedWords(report.facts).join('\n')).toContain(`4 batches, which hold ${all} of the ${all} entries`);
  expect(uncheckedWords(report.facts).join('\n')).toContain(`file gave 4 receipts, for ${all} of the ${all} entries`);
});

test('a bundle whose device told nothing but the truth of its deliveries is valid', async () => {
  const path = join(folder, 'true.zip');
  await bundleWith({}, join(folder, 'true'), path);
  const report = await verify(path);
  expect(report).toMatchObject({ outcome: 'valid', facts: { deliveries: { batches: 2, summed: 1 } } });
  if (report.outcome !== 'valid') return;
  expect(report.facts.deliveries.targets).toMatchObject([
    { target: 'file', receipts: 1 },
    { target: 'hub', receipts: 1, signedBy: [expect.stringMatching(/^hub\.example\/evidence\+/)] },
  ]);
  expect(uncheckedWords(report.facts).join('\n')).toMatch(
    /hub gave 1 receipt, .* signed over this ledger by hub\.example/,
  );
});

test('the same period gives the same bytes', async () => {
  const [one, two] = [await plant.bundle('same-1.zip'), await plant.bundle('same-2.zip')];
  expect(readFileSync(one.path).equals(readFileSync(two.path))).toBe(true);
});

test('what persons decided later changes what is credited, and stands beside the range', async () => {
  const before = await plant.bundle('before-review.zip');
  const index = before.manifest.range.from;
  plant.record([reviewEntry(index, 'unit1')]);
  const after = await plant.bundle('after-review.zip');
  const credited = (of: typeof after): number => of.manifest.totals.reduce((sum, unit) => sum + unit.creditedWh, 0);
  expect(credited(before)).toBeGreaterThan(0);
  expect(credited(after)).toBeLessThan(credited(before));
  expect(await verify(after.path)).toMatchObject({ outcome: 'valid' });
});

test('a checkpoint and a key from outside are held against the bundle', async () => {
  const { path, manifest } = await plant.bundle('outside.zip');
  const other = deviceKeyFromSeed(Buffer.alloc(32, 5), 'HP-001');
  expect(await verify(path, { keys: [other.verifierKey] })).toMatchObject({
    outcome: 'invalid',
    problem: { code: 'LED_BUNDLE_GIVEN_KEY' },
  });
  expect(await verify(path, { checkpoints: ['no note'] })).toMatchObject({
    problem: { code: 'LED_BUNDLE_GIVEN_CHECKPOINT' },
  });
  expect(manifest.treeSize).toBeGreaterThan(manifest.range.to);
});

/** The signed note over the whole ledger, as somebody keeps it elsewhere. */
function noteNow(): { note: string; size: number } {
  return present(latestCheckpointAnswer(ledgerReader(plant.store)), 'the newest checkpoint');
}

test('a bundle that is handed in again after a later checkpoint is told by it', async () => {
  const old = await plant.bundle('handed-in-before.zip');
  const kept = noteNow();
  expect(await verify(old.path, { checkpoints: [kept.note] })).toMatchObject({
    outcome: 'valid',
    facts: { checkpointsGiven: 1 },
  });
  plant.record([reviewEntry(80, 'unit1')]);
  const newer = noteNow();
  expect(await verify(old.path, { checkpoints: [newer.note] })).toMatchObject({
    outcome: 'invalid',
    problem: { code: 'LED_BUNDLE_GIVEN_CHECKPOINT', message: expect.stringContaining('older') },
  });
  // A later bundle shows that it extends the kept one only where it was asked to.
  const bare = await plant.bundle('not-covered.zip');
  expect(await verify(bare.path, { checkpoints: [newer.note, kept.note] })).toMatchObject({
    problem: { code: 'LED_BUNDLE_GIVEN_CHECKPOINT', message: expect.stringContaining('does not show') },
  });
  const covered = await plant.bundle('covered.zip', { keptSizes: [kept.size] });
  // With the line ends of another system, as mail brings them.
  const mailed = `${kept.note.replaceAll('\n', '\r\n')}\r\n`;
  expect(await verify(covered.path, { checkpoints: [mailed, newer.note] })).toMatchObject({ outcome: 'valid' });
});

test('nothing is replaced, nothing is left behind, and an empty period says what there is', async () => {
  const { path } = await plant.bundle('there.zip');
  const length = readFileSync(path).length;
  await expect(plant.bundle('there.zip')).rejects.toMatchObject({ code: 'LED_BUNDLE_EXISTS' });
  expect(readFileSync(path).length).toBe(length);
  const toMs = PERIOD.fromMs - 86_400_000;
  await expect(plant.bundle('nothing.zip', { fromMs: toMs - 3_600_000, toMs })).rejects.toMatchObject({
    code: 'LED_BUNDLE_NOTHING',
    hint: expect.stringContaining('2026-06-01'),
  });
  await expect(plant.bundle('absent/folder.zip')).rejects.toMatchObject({ code: 'LED_BUNDLE_NOT_WRITTEN' });
  const strange = deviceKeyFromSeed(Buffer.alloc(32, 6), 'HP-001');
  await expect(plant.bundle('strange.zip', { key: strange })).rejects.toMatchObject({ code: 'LED_BUNDLE_OTHER_KEY' });
  expect(existsSync(join(folder, 'strange.zip'))).toBe(false);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('an unfinished period says so', async () => {
  const { manifest, path } = await plant.bundle('unfinished.zip', { toMs: PERIOD.toMs + 400 * 86_400_000 });
  expect(manifest.period.state).toBe('unfinished');
  expect(await verify(path)).toMatchObject({ outcome: 'valid' });
});

test('raw samples are decoded again by their recipes, where the verifier knows them', async () => {
  const { path, manifest } = await plant.bundle('samples.zip', { withSamples: 'with-samples' });
  expect(manifest.samples).toEqual({ blocks: 72, gone: 0, unexplained: 0 });
  const facts = { blocks: 72, gone: 0, samples: 216 };
  const alone = await verify(path);
  expect(alone).toMatchObject({ facts: { samples: { ...facts, decoded: 0, undecoded: 216 } } });
  if (alone.outcome !== 'valid') return;
  expect(uncheckedWords(alone.facts).join()).toContain('The bytes of 216 raw samples were not decoded again');
  const decoder = await createSampleDecoder();
  expect(await verify(path, { decoder })).toMatchObject({
    facts: { samples: { ...facts, decoded: 216, undecoded: 0 } },
  });
});

test('a sample whose bytes give another value is refused, though the device signed its digest', async () => {
  const fromMs = PERIOD.toMs + 7_200_000;
  const toMs = fromMs + 300_000;
  const text = sampleBlockText({ unitId: 'unit1', fromMs, toMs }, [5, 6, 7], 0.5);
  const digest = createHash('sha256').update(text, 'utf8').digest('hex');
  sealBlock(plant.store, { digest, deviceId: 'plc1', fromMs, toMs, outcomes: 3, bytes: Buffer.from(text, 'utf8') });
  plant.record([readingWithSamples(fromMs, toMs, digest)]);
  const { path } = await plant.bundle('lie.zip', { fromMs, toMs, withSamples: 'with-samples' });
  expect(await verify(path)).toMatchObject({ outcome: 'valid' });
  expect(await verify(path, { decoder: await createSampleDecoder() })).toMatchObject({
    outcome: 'invalid',
    problem: { code: 'LED_BUNDLE_SAMPLES', message: expect.stringContaining('do not give 5.5') },
  });
});

test('a block that the plant no longer keeps is counted, and not called checked', async () => {
  const fromMs = PERIOD.toMs + 10_800_000;
  const toMs = fromMs + 300_000;
  plant.record([readingWithSamples(fromMs, toMs, 'ab'.repeat(32))]);
  const { path, manifest } = await plant.bundle('gone.zip', { fromMs, toMs, withSamples: 'with-samples' });
  expect(manifest.samples).toEqual({ blocks: 0, gone: 1, unexplained: 1 });
  expect(await verify(path)).toMatchObject({ outcome: 'valid', facts: { samples: { blocks: 0, gone: 1 } } });
});

function readingWithSamples(fromMs: number, toMs: number, digest: string): NewEntry {
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  return signedReading(
    { ...plainReading(from, to), samples: [{ device: 'plc1', digest, outcomes: 3 }] },
    PASSED,
    plant,
  );
}
