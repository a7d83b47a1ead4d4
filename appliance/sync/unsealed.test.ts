import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toIso } from '../../core/model/time.ts';
import { evaluationYaml, openEvaluationLedger } from '../../tests/fixtures/evaluation-ledger.ts';
import { testGap } from '../../tests/fixtures/ledger.ts';
import { runCommand } from '../../tests/fixtures/run-command.ts';
import { systemClock } from '../system-clock.ts';
import { unsealedInWords } from './unsealed.ts';

const NOW_MS = Date.UTC(2026, 9, 1, 10);
const LATER = { entries: 1, isMore: false, nextAt: '2026-10-01T10:07:00.000Z', isWithReading: true };

test('what is in no batch yet is said in words, with when it will be', () => {
  const words = (some: Partial<typeof LATER>, isRunning = true): string =>
    unsealedInWords({ ...LATER, ...some }, NOW_MS, isRunning);
  expect(words({})).toBe(
    '1 entry is in no batch yet; it is sealed at 2026-10-01T10:07:00.000Z, or with the next reading',
  );
  expect(words({ entries: 3, isWithReading: false }, false)).toBe(
    '3 entries are in no batch yet; the next is sealed at 2026-10-01T10:07:00.000Z, if the appliance runs then',
  );
  const due = { entries: 500, isMore: true, nextAt: toIso(NOW_MS) };
  expect(words(due)).toBe('more than 500 entries are in no batch yet; the next is due now');
  expect(words(due, false)).toContain('the next is due: "forebay sync run" seals it');
});

test('the status of a plant at rest says what no target can have been given, and a run what it left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-unsealed-'));
  const data = join(folder, 'data');
  const { store, record } = openEvaluationLedger(data);
  const config = join(folder, 'plant.yaml');
  const stick = `sync:\n  seal: { mode: direct }\n  file: { folder: ${join(folder, 'stick')} }\n`;
  writeFileSync(config, `${evaluationYaml()}\n${stick}`);
  const where = ['--data', data, '--config', config];
  const sealedMs = systemClock.wallMs();
  const batch = { v: 2, id: 'a'.repeat(64), message: '{}', first: 0, end: 2, size: 2, targets: ['file'] };
  const times = { sealedFrom: toIso(sealedMs - 1), sealedTo: toIso(sealedMs) };
  record([{ kind: 'batch', body: { ...batch, ...times } }]);
  const insert = 'INSERT INTO batches (idx, id, message, first, "end", size, to_ms) VALUES (2, ?, ?, 0, 2, 2, ?)';
  store.run(insert, Buffer.from(batch.id, 'hex'), batch.message, sealedMs);
  expect((await runCommand(['sync', 'status', ...where])).out).not.toContain('in no batch');
  record([testGap(1)]);
  store.close();
  const nextAt = toIso(sealedMs + 600_000);
  const status = await runCommand(['sync', 'status', ...where]);
  expect(status.out).toContain(`1 entry is in no batch yet; it is sealed at ${nextAt}, or with the next reading, if`);
  const run = await runCommand(['sync', 'run', ...where, '--json']);
  expect([run.code, run.err]).toEqual([0, '']);
  expect(JSON.parse(run.out)).toMatchObject({
    unsealed: { entries: 1, isMore: false, nextAt, isWithReading: true },
    targets: [{ name: 'file', waiting: 0 }],
  });
  rmSync(folder, { recursive: true });
});
