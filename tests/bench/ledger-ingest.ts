import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { canonicalize } from '../../core/ledger/canonical.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { openStore } from '../../core/store/open-store.ts';
import { testGenesis, testRecorder } from '../fixtures/ledger.ts';

export interface IngestMeasure {
  /** The whole way, the producer included. */
  readonly readingsPerSecond: number;
  /** Bare inserts of as many bytes in as many durable writes. */
  readonly barePerSecond: number;
  readonly bytesPerReading: number;
}

export interface IngestOptions {
  readonly readings: number;
  /** Readings in one durable write. */
  readonly perWrite: number;
  /** Called once for each reading, in order, inside the measured time: close, score, sign as the appliance would. */
  readonly produce: (n: number) => NewEntry;
}

/**
 * How fast readings become durable entries, against bare SQLite inserts of the same bytes at the same durability
 * (WAL, `synchronous=FULL`), in turns so that a busy disk slows both alike.
 */
export function measureIngest({ readings, perWrite, produce }: IngestOptions): IngestMeasure {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'));
  const store = openStore(join(folder, 'forebay.sqlite'), { access: 'write' });
  const bare = openBare(join(folder, 'bare.sqlite'));
  const recorder = testRecorder(store);
  recorder.record([testGenesis]);
  let [ledgerMs, bareMs, bytes] = [0, 0, 0];
  for (let n = 0; n < readings; n += perWrite) {
    const count = Math.min(perWrite, readings - n);
    let started = performance.now();
    const entries = Array.from({ length: count }, (_, i) => produce(n + i));
    const recorded = recorder.record(entries);
    ledgerMs += performance.now() - started;
    const blobs = recorded.map(({ entry }) => Buffer.from(canonicalize({ ...entry }), 'utf8'));
    bytes += blobs.reduce((sum, blob) => sum + blob.length, 0);
    started = performance.now();
    bare.insert(blobs);
    bareMs += performance.now() - started;
  }
  store.close();
  bare.close();
  rmSync(folder, { recursive: true, force: true });
  return {
    readingsPerSecond: (readings / ledgerMs) * 1000,
    barePerSecond: (readings / bareMs) * 1000,
    bytesPerReading: bytes / readings,
  };
}

function openBare(path: string): { insert: (blobs: readonly Uint8Array[]) => void; close: () => void } {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
  const statement = database.prepare('INSERT INTO rows (bytes) VALUES (?)');
  const insert = database.transaction((blobs: readonly Uint8Array[]) => {
    for (const blob of blobs) statement.run(blob);
  });
  return { insert: (blobs) => insert.immediate(blobs), close: () => database.close() };
}
