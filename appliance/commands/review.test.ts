import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadOrCreateDeviceKey } from '../../core/ledger/device-key.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { openStore } from '../../core/store/open-store.ts';
import { FLAG, judgedReading, PHYSICS_VETO } from '../../tests/fixtures/judged-reading.ts';
import { runCommand, type Said } from '../../tests/fixtures/run-command.ts';
import { dataFolderAt } from '../data-folder.ts';

const PROGRAM = fileURLToPath(new URL('../forebay.mjs', import.meta.url));
const PLANT = fileURLToPath(new URL('../../drivers/simulator/demo-plant.yaml', import.meta.url));

let base: string;
let data: string;
let flagged = -1;
let rejected = -1;

const forebay = (...words: string[]): Promise<Said> => runCommand(words);

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'forebay-review-'));
  data = join(base, 'data');
  expect((await forebay('config', 'import', PLANT, '--data', data)).code).toBe(0);
  const folder = dataFolderAt(data);
  const store = openStore(folder.storePath, { access: 'write' });
  const key = loadOrCreateDeviceKey(folder.keysFolder, { plantId: 'HP-DEMO', disk: nodeKeyDisk });
  const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: { wallMs: () => Date.now() } });
  [flagged = -1, rejected = -1] = recorder
    .record([
      judgedReading(16, { status: 'FLAGGED', finding: FLAG }, key),
      judgedReading(20, { status: 'REJECTED', finding: PHYSICS_VETO }, key),
    ])
    .map(({ index }) => index);
  store.close();
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const decide = (index: number | string, decision: string, reason: string, ...more: string[]) =>
  forebay('review', String(index), '--decision', decision, '--reason', reason, '--data', data, ...more);

test('without a running appliance the queue is listed and a decision recorded', async () => {
  const listed = await forebay('reviews', '--data', data, '--json');
  const queue = listed.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(queue.map(({ index, credit }) => [index, credit.state])).toEqual([
    [flagged, 'awaiting-review'],
    [rejected, 'refused'],
  ]);
  const done = await decide(flagged, 'approve', 'The log of the gate shows it');
  expect(done).toMatchObject({ code: 0, err: '' });
  expect(done.out).toMatch(
    new RegExp(`^Recorded as entry ${rejected + 1}\\.\nReading ${flagged} is credited, 150\\.016 kWh\\. Approved by `),
  );
  const table = await forebay('reviews', '--data', data);
  expect(table.out).toContain('Reading 20 claims more');
  expect(table.out).not.toContain('Reading 16 claims more');
  const decided = await forebay('reviews', '--data', data, '--state', 'decided', '--json');
  expect(JSON.parse(decided.out)).toMatchObject({
    index: flagged,
    review: { state: 'decided', items: [{ role: 'admin' }] },
  });
});

const meter = (point: string, final: string) =>
  forebay(
    ...['meter', 'exchange', '--data', data, '--point', point, '--final', final, '--initial', '0'],
    ...['--at', '2026-10-01T00:00:00Z'],
  );

/** Mistakes that are the same ones with and without a running appliance. */
const MISTAKES: readonly (readonly [string, () => ReturnType<typeof forebay>])[] = [
  ['REV_NO_READING', () => decide(0, 'reject', 'No reading')],
  ['ACQ_METER_UNKNOWN_POINT', () => meter('plc9/energy', '10')],
  ['APP_NO_SUCH_DEVICE', () => forebay('trust', '--data', data, '--device', 'plc9', '--thumbprint', 'a'.repeat(40))],
];

test.each(MISTAKES)('%s ends a command with 2 without a running appliance', async (code, ask) => {
  const answer = await ask();
  expect(answer.err).toMatch(new RegExp(`^${code}: `));
  expect(answer.code).toBe(2);
});

test('what cannot be is refused with code and sentence', async () => {
  const wrong = [
    ['REV_ALREADY_DECIDED', () => decide(flagged, 'approve', 'Again')],
    ['APP_USAGE', () => decide('x', 'reject', 'No index')],
    ['APP_USAGE', () => decide(rejected, 'maybe', 'No decision')],
    ['APP_USAGE', () => forebay('reviews', '--data', data, '--state', 'gone')],
  ] as const;
  // One after the other: a command that records holds the folder meanwhile.
  for (const [code, ask] of wrong) {
    const answer = await ask();
    expect(answer.err).toMatch(new RegExp(`^${code}: `));
    expect([answer.code, answer.out]).toEqual([2, '']);
  }
});

test('with a running appliance the same commands ask it, and whoever reads the folder is one person', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'start', '--data', data, '--config', PLANT, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  try {
    const first = await decide(rejected, 'approve', 'The flow meter was frozen', '--json');
    expect(JSON.parse(first.out)).toMatchObject({
      review: { state: 'open' },
      credit: { state: 'refused', creditedWh: 0 },
    });
    const again = await decide(rejected, 'approve', 'I am sure');
    expect(again.err).toMatch(/^REV_ALREADY_DECIDED: /);
    expect(again.code).toBe(2);
    for (const [code, answer] of await Promise.all(MISTAKES.map(async ([code, ask]) => [code, await ask()] as const))) {
      expect(answer.err).toMatch(new RegExp(`^${code}: `));
      expect(answer.code).toBe(2);
    }
    const status = await forebay('status', '--data', data, '--json');
    expect(JSON.parse(status.out)).toMatchObject({ reviews: { open: expect.any(Number), fourEyes: false } });
  } finally {
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    await ended;
  }
  const kept = await forebay('reviews', '--data', data, '--unit', 'unit1', '--json');
  expect(kept.out).toContain('The flow meter was frozen');
  expect(await forebay('ledger', 'fsck', '--data', data)).toMatchObject({ code: 0 });
});
