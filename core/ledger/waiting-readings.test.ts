import { expect, test } from 'vitest';
import { FLAG, judgedReading } from '../../tests/fixtures/judged-reading.ts';
import { canonicalize } from './canonical.ts';
import type { Entry, NewEntry } from './entry.ts';
import type { StoredEntry } from './ledger-storage.ts';
import { WaitingReadings } from './waiting-readings.ts';

const AT = '2026-11-20T10:00:00.000Z';

function entryOf(index: number, { kind, body }: NewEntry): Entry {
  return { v: 1, index, kind, at: AT, body };
}

function storedOf(entry: Entry): StoredEntry {
  const bytes = Buffer.from(canonicalize({ ...entry }), 'utf8');
  return { index: entry.index, kind: entry.kind, bytes, leafHash: new Uint8Array(32) };
}

function reviewOf(readingIndex: number): NewEntry {
  const who = { by: 'Asha', account: 'key:1', role: 'operator', fourEyes: false };
  return { kind: 'review', body: { v: 1, readingIndex, unitId: 'unit1', decision: 'approve', reason: 'seen', ...who } };
}

const reading = entryOf(4, judgedReading(16, { status: 'FLAGGED', finding: FLAG }));
const gap = entryOf(2, { kind: 'gap', body: {} });
const read = (index: number): StoredEntry | undefined =>
  [gap, reading].map(storedOf).find((entry) => entry.index === index);

test('a flagged reading waits until a decision counts', () => {
  const waiting = new WaitingReadings();
  waiting.addReading(reading);
  expect(waiting.rows()).toEqual([{ index: 4, unitId: 'unit1', fromMs: 1_767_225_600_000 + 4 * 300_000 }]);
  expect(waiting.addReview(entryOf(9, reviewOf(4)), read)).toBeUndefined();
  expect(waiting.rows()).toEqual([]);
});

test.each([
  ['what is no reading', 2, 9],
  ['what does not exist', 7, 9],
  ['what came later', 4, 3],
  ['itself', 9, 9],
])('a review of %s is a problem of the ledger', (_what, subject, index) => {
  const problem = new WaitingReadings().addReview(entryOf(index, reviewOf(subject)), read);
  expect(problem).toMatchObject({ index, code: 'LED_FSCK_REVIEW' });
});
