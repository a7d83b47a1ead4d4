import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KNOWN_VERSIONS } from '../../core/ledger/entry.ts';
import { type Tampered, tamperedBundles } from '../evidence/tampered-bundles.ts';
import { type EvidencePlant, openEvidencePlant } from '../fixtures/evidence-plant.ts';

/**
 * A second verifier, in Python, that was written from docs/evidence-format.md alone: the first half shows that the device
 * recorded this, the second one checks the figures again.
 */
const PROOF = fileURLToPath(new URL('./verify_bundle.py', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./verify_figures.py', import.meta.url));
/** Debian's own, whose packages are installed. */
const PYTHON = '/usr/bin/python3';

const folder = mkdtempSync(join(tmpdir(), 'forebay-second-verifier-'));
let plants: EvidencePlant[] = [];
let tampered: readonly Tampered[] = [];

beforeAll(async () => {
  for (const name of ['ours', 'theirs']) mkdirSync(join(folder, name));
  plants = [openEvidencePlant(join(folder, 'ours'), 13), openEvidencePlant(join(folder, 'theirs'), 14)];
  const [ours, theirs] = plants;
  if (ours !== undefined && theirs !== undefined) tampered = await tamperedBundles(ours, theirs);
});
afterAll(() => {
  for (const { store } of plants) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function judge(paths: readonly string[], program = PROGRAM): string[] {
  const { stdout, stderr } = spawnSync(PYTHON, ['-B', program, ...paths], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

test('good bundles are valid, with raw samples and without', async () => {
  const [ours] = plants;
  const bare = await ours?.bundle('bare.zip');
  for (const program of [PROOF, PROGRAM]) {
    expect(judge([bare?.path ?? '', join(folder, 'ours', 'good.zip')], program)).toEqual(['valid', 'valid']);
  }
});

test('the second verifier knows every kind and version of entry that there is', () => {
  const program = 'import json, verify_bundle; print(json.dumps(verify_bundle.KINDS))';
  const { stdout } = spawnSync(PYTHON, ['-B', '-c', program], { encoding: 'utf8', cwd: dirname(PROOF) });
  expect(JSON.parse(stdout)).toEqual(KNOWN_VERSIONS);
});

test('the second verifier reads signatures that begin with zero bytes, as one in 256 does', () => {
  const program = 'import verify_bundle; print(verify_bundle.base58("z112g").hex())';
  const { stdout } = spawnSync(PYTHON, ['-B', '-c', program], { encoding: 'utf8', cwd: dirname(PROOF) });
  expect(stdout).toBe('000061\n');
});

test('every tampered bundle is refused', () => {
  // The report is for people: only a verifier that writes it again can tell that the device attested other words.
  const others = tampered.filter(({ code }) => code !== 'LED_BUNDLE_REPORT');
  const said = judge(others.map(({ path }) => path));
  const accepted = others.filter((_, i) => said[i]?.startsWith('invalid: ') !== true).map(({ name }) => name);
  expect(accepted).toEqual([]);
  expect(said).toHaveLength(others.length);
  expect(said.length).toBeGreaterThan(50);
});

/** What only the figures show, or a form that says nothing else. */
const OF_FIGURES = /_(?:ATTACHMENT|ENERGY|FORM|MODEL|RECEIPT|REPORT|SAMPLES|TOTALS|TWICE|VERDICT)$/;

test('its first half alone refuses whatever the device did not record like that', () => {
  const others = tampered.filter(({ code }) => !OF_FIGURES.test(code));
  const said = judge(
    others.map(({ path }) => path),
    PROOF,
  );
  const accepted = others.filter((_, i) => said[i]?.startsWith('invalid: ') !== true).map(({ name }) => name);
  expect(accepted).toEqual([]);
  expect(said.length).toBeGreaterThan(30);
});
