import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { benchReading } from '../../tests/bench/ledger-readings.ts';
import { openTestFolder } from '../../tests/fixtures/data-folder.ts';
import { ledgerPack } from './ledger-pack.ts';
import type { Output } from './output.ts';

const data = mkdtempSync(join(tmpdir(), 'forebay-pack-command-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** What the command says: lines, or objects with `--json`. */
async function run(...flags: string[]): Promise<unknown[]> {
  const said: unknown[] = [];
  const output = {
    isTerminal: false,
    line: (text: string) => said.push(text),
    json: (value: unknown) => said.push(value),
    note: (text: string) => said.push(text),
  } as unknown as Output;
  const call = { texts: { data }, flags: new Set(flags), lists: {}, operands: [], output };
  const code = await ledgerPack.run(call as unknown as Parameters<typeof ledgerPack.run>[0]);
  expect(code).toBe(0);
  return said;
}

test('packs a store at rest, says what that saves, gives the room back when it is asked to, and is refused meanwhile', async () => {
  const made = openTestFolder(data);
  for (let n = 0; n < 1000; n += 100) {
    made.recorder.record(Array.from({ length: 100 }, (_, i) => benchReading(n + i, made.key)));
  }
  made.store.close();
  const lock = holdInstanceLock(data);
  await expect(run()).rejects.toMatchObject({ code: 'STO_IN_USE' });
  lock.release();
  const [packed, store] = await run();
  expect(packed).toMatch(/^\d+ of 1001 entries in \d+ blocks: 0\.\d MB of readings take 0\.\d MB$/);
  expect(store).toMatch(/^The store takes \d\.\d MB, of which 0\.\d MB are free for what comes\.$/);
  const [before] = (await run('json')) as { packed: number; storeBytes: number; unusedBytes: number }[];
  expect(before?.packed).toBeGreaterThan(300);
  expect(before?.packed).toBeLessThanOrEqual(361);
  expect(before?.unusedBytes).toBeGreaterThan(300_000);
  const [after] = (await run('json', 'shrink')) as { packed: number; storeBytes: number; unusedBytes: number }[];
  expect(after).toMatchObject({ packed: before?.packed, unusedBytes: 0 });
  expect(after?.storeBytes).toBeLessThan((before?.storeBytes ?? 0) - 300_000);
});
