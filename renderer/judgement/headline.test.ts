import i18next from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import type { Status, UnitStatus } from '../api/types.ts';
import { en } from '../text/en.ts';
import { adviceOf } from './advice.ts';
import { headlineOf } from './headline.ts';

const DISK = {
  freeBytes: 1,
  totalBytes: 2,
  storeBytes: 1,
  level: 'ok',
  growthBytesPerDay: null,
  daysLeft: null,
  keepsDerived: true,
  keepsSamples: true,
  samples: { bytes: 20_002, oldestFrom: '2026-01-01T00:00:00.000Z', keepDays: 400, maxBytes: null },
  reason: 'The disk is 50 % full',
} as const;

function unit(number: number, change: Partial<UnitStatus> = {}): UnitStatus {
  return {
    id: `unit${number}`,
    name: `Unit ${number}`,
    turbine: 'francis',
    ratedPowerKw: 2000,
    ratedFlowM3s: 2.5,
    ratedHeadM: 95,
    state: 'generating',
    signals: { status: 'plc1/status' },
    energyTodayWh: 100 + number,
    energyTodayApprovedWh: 90 + number,
    witnesses: [],
    withoutWitness: null,
    coverageToday: 1,
    freshness: { state: 'current', lastTo: '2026-11-20T10:00:00Z' },
    lastVerdict: {
      index: 10 + number,
      to: '2026-11-20T10:00:00Z',
      status: 'APPROVED',
      trustScore: 0.98,
      headline: null,
    },
    ...change,
  };
}

function status(units: UnitStatus[], change: Partial<Status> = {}): Status {
  return {
    plant: { id: 'HP-001', name: 'P', timezone: 'UTC', ratedPowerKw: 4000, intervalMs: 60_000, origin: 'plant', units },
    appliance: {
      version: '1',
      running: true,
      mode: 'normal',
      startedAt: null,
      url: null,
      deviceKey: '',
      did: '',
      keys: [],
    },
    devices: [],
    ledger: {
      size: 1234,
      root: '',
      readings: 1200,
      flagged: 0,
      rejected: 0,
      lastRecordedAt: null,
      checkpointAt: null,
      storeKey: null,
      check: {
        state: 'never',
        checkedEntries: null,
        lastAt: null,
        lastEntries: null,
        reason: 'The whole ledger was not checked yet',
        problem: null,
      },
    },
    reviews: { open: 0, oldestFrom: null, fourEyes: false },
    targets: [],
    link: null,
    clock: {
      now: '2026-11-20T10:00:01Z',
      trust: 'disciplined',
      reason: 'NTP',
      lastStepMs: null,
      offsetMs: 4,
      servers: [],
    },
    disk: DISK,
    backup: {
      state: 'off',
      isRunning: false,
      folder: null,
      everyMs: null,
      keep: null,
      lastGoodAt: null,
      lastGoodSize: null,
      lastGoodPath: null,
      failures: 0,
      reason: 'There is no backup yet; plant.yaml asks for none',
      problem: null,
      otherHistory: null,
    },
    ...change,
  };
}

const DOWN: Status['devices'][number] = {
  id: 'plc1',
  driver: 'modbus-tcp',
  where: '192.0.2.10:502, unit id 1',
  state: 'down',
  activity: 'waiting',
  attempts: 4,
  skipped: 0,
  since: '2026-11-20T09:00:00Z',
  fault: { code: 'DRV_MODBUS_TIMEOUT', message: 'No answer in 2 s.', hint: 'Check the cable.' },
  lastGoodAt: null,
  periodMs: 1000,
  points: 3,
  pointsGood: 0,
  requests: 5,
  timeouts: 4,
  strangers: 0,
  writes: 0,
  nextAttemptAt: null,
};

const nameOf = (name: string): string => `The ${name}`;

/** The headline as people read it. */
function words(given: Status): string {
  const { plant, data, ledger, link } = headlineOf(given, nameOf, 'live');
  return [
    i18next.t(`headline.plant.${plant.key}`, plant.values),
    i18next.t(`headline.data.${data.key}`, { ...data.values, time: '' }),
    i18next.t(`headline.ledger.${ledger.key}`, ledger.values),
    i18next.t(`headline.link.${link.key}`, link.values),
  ].join('. ');
}

beforeAll(async () => {
  await i18next.init({ lng: 'en', resources: { en: { translation: en } }, interpolation: { escapeValue: false } });
});

test('a healthy plant needs nobody', () => {
  const given = status([unit(1), unit(2)]);
  expect(words(given)).toBe(
    'Plant running, 2 of 2 units generating. Data trusted. Ledger recording, 1,234 entries. No link configured',
  );
  expect(adviceOf(given, nameOf)).toBeUndefined();
});

test('an old reading is never called trusted, however good it was', () => {
  const old = { state: 'overdue', lastTo: '2026-11-20T07:00:00Z' } as const;
  const older = { state: 'overdue', lastTo: '2026-11-20T06:00:00Z' } as const;
  const given = status([unit(1, { freshness: old }), unit(2, { freshness: older })]);
  const { data } = headlineOf(given, nameOf, 'live');
  expect(data).toMatchObject({ tone: 'attention', key: 'overdue' });
  expect(i18next.t(`headline.data.${data.key}`, { ...data.values, time: data.values.sinceMs })).toBe(
    `No new reading of Unit 1, Unit 2 since ${Date.parse(older.lastTo)}`,
  );
  expect(adviceOf(given, nameOf)).toMatchObject({ key: 'noNewReading', place: { page: 'devices' } });

  const dataOf = (freshness: UnitStatus['freshness']) =>
    headlineOf(status([unit(1, { freshness }), unit(2)]), nameOf, 'live').data;
  expect(dataOf({ state: 'overdue', lastTo: null })).toMatchObject({ tone: 'attention', key: 'neverCame' });
  expect(dataOf({ state: 'ahead', lastTo: '2050-01-01T00:00:00Z' })).toMatchObject({ tone: 'attention', key: 'ahead' });
  expect(headlineOf(status([unit(1)]), nameOf, 'lost').data).toMatchObject({ tone: 'attention', key: 'lost' });
});

test('a stopped plant is normal, a tripped unit is not', () => {
  expect(headlineOf(status([unit(1, { state: 'stopped' })]), nameOf, 'live').plant).toMatchObject({
    tone: 'normal',
    key: 'stopped',
  });
  const tripped = status([unit(1), unit(2, { state: 'tripped' })]);
  expect(words(tripped)).toContain('Unit 2 tripped, 1 of 2 units generating');
  expect(adviceOf(tripped, nameOf)).toMatchObject({
    key: 'tripped',
    tone: 'alarm',
    place: { page: 'unit', unitId: 'unit2' },
  });
});

test('a device that is down outranks a flagged reading, and a full disk outranks both', () => {
  const lastVerdict = {
    index: 7,
    to: '2026-11-20T10:00:00Z',
    status: 'FLAGGED',
    trustScore: 0.7,
    headline: 'Jump',
  } as const;
  const units = [unit(1, { lastVerdict })];
  expect(adviceOf(status(units), nameOf)).toMatchObject({ key: 'flagged', place: { page: 'reading', index: 7 } });
  const down = status(units, { devices: [DOWN] });
  expect(words(down)).toContain('Data incomplete, no contact with plc1');
  expect(adviceOf(down, nameOf)).toMatchObject({
    key: 'deviceDown',
    values: { reason: 'No answer in 2 s. Check the cable.' },
  });
  const disk = { ...DISK, freeBytes: 0, level: 'critical' } as const;
  expect(adviceOf(status(units, { devices: [DOWN], disk }), nameOf)?.key).toBe('disk');
});

test('an earlier flag is said without raising a hand', () => {
  const { ledger } = status([]);
  const given = status([unit(1)], { ledger: { ...ledger, flagged: 2, rejected: 1 } });
  expect(words(given)).toContain('Data trusted now, 3 readings flagged or rejected today');
  expect(headlineOf(given, nameOf, 'live').data.tone).toBe('normal');
});

test('links say what waits', () => {
  const link = (targets: Status['targets']): string => words(status([unit(1)], { targets })).split('. ')[3] ?? '';
  const tried = { attempts: 7, retries: 0, failures: {}, success: { due: 7, confirmed: 7 } };
  const age = { oldestAt: null, oldestAgeS: null, lastContactAt: null };
  const counts = { needsPerson: false, unknown: 0, parked: 0, delivered: 7, waitingBytes: 900, ...age, ...tried };
  const hub = { name: 'hub', ...counts };
  const calm = { ...hub, state: 'up', waiting: 0 } as const;
  expect(link([calm])).toBe('Everything sealed is delivered');
  expect(link([{ ...calm, delivered: 0 }])).toBe('Nothing sealed for delivery yet');
  expect(link([{ ...calm, delivered: 0 }, calm])).toBe('Everything sealed is delivered');
  expect(link([{ ...hub, state: 'waiting', waiting: 3 }])).toBe('3 batches waiting');
  expect(link([{ ...hub, state: 'down', waiting: 3 }])).toBe('Cannot reach The hub, 3 batches waiting');
  expect(link([{ ...hub, state: 'waiting', waiting: 1 }])).toBe('1 batch waiting');
  const stuck = { ...hub, needsPerson: true };
  expect(link([{ ...stuck, state: 'down', waiting: 3 }])).toBe('The hub: 3 batches wait for a person');
  expect(link([{ ...stuck, state: 'up', waiting: 0, parked: 1 }])).toBe('The hub: 1 batch waits for a person');
  const fault = { code: 'SYN_FILE_ABSENT', message: 'The folder is not there.', hint: 'put the disk in' };
  const away = status([unit(1)], { targets: [{ ...hub, name: 'file', state: 'down', waiting: 2, fault }] });
  expect(adviceOf(away, nameOf)).toEqual({
    key: 'targetDown',
    tone: 'attention',
    values: { name: 'The file', reason: 'The folder is not there. Put the disk in.' },
    place: { page: 'delivery' },
  });
  const running = status([unit(1)], { targets: [{ ...hub, state: 'waiting', waiting: 2 }] });
  expect(adviceOf(running, nameOf)).toBeUndefined();
});

test('a unit that was never read yet is waited for, and one whose state stays unknown needs a person', () => {
  const units = [unit(1, { state: 'unknown' })];
  const { fault: _, ...rest } = DOWN;
  const fresh = status(units, { devices: [{ ...rest, state: 'connecting' }] });
  expect(headlineOf(fresh, nameOf, 'live').plant).toMatchObject({ tone: 'normal', key: 'waiting' });
  expect(adviceOf(fresh, nameOf)).toBeUndefined();
  const up = status(units, { devices: [{ ...rest, state: 'up', lastGoodAt: '2026-11-20T09:00:00Z' }] });
  expect(headlineOf(up, nameOf, 'live').plant).toMatchObject({ tone: 'attention', key: 'unknown' });
  expect(adviceOf(up, nameOf)).toMatchObject({ key: 'stateUnknown', tone: 'attention', values: { name: 'Unit 1' } });
});

test('nobody is asked about the state of a unit that no signal tells', () => {
  const { fault: _, ...rest } = DOWN;
  const devices = [{ ...rest, state: 'up' as const, lastGoodAt: '2026-11-20T09:00:00Z' }];
  const silent = unit(1, { state: 'unknown', signals: { power: 'plc1/power' } });
  const alone = status([silent], { devices });
  expect(headlineOf(alone, nameOf, 'live').plant).toMatchObject({ tone: 'normal', key: 'unstated' });
  expect(words(alone)).toContain('no unit has a status signal');
  expect(adviceOf(alone, nameOf)).toBeUndefined();
  const mixed = status([silent, unit(2), unit(3, { state: 'stopped' })], { devices });
  expect(words(mixed)).toContain('Plant running, 1 of 2 units generating');
});

test('another history outranks all, and an overdue backup is said once nothing is urgent', () => {
  const units = [unit(1)];
  const calm = status(units);
  const checked = (state: 'broken' | 'suspect') => {
    const check = { ...calm.ledger.check, state, reason: 'Entry 7 is not what was recorded' };
    return { ...calm, ledger: { ...calm.ledger, check } };
  };
  expect(headlineOf(checked('broken'), nameOf, 'live').ledger).toMatchObject({ tone: 'alarm', key: 'broken' });
  expect(adviceOf(checked('broken'), nameOf)).toMatchObject({ key: 'ledgerBroken', place: { page: 'ledger' } });
  expect(headlineOf(checked('suspect'), nameOf, 'live').ledger).toMatchObject({ tone: 'attention', key: 'suspect' });
  expect(adviceOf(checked('suspect'), nameOf)).toMatchObject({ key: 'ledgerSuspect', tone: 'attention' });
  const otherHistory = { code: 'LED_FORKED', message: 'Two histories.', hint: 'Stop one.' };
  const forked = { ...calm, backup: { ...calm.backup, otherHistory } };
  expect(headlineOf(forked, nameOf, 'live').ledger).toMatchObject({ tone: 'alarm', key: 'otherHistory' });
  expect(adviceOf(forked, nameOf)).toMatchObject({
    key: 'otherHistory',
    values: { reason: 'Two histories. Stop one.' },
  });
  const overdue = { ...calm, backup: { ...calm.backup, state: 'overdue', reason: 'It is 3 days old' } } as const;
  expect(headlineOf(overdue, nameOf, 'live').ledger).toMatchObject({ tone: 'attention', key: 'backupOverdue' });
  expect(adviceOf(overdue, nameOf)).toMatchObject({ key: 'backup', values: { reason: 'It is 3 days old' } });
});
