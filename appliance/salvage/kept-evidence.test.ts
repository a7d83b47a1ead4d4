import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Failure } from '../../core/model/failure.ts';
import { FIRST_MS, openTestFolder } from '../../tests/fixtures/data-folder.ts';
import type * as exchange from '../backup/put-in-place.ts';
import { salvageStore } from './salvage-store.ts';

const failing = vi.hoisted(() => ({ when: 'before' as 'before' | 'after' }));
vi.mock('../backup/put-in-place.ts', async (load) => {
  const real = await load<typeof exchange>();
  const putInPlace: typeof exchange.putInPlace = (...parts) => {
    if (failing.when === 'after') real.putInPlace(...parts);
    throw new Error('the disk went away');
  };
  return { ...real, putInPlace };
});

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-evidence-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test.each([
  ['before', 'removed: the next start finds it once more'],
  ['after', 'kept: it is nowhere else any more'],
] as const)('where a salvage fails %s the exchange, what it found beyond the ledger is %s', (when, _what) => {
  failing.when = when;
  const { store, folder, recordGaps } = openTestFolder(join(base, 'plant'));
  recordGaps(0, 30);
  store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  store.close();
  const bytes = readFileSync(folder.storePath);
  const at = bytes.indexOf('"index":20,') + 30;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(folder.storePath, bytes);
  const cause = new Failure('STO_DAMAGED', 'It is damaged.', { exitCode: 4 });
  const job = { storePath: folder.storePath, cause, backups: [], clock: { wallMs: () => FIRST_MS } };
  expect(() => salvageStore(job)).toThrow('the disk went away');
  const asides = readdirSync(folder.root).filter((name) => name.startsWith('damaged-'));
  if (when === 'before') expect(asides).toEqual([]);
  else {
    const beyond = readFileSync(join(folder.root, asides[0] ?? '', 'beyond.ndjson'), 'utf8');
    expect(beyond).toContain('"index":25,');
    expect(existsSync(join(folder.root, asides[0] ?? '', 'report.json'))).toBe(true);
  }
});
