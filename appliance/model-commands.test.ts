import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { present } from '../core/model/assert.ts';
import {
  evaluationReadings,
  evaluationYaml,
  openEvaluationLedger,
  readingEntry,
} from '../tests/fixtures/evaluation-ledger.ts';
import type { ModelAnswer } from './api/schema/model.ts';

const program = fileURLToPath(new URL('./forebay.mjs', import.meta.url));
const base = mkdtempSync(join(tmpdir(), 'forebay-model-'));
const data = join(base, 'data');
const config = join(base, 'plant.yaml');
let appliance: ChildProcess | undefined;

beforeAll(() => {
  writeFileSync(config, evaluationYaml());
  const { store, key, record } = openEvaluationLedger(data);
  const readings = evaluationReadings(4, 31).filter(({ to }) => to < '2026-06-04');
  record(readings.map((reading) => readingEntry(reading, key)));
  store.close();
});
afterAll(async () => {
  if (appliance !== undefined && appliance.exitCode === null) {
    appliance.kill('SIGTERM');
    await once(appliance, 'exit');
  }
  rmSync(base, { recursive: true });
});

/** Each runs the program several times, beside whatever else the machine does. */

async function forebay(...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...words, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, out, err };
}

async function models(): Promise<ModelAnswer[]> {
  const { out, err } = await forebay('model', 'list', '--json');
  expect(err).toBe('');
  return out
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ModelAnswer);
}

test('trains, lists and goes back where no appliance runs', async () => {
  expect((await forebay('model', 'list')).out).toBe('No unit has a model yet. "forebay model train" learns one.\n');
  const trained = await forebay('model', 'train');
  expect(trained.err).toContain('unit2: 100 % of ');
  expect(trained.out).toMatch(
    /^unit1: sha256:[0-9a-f]{64} is in force as of entry \d+, learned from \d+ steady readings/,
  );
  expect(trained.code).toBe(0);
  const again = await forebay('model', 'train', '--unit', 'unit1', '--to', '2026-06-03');
  expect(again).toMatchObject({ code: 0 });
  const listed = await models();
  expect(listed.map(({ unitId, reason, isInForce }) => [unitId, reason, isInForce])).toEqual([
    ['unit1', 'commissioning', false],
    ['unit2', 'commissioning', true],
    ['unit1', 'retraining', true],
  ]);
  const first = present(listed[0], 'the first model');
  expect(first.trainedTo > present(listed[2], 'the second model').trainedTo).toBe(true);
  const back = await forebay('model', 'use', first.digest.slice(7, 19), '--unit', 'unit1', '--json');
  expect(JSON.parse(back.out)).toMatchObject({ digest: first.digest, reason: 'rollback', readings: first.readings });
});

test('says no with a sentence, and records nothing then', async () => {
  const before = await models();
  const inForce = present(before.at(-1), 'the model in force');
  expect((await forebay('model', 'use', inForce.digest, '--unit', 'unit1')).err).toMatch(/^VER_MODEL_IN_FORCE: /);
  expect(await forebay('model', 'use', 'abcd', '--unit', 'unit1')).toMatchObject({ code: 2, out: '' });
  expect((await forebay('model', 'train', '--unit', 'unit9')).err).toContain('its units are unit1, unit2');
  const few = await forebay('model', 'train', '--from', '2026-06-03T20:00:00Z');
  expect(few.err).toContain('VER_TRAIN_TOO_FEW: unit1 has ');
  expect(few).toMatchObject({ code: 1, out: '' });
  expect(await models()).toEqual(before);
});

test('does the same through a running appliance, which goes on judging by the model', async () => {
  const child = spawn(process.execPath, [program, 'start', '--config', config, '--data', data, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  appliance = child;
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(line.toString()).toContain('"event":"listening"');
  const before = await models();
  const trained = await forebay('model', 'train', '--unit', 'unit2', '--to', '2026-06-03', '--json');
  expect(trained.err.replaceAll(/^unit2: \d+ % of \d+ readings read\n/gm, '')).toBe('');
  const model = JSON.parse(trained.out) as ModelAnswer;
  expect(model).toMatchObject({ unitId: 'unit2', reason: 'retraining', isInForce: true });
  const earlier = present(
    before.find(({ unitId }) => unitId === 'unit2'),
    'the first model of unit 2',
  );
  const back = await forebay('model', 'use', earlier.digest, '--unit', 'unit2', '--json');
  expect(JSON.parse(back.out)).toMatchObject({ digest: earlier.digest, reason: 'rollback' });
  expect(await models()).toHaveLength(before.length + 2);
  expect((await forebay('model', 'train', '--unit', 'unit9')).err).toMatch(/^VER_TRAIN_NO_UNIT: /);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect((await forebay('ledger', 'fsck')).code).toBe(0);
});
