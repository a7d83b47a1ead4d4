import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { testGap, testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import { fsck } from '../ledger/fsck.ts';
import { queryGaps } from './gaps.ts';
import { ledgerReader } from './ledger-store.ts';
import { openStore } from './open-store.ts';
import { UNDO_SINCE_REVIEWS } from './undo-since-reviews.testing.ts';

test('gaps of version 1 get their treatment from the entry and stay as they were', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-migrate-'));
  const path = join(folder, 'ledger.db');
  const store = openStore(path, { access: 'write' });
  testRecorder(store).record([testGenesis, testGap(1), testGap(5)]);
  store.close();
  // As the schema of number 50 had it.
  const database = new Database(path);
  database.exec(UNDO_SINCE_REVIEWS);
  for (const column of ['treatment', 'energy_wh', 'reading_idx', 'missing_ms']) {
    database.exec(`ALTER TABLE gaps DROP COLUMN ${column}`);
  }
  database.exec('DROP TABLE models; DROP INDEX readings_by_fingerprint; ALTER TABLE readings DROP COLUMN fingerprint');
  database.pragma('user_version = 50');
  database.close();

  const migrated = openStore(path, { access: 'write' });
  const common = { unitId: 'unit1', reason: 'DRV_MODBUS_TIMEOUT', treatment: 'not-credited', energyWh: null };
  expect(queryGaps(migrated, { limit: 10 })).toMatchObject([
    { index: 1, ...common, readingIndex: null, missingMs: 60_000 },
    { index: 2, ...common, readingIndex: null, missingMs: 60_000 },
  ]);
  expect(fsck(ledgerReader(migrated))).toMatchObject({ ok: true, gaps: 2 });
  migrated.close();
  rmSync(folder, { recursive: true, force: true });
});
