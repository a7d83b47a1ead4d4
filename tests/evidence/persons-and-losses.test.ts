import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withFileSource } from '../../appliance/bundle/file-source.ts';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import { lookUpSamples } from '../../appliance/fsck/look-up-samples.ts';
import { readContainer } from '../../core/evidence/container.ts';
import { totalsWords, uncheckedWords } from '../../core/evidence/report-words.ts';
import { type BundleFacts, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { present } from '../../core/model/assert.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { type EvaluationLedger, openEvaluationLedger } from '../fixtures/evaluation-ledger.ts';
import { bundleOf, signedReading } from '../fixtures/evidence-plant.ts';
import { sourceOf } from '../fixtures/forged-bundle.ts';
import { PASSED, plainReading } from './tampered-bundles.ts';

const folder = mkdtempSync(join(tmpdir(), 'forebay-persons-'));
const FIRST_MS = Date.UTC(2026, 5, 1, 12);
const INTERVAL_MS = 300_000;
const COUNT = 8;
const PERIOD = { fromMs: FIRST_MS, toMs: FIRST_MS + COUNT * INTERVAL_MS };
let ledger: EvaluationLedger;
let path: string;

/** Eight readings of 5, 10, 15... kWh; persons approve the flagged second and third, and refuse the fourth. */
beforeAll(async () => {
  ledger = openEvaluationLedger(join(folder, 'data'));
  for (let n = 0; n < COUNT; n += 1) ledger.record([reading(n, n === 1 || n === 2 ? FLAGGED : PASSED)]);
  // Genesis and configuration stand before the readings.
  ledger.record([review(3, 'approve', 'A. Rao'), review(4, 'approve', 'Ó. Jónsson'), review(5, 'reject', 'A. Rao')]);
  ledger.record([
    loss({ event: 'pruned', from: iso(0), to: iso(2), reason: 'age', blocks: 2, bytes: 9 }),
    loss({ event: 'dropped', from: iso(2), to: iso(3), reason: 'memory', blocks: 1 }),
    loss({ event: 'stopped', from: iso(3), reason: 'disk-full' }),
    loss({ event: 'resumed', from: iso(3), to: iso(5), reason: 'disk-full' }),
    loss({ event: 'pruned', from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z', reason: 'size' }),
  ]);
  path = (await bundleOf(ledger, join(folder, 'whole.zip'), { ...PERIOD, withSamples: 'with-samples' })).path;
});
afterAll(() => {
  ledger.store.close();
  rmSync(folder, { recursive: true, force: true });
});

const FLAGGED: Verdict = {
  ...PASSED,
  status: 'FLAGGED',
  trustScore: 0.7,
  layers: PASSED.layers.map((layer) =>
    layer.layer === 'consistency' ? { ...layer, outcome: 'flag', score: 0.7 } : layer,
  ),
  findings: [
    {
      ...{ code: 'VER_ENERGY_MISSING', layer: 'consistency', severity: 'flag' },
      ...{ message: 'Seen.', action: 'Look.', evidence: {} },
    },
  ],
};

function iso(n: number): string {
  return new Date(FIRST_MS + n * INTERVAL_MS).toISOString();
}

function reading(n: number, verdict: Verdict): NewEntry {
  const samples = [{ device: 'plc1', digest: String(n).repeat(64), outcomes: 3 }];
  const energy = { energyWh: (n + 1) * 5000, energySource: 'counter' as const };
  const { registers: _registers, ...plain } = plainReading(iso(n), iso(n + 1));
  return signedReading({ ...plain, ...energy, samples }, verdict, ledger);
}

function review(readingIndex: number, decision: string, by: string): NewEntry {
  const who = { by, account: `key:${by}`, role: 'engineer', fourEyes: false };
  return { kind: 'review', body: { v: 1, readingIndex, unitId: 'unit1', decision, reason: 'Looked at it.', ...who } };
}

function loss(body: Readonly<Record<string, string | number>>): NewEntry {
  return { kind: 'samples', body: { v: 1, ...body } };
}

async function factsOf(file: string): Promise<BundleFacts> {
  const report = await withFileSource(file, (source) => verifyBundle(source, nodeMachine));
  if (report.outcome !== 'valid') throw new Error(JSON.stringify(report));
  return report.facts;
}

async function reportOf(file: string): Promise<string> {
  const bytes = readFileSync(file);
  const { from, to } = present((await readContainer(sourceOf(bytes))).get('report.html'), 'the report');
  return inflateRawSync(bytes.subarray(from, to)).toString('utf8');
}

test('says how much of the credited energy persons decided, what they refused, and who they are', async () => {
  const { manifest } = await factsOf(path);
  const unit = present(manifest.totals[0], 'the unit');
  expect(unit.creditedWh).toBe((1 + 2 + 3 + 5 + 6 + 7 + 8) * 5000);
  expect(unit.persons).toEqual({
    ...{ approved: 2, approvedWh: 25_000, rejected: 1, rejectedWh: 20_000 },
    names: ['A. Rao', 'Ó. Jónsson'],
  });
  expect(totalsWords(unit)).toContain(
    '160.000 kWh credited (25.000 kWh of it in 2 readings approved by a person; 1 reading refused by a person, 20.000 kWh; ' +
      'decided by A. Rao, Ó. Jónsson)',
  );
  const report = await reportOf(path);
  expect(report).toContain('of it by decision of persons<b>25.000 kWh</b>');
  expect(report).toContain('refused by persons</th><td>1 reading, 20.000 kWh</td>');
  expect(report).toContain('Decided by: A. Rao, Ó. Jónsson.');
});

test('tells samples that are not there by rule from samples that nobody accounts for', async () => {
  const { manifest, samples } = await factsOf(path);
  expect(manifest.samples).toEqual({ blocks: 0, gone: 8, unexplained: 3 });
  const said = uncheckedWords(await factsOf(path)).join('\n');
  expect(samples?.explained.map(({ blocks }) => blocks)).toEqual([2, 1, 2]);
  expect(said).toMatch(/2 blocks .* were deleted by rule \(age\) on 2026-06-01, as entry 13 says\./);
  expect(said).toMatch(/1 block .* was not kept because too much waited in memory, as entry 14 says\./);
  expect(said).toMatch(/2 blocks .* were not kept because the disk was full, as entry 1[56] says\./);
  expect(said).toContain('3 blocks of raw samples that readings name are missing, and no entry says why');
});

test('says what the plant has given up also where the bundle holds no samples', async () => {
  const bare = await bundleOf(ledger, join(folder, 'bare.zip'), PERIOD);
  const said = uncheckedWords(await factsOf(bare.path)).join('\n');
  expect(said).toContain(`The raw samples from ${iso(0)} to ${iso(2)} were deleted by rule (age) on 2026-06-01`);
  expect(said).not.toContain('2026-01-01');
});

test('fsck tells the same of the whole ledger', () => {
  const first = { index: 7, unitId: 'unit1', from: iso(5) };
  expect(lookUpSamples(ledger.store)).toEqual({ kept: 0, explained: 5, unexplained: 3, firstUnexplained: first });
});
