import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkHashes } from '../../core/ledger/check-hashes.ts';
import { readFrame } from '../../core/ledger/check-whole.ts';
import { fsck } from '../../core/ledger/fsck.ts';
import { proveConsistency } from '../../core/ledger/proof.ts';
import { present } from '../../core/model/assert.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { packEntries } from '../../core/store/pack-entries.ts';
import { testKey } from '../../tests/fixtures/ledger.ts';
import { writeMixedLedger } from '../../tests/fixtures/mixed-ledger.ts';
import { checkLedgerHashes, fsckLedger } from './check-ledger.ts';
import { JoinedParts, jobsFor } from './joined-parts.ts';
import type { PartThread } from './part-job.ts';
import { workOnPart } from './work-on-part.ts';

const SEED = Number(process.env.FOREBAY_SEED ?? 1);
const TABLES = [
  'entries',
  'entry_blocks',
  'nodes',
  'checkpoints',
  'checkpoint_signatures',
  'readings',
  'gaps',
  'pushes',
  'reviews',
  'readings_to_decide',
  'models',
];
const options = { verifierKey: testKey.verifierKey };
/** No multiple of anything: seams lie at uneven places. */
const PART = 17;

let folder: string;
let soundPath: string;
let size: number;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-parts-'));
  soundPath = join(folder, 'sound.db');
  size = writeMixedLedger(soundPath);
  // Blocks end at other places than parts.
  const store = openStore(soundPath, { access: 'write' });
  while (packEntries(store, { plainEntries: 20, blockEntriesMax: 13 }) !== undefined);
  store.run('PRAGMA wal_checkpoint(TRUNCATE)');
  store.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function reading<T>(path: string, work: (store: ReadableStore) => T | Promise<T>): Promise<T> {
  const store = openStore(path, { access: 'read' });
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

test('threads give the same report of a sound ledger, and progress in order', async () => {
  await reading(soundPath, async (store) => {
    const seen: number[] = [];
    const threads = { threads: 3, partEntries: PART, aloneBelow: 1 };
    const report = await fsckLedger(store, { ...options, onProgress: (entries) => seen.push(entries) }, threads);
    expect(report).toMatchObject(fsck(ledgerReader(store), options));
    expect(report).toMatchObject({ ok: true, entries: size });
    // One call for each part: the check in one thread would not have said anything of so few entries.
    expect(seen).toHaveLength(Math.ceil(size / PART));
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(size);
    const quick = await checkLedgerHashes(store, options, { threads: 2, partEntries: 50, aloneBelow: 1 });
    expect(quick).toEqual(checkHashes(ledgerReader(store), options));
    expect(quick).toMatchObject({ ok: true, entries: size });
  });
});

test('a kept checkpoint is held against the part that holds it', async () => {
  await reading(soundPath, async (store) => {
    const reader = ledgerReader(store);
    const threads = { threads: 2, partEntries: PART, aloneBelow: 1 };
    for (const [kept, change] of [
      [2 * PART, 'none'],
      [31, 'other'],
      [size + 1, 'other'],
    ] as const) {
      const { fromRoot } = proveConsistency(reader, Math.min(kept, size));
      const root = change === 'none' ? fromRoot : Buffer.from(fromRoot).reverse();
      const asked = { keptCheckpoint: { size: kept, root } };
      const report = await fsckLedger(store, asked, threads);
      expect(report).toMatchObject(fsck(reader, asked));
      expect(report.ok).toBe(change === 'none');
    }
  });
});

test('threads name the same first thing that does not hold', async () => {
  const path = damaged((database) => {
    database.exec(
      "UPDATE readings SET status = 'REJECTED' WHERE idx = 90; UPDATE gaps SET reason = 'x' WHERE idx = 31",
    );
  });
  await reading(path, async (store) => {
    const threads = { threads: 2, partEntries: PART, aloneBelow: 1 };
    const report = await fsckLedger(store, options, threads);
    expect(report.firstBad).toMatchObject({ index: 31, code: 'LED_FSCK_PROJECTION' });
    expect(report).toMatchObject(fsck(ledgerReader(store), options));
  });
});

test('a part that starts from another tree than the one before it ends in does not hold', async () => {
  await reading(soundPath, async (store) => {
    const thread: PartThread = { storePath: soundPath, depth: 'quick', options };
    const jobs = [...jobsFor('quick', { size, partEntries: 40, closes: [] })];
    const answers = await Promise.all(jobs.map((job) => workOnPart(store, thread, job)));
    const whole = new JoinedParts();
    expect(answers.every((answer) => whole.take(answer))).toBe(true);
    const [first, second] = answers;
    if (first?.kind !== 'part' || second?.kind !== 'part') throw new Error('there are two parts');
    const otherRoot = Buffer.from(second.report.startRoot).reverse();
    const torn = new JoinedParts();
    expect(torn.take({ ...second, report: { ...second.report, startRoot: otherRoot } })).toBe(true);
    expect(torn.take(first)).toBe(false);
  });
});

test('a thread that cannot work leaves the check to this one', async () => {
  await reading(soundPath, async (store) => {
    const asked = { threads: 2, partEntries: PART, aloneBelow: 1 };
    const elsewhere = { ...bind(store), path: join(folder, 'absent.db') };
    expect(await fsckLedger(elsewhere, options, asked)).toMatchObject(fsck(ledgerReader(store), options));
  });
});

function bind(store: ReadableStore): ReadableStore {
  return {
    path: store.path,
    get: (sql, ...values) => store.get(sql, ...values),
    all: (sql, ...values) => store.all(sql, ...values),
    rows: (sql, ...values) => store.rows(sql, ...values),
    snapshot: (read) => store.snapshot(read),
    close: () => store.close(),
  };
}

/** What threads would say, worked off here; parts come in any order. */
async function holdsInParts(store: ReadableStore, depth: PartThread['depth'], partEntries: number): Promise<boolean> {
  const beyond = (at: number) => ledgerReader(store, { from: at, to: Number.MAX_SAFE_INTEGER });
  try {
    const frame = readFrame(ledgerReader(store), beyond, options.verifierKey);
    if (!frame.isSound) return false;
    const joined = new JoinedParts();
    const { size } = frame;
    for (const job of [...jobsFor(depth, { size, partEntries, closes: [] })].reverse()) {
      if (!joined.take(await workOnPart(store, { storePath: store.path, depth, options }, job))) return false;
    }
    return joined.size === size;
  } catch {
    return false;
  }
}

test(`parts hold exactly where the check in order holds, whatever is damaged (seed ${SEED})`, async () => {
  const counts = { sound: 0, bad: 0 };
  const change = fc.record({
    table: fc.constantFrom(...TABLES),
    way: fc.constantFrom('set', 'delete', 'move', 'copy'),
    row: fc.nat(),
    column: fc.nat(),
    at: fc.nat(),
    by: fc.integer({ min: 1, max: 200 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 2 }), fc.integer({ min: 1, max: 40 }), async (changes, part) => {
      const path = damaged((database) => {
        for (const one of changes) damage(database, one);
      });
      await reading(path, async (store) => {
        const full = fsck(ledgerReader(store), options);
        expect(await holdsInParts(store, 'full', part)).toBe(full.ok);
        // The quick check looks at less than its frame does: rows beyond the end are for the full one.
        const quick = checkHashes(ledgerReader(store), options);
        if (!quick.ok || full.ok) expect(await holdsInParts(store, 'quick', part)).toBe(quick.ok);
        counts[full.ok ? 'sound' : 'bad'] += 1;
      });
    }),
    { seed: SEED, numRuns: 50 },
  );
  expect(counts.sound).toBeGreaterThan(2);
  expect(counts.bad).toBeGreaterThan(10);
});

interface Damage {
  readonly table: string;
  readonly way: 'set' | 'delete' | 'move' | 'copy';
  readonly row: number;
  readonly column: number;
  readonly at: number;
  readonly by: number;
}

/** A change by somebody with the file in hand. What the form of the table itself refuses stays undone. */
function damage(database: Database.Database, { table, way, row, column, at, by }: Damage): void {
  const columns = database.prepare(`PRAGMA table_info(${table})`).all() as { name: string; pk: number }[];
  const rows = database.prepare(`SELECT * FROM ${table}`).all() as Record<string, unknown>[];
  const keys = columns.filter(({ pk }) => pk > 0).map(({ name }) => name);
  const picked = rows[row % Math.max(1, rows.length)];
  if (picked === undefined) return;
  const where = keys.map((key) => `${key} = @${key}`).join(' AND ');
  const { name } = present(
    way === 'set' ? columns[column % columns.length] : columns.find(({ pk }) => pk > 0),
    'a column',
  );
  const changed = altered(picked[name], at, by);
  try {
    if (way === 'delete') database.prepare(`DELETE FROM ${table} WHERE ${where}`).run(picked);
    else if (way === 'copy') {
      const names = columns.map((one) => `@${one.name}`).join(', ');
      database.prepare(`INSERT INTO ${table} VALUES (${names})`).run({ ...picked, [name]: changed });
    } else {
      database.prepare(`UPDATE ${table} SET ${name} = @changed WHERE ${where}`).run({ ...picked, changed });
    }
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
  }
}

function altered(value: unknown, at: number, by: number): unknown {
  if (typeof value === 'number') return at % 2 === 0 ? value + by : value - by;
  if (value === null) return by;
  const bytes = Buffer.from(value as string | Uint8Array);
  if (typeof value === 'string') return `${value.slice(0, at % (value.length + 1))}x`;
  bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ by;
  return bytes;
}

function damaged(change: (database: Database.Database) => void): string {
  const path = join(folder, 'bad.db');
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  copyFileSync(soundPath, path);
  const database = new Database(path);
  database.pragma('synchronous = OFF');
  database.pragma('foreign_keys = OFF');
  database.pragma('ignore_check_constraints = ON');
  for (const name of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all()) {
    database.exec(`DROP TRIGGER ${name}`);
  }
  change(database);
  database.close();
  return path;
}
