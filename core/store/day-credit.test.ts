import { afterEach, beforeEach, expect, test } from 'vitest';
import { benchReadingKey } from '../../tests/bench/ledger-readings.ts';
import { FLAG, judgedReading, PHYSICS_VETO } from '../../tests/fixtures/judged-reading.ts';
import { testGenesis, testRecorder } from '../../tests/fixtures/ledger.ts';
import type { JsonObject } from '../model/json.ts';
import { dayCredit } from './day-credit.ts';
import type { WritableStore } from './handle.ts';
import { openStore } from './open-store.ts';

let store: WritableStore;
beforeEach(() => {
  store = openStore(':memory:', { access: 'write' });
});
afterEach(() => store.close());

const UNIT = benchReadingKey(0).unitId;
/** The unit's own readings among those of four units. */
const number = (i: number): number => 4 * i;
const energyWh = (i: number): number => 150_000 + number(i);

function fill(): { record: ReturnType<typeof testRecorder>; indexes: number[] } {
  const record = testRecorder(store);
  record.record([testGenesis]);
  const indexes = record
    .record([
      judgedReading(number(1), { status: 'APPROVED' }),
      judgedReading(number(2), { status: 'FLAGGED', finding: FLAG }),
      judgedReading(number(3), { status: 'REJECTED', finding: PHYSICS_VETO }),
      judgedReading(number(4), { status: 'FLAGGED', finding: FLAG }),
      judgedReading(number(5), { status: 'FLAGGED', finding: FLAG, reading: { energySource: 'estimated' } }),
    ])
    .map(({ index }) => index);
  return { record, indexes };
}

function decide(index: number, decision: string, by: string, role = 'engineer'): { kind: 'review'; body: JsonObject } {
  const account = `key:${by}`;
  const reason = `${by} looked`;
  return {
    kind: 'review',
    body: { v: 1, readingIndex: index, unitId: UNIT, decision, reason, by, account, role, fourEyes: false },
  };
}

test('without a reading nothing is known, which is not zero', () => {
  expect(dayCredit(store, UNIT, 0)).toEqual({ standingWh: null, approvedWh: null });
});

test('what the checks approve counts, what they flag stands, and what they reject does neither', () => {
  fill();
  expect(dayCredit(store, UNIT, 0)).toEqual({
    standingWh: energyWh(1) + energyWh(2) + energyWh(4) + energyWh(5),
    approvedWh: energyWh(1),
  });
  expect(dayCredit(store, UNIT, benchReadingKey(number(3)).fromMs)).toEqual({
    standingWh: energyWh(4) + energyWh(5),
    approvedWh: 0,
  });
});

test('what persons decide goes before what the checks say, as far as their decision counts', () => {
  const { record, indexes } = fill();
  const [approved = -1, flagged = -1, rejected = -1, other = -1, estimated = -1] = indexes;
  record.record([decide(flagged, 'approve', 'Asha'), decide(rejected, 'approve', 'Asha')]);
  // Physics speaks against the rejected one: a second person must agree.
  const before = {
    standingWh: energyWh(1) + energyWh(2) + energyWh(4) + energyWh(5),
    approvedWh: energyWh(1) + energyWh(2),
  };
  expect(dayCredit(store, UNIT, 0)).toEqual(before);
  record.record([decide(rejected, 'approve', 'Ravi')]);
  expect(dayCredit(store, UNIT, 0)).toEqual({
    standingWh: before.standingWh + energyWh(3),
    approvedWh: before.approvedWh + energyWh(3),
  });
  record.record([
    decide(approved, 'reject', 'Ravi'),
    decide(other, 'reject', 'Ravi'),
    decide(estimated, 'approve', 'Ravi'),
  ]);
  // An estimate is never credited, whoever approves it.
  expect(dayCredit(store, UNIT, 0)).toEqual({
    standingWh: energyWh(2) + energyWh(3) + energyWh(5),
    approvedWh: energyWh(2) + energyWh(3),
  });
});
