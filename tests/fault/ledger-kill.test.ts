import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fsck } from '../../core/ledger/fsck.ts';
import { seededRandom } from '../../core/model/random.ts';
import { loadCounter } from '../../core/store/counters.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { testKey } from '../fixtures/ledger.ts';

const SEED = Number(process.env.FOREBAY_SEED ?? 1);
const KILLS = 36;
/** A new ledger now and then, so that beginnings are cut too and checking stays quick. */
const KILLS_PER_FOLDER = 6;
/** From the start of the process: before the store is open, while it is made, and while it is written. */
const EARLY_MS_MAX = 600;
/** From the first acknowledged entry. */
const LATE_MS_MAX = 150;

interface Recording {
  readonly child: ChildProcess;
  readonly acknowledged: () => ReadonlyMap<number, string>;
  readonly errors: () => string;
  readonly started: Promise<void>;
}

let folder: string;
const children = new Set<ChildProcess>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-kill-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function startRecording(data: string, seed: number): Recording {
  const program = fileURLToPath(new URL('./ledger-recording.ts', import.meta.url));
  const child = spawn(process.execPath, [program, data, String(seed)], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let output = '';
  let errors = '';
  let onStarted = (): void => undefined;
  const started = new Promise<void>((resolve) => {
    onStarted = resolve;
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (/^\d+ /m.test(output)) onStarted();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.once('close', () => onStarted());
  const acknowledged = (): ReadonlyMap<number, string> => {
    const lines = output.slice(0, output.lastIndexOf('\n') + 1).matchAll(/^(\d+) ([0-9a-f]{64})$/gm);
    return new Map([...lines].map(([, index, hash]) => [Number(index), String(hash)]));
  };
  return { child, acknowledged, errors: () => errors, started };
}

async function kill({ child }: Recording): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
  children.delete(child);
}

test(`killed at any moment, a ledger holds and has everything it acknowledged (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  let acknowledgedInAll = 0;
  let held = 0;
  for (let n = 0; n < KILLS; n++) {
    const data = join(folder, `data${Math.floor(n / KILLS_PER_FOLDER)}`);
    const recording = startRecording(data, SEED + n);
    if (n % 3 === 0) {
      await delay(random.next() * EARLY_MS_MAX);
    } else {
      await recording.started;
      await delay(random.next() * LATE_MS_MAX);
    }
    await kill(recording);
    expect(recording.errors()).toBe('');
    // A writer opens what the killed one left, as the next start of the appliance does.
    const store = openStore(join(data, 'forebay.sqlite'), { access: 'write' });
    const ledger = ledgerReader(store);
    const report = fsck(ledger, { verifierKey: testKey.verifierKey });
    expect(report.firstBad, `kill ${n}`).toBeUndefined();
    for (const [index, hash] of recording.acknowledged()) {
      expect(Buffer.from(ledger.nodeHash(0, index) ?? []).toString('hex'), `entry ${index} of kill ${n}`).toBe(hash);
    }
    // What was written alongside stands exactly where the entries stand.
    if (report.entries > 1) expect(loadCounter(store, 'plc1/energy_export')).toBe(String(report.entries));
    store.close();
    acknowledgedInAll += recording.acknowledged().size;
    held += 1;
  }
  expect(held).toBe(KILLS);
  // Two of three are killed after their first one.
  expect(acknowledgedInAll).toBeGreaterThanOrEqual(KILLS / 2);
});

test('a second instance is refused while the first runs, readers are not, and a kill frees the folder', async () => {
  const first = startRecording(folder, SEED);
  await first.started;
  const second = startRecording(folder, SEED);
  const [code] = await once(second.child, 'close');
  children.delete(second.child);
  expect(code).toBe(2);
  expect(second.errors()).toContain('STO_IN_USE');
  expect(second.errors()).toContain(folder);
  const reader = openStore(join(folder, 'forebay.sqlite'), { access: 'read' });
  const ledger = ledgerReader(reader);
  for (let i = 0; i < 5; i++) {
    expect(fsck(ledger).ok).toBe(true);
    await delay(20);
  }
  const size = ledger.size();
  await kill(first);
  expect(ledger.size()).toBeGreaterThanOrEqual(size);
  expect(fsck(ledger).ok).toBe(true);
  reader.close();
  holdInstanceLock(folder).release();
});
