import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { announceSeed } from '../../tests/contract/driver-host.ts';
import type { Reading } from '../acquisition/reading.ts';
import { localMonthName, localMonthSpan, monthAfter } from '../model/local-time.ts';
import { toIso } from '../model/time.ts';
import { creditOf } from '../verification/credit.ts';
import type { Review } from '../verification/review.ts';
import type { Verdict } from '../verification/verdict.ts';
import { type MonthContent, MonthSums } from './month-sums.ts';

const seed = announceSeed('months');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Recorded {
  readonly index: number;
  readonly reading: Reading;
  readonly verdict: Verdict;
  readonly reviews: readonly Review[];
}

function reading(fields: Partial<Reading> & Pick<Reading, 'from' | 'to'>): Reading {
  return {
    v: 1,
    plantId: 'HP-001',
    unitId: 'unit1',
    origin: 'plant',
    energySource: 'counter',
    coverage: 1,
    gaps: [],
    clock: 'disciplined',
    samples: [],
    ...fields,
  };
}

function verdict(status: Verdict['status']): Verdict {
  return { status, trustScore: 0.5, layers: [], findings: [], engine: { version: '1', config: 'c' } };
}

function review(index: number, decision: Review['decision'], fields: Partial<Review> = {}): Review {
  return {
    index,
    at: '2026-12-01T00:00:00.000Z',
    decision,
    reason: 'r',
    by: 'Asha',
    account: 'key:1',
    role: 'engineer',
    fourEyes: false,
    ...fields,
  };
}

function contentOf(entries: readonly Recorded[], span: { fromMs: number; toMs: number }): MonthContent | undefined {
  const reviews = new Map(entries.map((entry) => [entry.index, entry.reviews]));
  const sums = new MonthSums(span, 'plant', (index) => reviews.get(index) ?? []);
  for (const entry of entries) sums.addReading(entry.index, entry.reading, entry.verdict);
  return sums.toContent();
}

/** Readings of some units one after the other, of any length, over the edges of months, with anything persons may say. */
const world = fc
  .record({
    zone: fc.constantFrom(
      'Europe/Berlin',
      'Asia/Kolkata',
      'Asia/Kathmandu',
      'UTC',
      'America/New_York',
      'Pacific/Kiritimati',
    ),
    startMs: fc
      .constantFrom('2026-02-26T17:20:00Z', '2026-09-28T23:35:00Z', '2026-12-30T12:10:00Z')
      .map((text) => Date.parse(text)),
    units: fc.array(
      fc.array(
        fc.record({
          minutes: fc.constantFrom(5, 10, 15, 30, 60, 713, 1440),
          pauseMinutes: fc.constantFrom(0, 0, 0, 5, 60, 44_640),
          energyWh: fc.oneof(
            fc.constant(undefined),
            fc.constant(0),
            fc.integer({ min: 1, max: 2_000_000 }),
            fc.constant(-7),
          ),
          importWh: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 300 })),
          source: fc.constantFrom('counter', 'counter', 'counter', 'estimated', 'reported'),
          origin: fc.constantFrom('plant', 'plant', 'plant', 'plant', 'plant', 'plant', 'demo'),
          status: fc.constantFrom('APPROVED', 'APPROVED', 'FLAGGED', 'REJECTED'),
          reviews: fc.array(
            fc.record({
              decision: fc.constantFrom('approve', 'reject'),
              by: fc.constantFrom('Asha', 'Ravi'),
              role: fc.constantFrom('operator', 'engineer'),
              fourEyes: fc.boolean(),
            }),
            { maxLength: 3 },
          ),
          plantWh: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 2_000_000 })),
        }),
        { maxLength: 25 },
      ),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ zone, startMs, units }) => ({ zone, startMs, entries: recorded(startMs, units) }));

type Drawn = {
  readonly minutes: number;
  readonly pauseMinutes: number;
  readonly energyWh: number | undefined;
  readonly importWh: number | undefined;
  readonly source: string;
  readonly origin: string;
  readonly status: string;
  readonly reviews: readonly { decision: string; by: string; role: string; fourEyes: boolean }[];
  readonly plantWh: number | undefined;
};

function recorded(startMs: number, units: readonly (readonly Drawn[])[]): Recorded[] {
  const entries: Recorded[] = [];
  for (const [unit, drawn] of units.entries()) {
    let atMs = startMs;
    for (const each of drawn) {
      atMs += each.pauseMinutes * MINUTE_MS;
      const to = atMs + each.minutes * MINUTE_MS;
      const { energyWh, importWh, plantWh, source, origin, status } = each;
      const index = entries.length * 7 + 3;
      entries.push({
        index,
        reading: reading({
          unitId: `unit${unit + 1}`,
          from: toIso(atMs),
          to: toIso(to),
          origin: origin as 'plant',
          energySource: source as 'counter',
          ...(energyWh === undefined ? {} : { energyWh }),
          ...(importWh === undefined ? {} : { energyImportWh: importWh }),
          ...(plantWh === undefined ? {} : { witness: { plantExport: { energyWh: plantWh, resolutionKwh: 0.001 } } }),
        }),
        verdict: verdict(status as Verdict['status']),
        reviews: each.reviews.map((one, i) =>
          review(index + 1 + i, one.decision as 'approve', {
            ...one,
            decision: one.decision as 'approve',
            role: one.role as 'operator',
            account: one.by,
          }),
        ),
      });
      atMs = to;
    }
  }
  return entries;
}

const ADDED = [
  'readings',
  'approved',
  'flagged',
  'rejected',
  'approvedWh',
  'flaggedWh',
  'rejectedWh',
  'counterWh',
  'estimatedWh',
  'reportedWh',
  'creditedWh',
  'importWh',
  'coveredMs',
] as const;

/** The same figures over all readings, each by itself. */
function naive(entries: readonly Recorded[]): Record<(typeof ADDED)[number], number> {
  const of = (pick: (entry: Recorded) => number): number => entries.reduce((sum, entry) => sum + pick(entry), 0);
  const energy = (entry: Recorded): number => entry.reading.energyWh ?? 0;
  const is = (status: string) => (entry: Recorded) => (entry.verdict.status === status ? 1 : 0);
  const from = (source: string) => (entry: Recorded) => (entry.reading.energySource === source ? energy(entry) : 0);
  return {
    readings: entries.length,
    approved: of(is('APPROVED')),
    flagged: of(is('FLAGGED')),
    rejected: of(is('REJECTED')),
    approvedWh: of((entry) => is('APPROVED')(entry) * energy(entry)),
    flaggedWh: of((entry) => is('FLAGGED')(entry) * energy(entry)),
    rejectedWh: of((entry) => is('REJECTED')(entry) * energy(entry)),
    counterWh: of(from('counter')),
    estimatedWh: of(from('estimated')),
    reportedWh: of(from('reported')),
    creditedWh: of((entry) => creditOf(entry.reading, entry.verdict, entry.reviews).creditedWh),
    importWh: of((entry) => entry.reading.energyImportWh ?? 0),
    coveredMs: of((entry) => Date.parse(entry.reading.to) - Date.parse(entry.reading.from)),
  };
}

function monthsFrom(startMs: number, zone: string, count: number): readonly string[] {
  const names = [localMonthName(startMs, zone)];
  while (names.length < count) names.push(monthAfter(names.at(-1) ?? ''));
  return names;
}

/** More months than any world lasts: 25 readings with pauses of a month and a day each. */
const MONTHS = 30;

test('the months add up to the readings, to the watt-hour, whatever they are and whoever decided what', () => {
  fc.assert(
    fc.property(world, ({ zone, startMs, entries }) => {
      const names = monthsFrom(startMs, zone, MONTHS);
      const contents = names.flatMap((name) => contentOf(entries, localMonthSpan(name, zone)) ?? []);
      const total = Object.fromEntries(
        ADDED.map((name) => [name, contents.reduce((sum, content) => sum + content.total[name], 0)]),
      );
      expect(total).toEqual(naive(entries));
      for (const { total: month, net, creditedNetWh, demo, units } of contents) {
        for (const name of ADDED) expect(month[name]).toBe(units.reduce((sum, unit) => sum + unit[name], 0));
        expect(month.approvedWh + month.flaggedWh + month.rejectedWh).toBe(
          month.counterWh + month.estimatedWh + month.reportedWh,
        );
        expect(creditedNetWh).toBeGreaterThanOrEqual(0);
        expect(creditedNetWh).toBeLessThanOrEqual(month.creditedWh);
        if (demo) expect(creditedNetWh).toBe(0);
        else if (net.basis === 'generator-terminals') {
          expect(creditedNetWh).toBe(Math.max(0, month.creditedWh - net.importWh));
        }
      }
    }),
    { seed, numRuns: 80 },
  );
});

test('no order of the entries changes a month, and a reading that comes twice counts once', () => {
  fc.assert(
    fc.property(world, fc.integer(), ({ zone, startMs, entries }, turn) => {
      for (const name of monthsFrom(startMs, zone, 3)) {
        const span = localMonthSpan(name, zone);
        const once = contentOf(entries, span);
        const at = entries.length === 0 ? 0 : Math.abs(turn) % entries.length;
        const turned = [...entries.slice(at), ...entries.slice(0, at)];
        expect(contentOf(turned, span)).toEqual(once);
        expect(contentOf([...entries, ...turned], span)).toEqual(once);
      }
    }),
    { seed, numRuns: 60 },
  );
});

test('a reading that nobody approved and the checks did not is never credited, alone or among others', () => {
  fc.assert(
    fc.property(world, ({ zone, startMs, entries }) => {
      const doubted = entries.filter((entry) => entry.reviews.length === 0 && entry.verdict.status !== 'APPROVED');
      for (const name of monthsFrom(startMs, zone, 3)) {
        const span = localMonthSpan(name, zone);
        expect(contentOf(doubted, span)?.total.creditedWh ?? 0).toBe(0);
        expect(contentOf(doubted, span)?.creditedNetWh ?? 0).toBe(0);
        const others = entries.filter((entry) => !doubted.includes(entry));
        expect(contentOf(entries, span)?.total.creditedWh ?? 0).toBe(contentOf(others, span)?.total.creditedWh ?? 0);
      }
    }),
    { seed, numRuns: 60 },
  );
});

describe('which month a reading is of', () => {
  it.each([
    // Half past six in the evening UTC is midnight in India: an interval of an hour lies across it.
    ['2026-10-31T18:00:00Z', 60, 'Asia/Kolkata', '2026-11', 1],
    ['2026-10-31T18:00:00Z', 30, 'Asia/Kolkata', '2026-10', 0],
    ['2026-10-31T18:30:00Z', 30, 'Asia/Kolkata', '2026-11', 0],
    ['2026-10-31T22:00:00Z', 60, 'Europe/Berlin', '2026-10', 0],
    ['2026-10-31T23:00:00Z', 60, 'Europe/Berlin', '2026-11', 0],
    ['2026-03-31T21:30:00Z', 60, 'Europe/Berlin', '2026-04', 1],
  ])('from %s, %d minutes, in %s: %s', (from, minutes, zone, month, straddling) => {
    const fromMs = Date.parse(from);
    const entry = {
      index: 5,
      reading: reading({ from: toIso(fromMs), to: toIso(fromMs + minutes * MINUTE_MS), energyWh: 17 }),
      verdict: verdict('APPROVED'),
      reviews: [],
    };
    const content = contentOf([entry], localMonthSpan(month, zone));
    expect(content?.total).toMatchObject({ readings: 1, creditedWh: 17, straddling, straddlingWh: 17 * straddling });
    expect(content).toMatchObject({ first: 5, end: 6, creditedNetWh: 17 });
  });

  it.each([
    ['2026-03', 'Europe/Berlin', 743],
    ['2026-10', 'Europe/Berlin', 745],
    ['2026-10', 'Asia/Kolkata', 744],
    ['2026-02', 'Asia/Kolkata', 672],
  ])('%s in %s has %d hours', (month, zone, hours) => {
    const { fromMs, toMs } = localMonthSpan(month, zone);
    expect((toMs - fromMs) / HOUR_MS).toBe(hours);
    expect(localMonthName(fromMs, zone)).toBe(month);
    expect(localMonthName(fromMs - 1, zone) < month).toBe(true);
    expect(localMonthName(toMs - 1, zone)).toBe(month);
    expect(toMs).toBe(localMonthSpan(monthAfter(month), zone).fromMs);
  });
});

const SPAN = localMonthSpan('2026-10', 'UTC');
const at = (hour: number): string => toIso(SPAN.fromMs + hour * HOUR_MS);

describe('net energy', () => {
  const hour = (
    n: number,
    unitId: string,
    fields: Partial<Reading>,
    status: Verdict['status'] = 'APPROVED',
  ): Recorded => ({
    index: 10 * n + Number(unitId.slice(-1)),
    reading: reading({ unitId, from: at(n), to: at(n + 1), ...fields }),
    verdict: verdict(status),
    reviews: [],
  });
  const meter = (energyWh: number, importWh?: number): Partial<Reading> => ({
    witness: {
      plantExport: { energyWh, resolutionKwh: 1 },
      ...(importWh === undefined ? {} : { plantImport: { energyWh: importWh, resolutionKwh: 1 } }),
    },
  });

  it('without an interface meter says so, and guesses no auxiliaries', () => {
    const entries = [hour(0, 'unit1', { energyWh: 700 }), hour(0, 'unit2', { energyWh: 300, energyImportWh: 40 })];
    expect(contentOf(entries, SPAN)).toMatchObject({
      creditedNetWh: 960,
      net: {
        basis: 'generator-terminals',
        words: 'generator terminals, no interface meter',
        terminalsWh: 1000,
        interfaceWh: 0,
        importWh: 40,
        intervals: 1,
        importIntervals: 1,
      },
    });
  });

  it('with one goes by export less import, counted once however many units there are', () => {
    const entries = [
      hour(0, 'unit1', { energyWh: 700, energyImportWh: 5, ...meter(940, 15) }),
      hour(0, 'unit2', { energyWh: 300, ...meter(940, 15) }),
    ];
    expect(contentOf(entries, SPAN)).toMatchObject({
      creditedNetWh: 925,
      net: { basis: 'interface-meter', interfaceWh: 940, importWh: 15, interfaceIntervals: 1 },
    });
  });

  it('takes no more of an interval than the credited units counted, where another is not credited', () => {
    const entries = [
      hour(0, 'unit1', { energyWh: 700, ...meter(990) }),
      hour(0, 'unit2', { energyWh: 300, ...meter(990) }, 'FLAGGED'),
      hour(1, 'unit1', { energyWh: 700, ...meter(690) }),
      hour(1, 'unit2', { energyWh: 0, ...meter(690) }, 'FLAGGED'),
    ];
    expect(contentOf(entries, SPAN)).toMatchObject({ creditedNetWh: 1390, net: { interfaceWh: 700 + 690 } });
  });

  it('credits nothing for an interval in which the interface meter was silent, and says how many there were', () => {
    const entries = [
      hour(0, 'unit1', { energyWh: 700, witness: { silent: { plantExport: 'DRV_MODBUS_TIMEOUT' } } }),
      hour(1, 'unit1', { energyWh: 700, ...meter(680) }),
      hour(2, 'unit1', { energyWh: 700 }),
    ];
    expect(contentOf(entries, SPAN)).toMatchObject({
      creditedNetWh: 1380,
      net: {
        basis: 'mixed',
        interfaceWh: 680,
        terminalsWh: 700,
        interfaceIntervals: 2,
        silentIntervals: 1,
        intervals: 3,
      },
    });
  });

  it('never passes what the units are credited, however much the interface meter caught up', () => {
    const entries = [hour(0, 'unit1', { energyWh: 700, ...meter(5000) })];
    expect(contentOf(entries, SPAN)).toMatchObject({ creditedNetWh: 700, net: { interfaceWh: 5000 } });
  });

  it('of two readings that say otherwise of the same meter, takes the one that claims less', () => {
    const entries = [
      hour(0, 'unit1', { energyWh: 700, ...meter(960, 10) }),
      hour(0, 'unit2', { energyWh: 300, ...meter(900, 20) }),
    ];
    expect(contentOf(entries, SPAN)).toMatchObject({ creditedNetWh: 880 });
  });
});

test('gaps count for their time within the month, meter entries for what no reading holds', () => {
  const sums = new MonthSums(SPAN, 'plant', () => []);
  sums.addReading(5, reading({ from: at(0), to: at(1), energyWh: 3 }), verdict('APPROVED'));
  const gap = (from: string, to: string, treatment: string, more = {}) =>
    sums.addOther({ kind: 'gap', body: { unitId: 'unit1', from, to, treatment, ...more } });
  gap(at(-2), at(1), 'counter-difference');
  gap(at(5), at(7), 'not-credited');
  gap(at(9), at(10), 'not-known-yet', { missingSeconds: 90 });
  gap(at(800), at(801), 'not-credited');
  const meter = (body: Record<string, string | number>) =>
    sums.addOther({
      kind: 'meter',
      body: { unitId: 'unit1', quantity: 'energyExport', counted: 'in-entry', at: at(3), energyWh: 11, ...body },
    });
  meter({});
  meter({ energyWh: -4 });
  meter({ at: at(-1) });
  meter({ counted: 'in-reading' });
  meter({ quantity: 'energyImport' });
  expect(sums.toContent()?.total).toMatchObject({
    gaps: 3,
    gapMs: 3 * HOUR_MS + 90_000,
    gapUncreditedMs: 2 * HOUR_MS + 90_000,
    meterWh: 7,
    creditedWh: 3,
  });
});

test('a month without a reading comes to nothing at all, which is not zero', () => {
  expect(contentOf([], SPAN)).toBeUndefined();
  const sums = new MonthSums(SPAN, 'plant', () => []);
  sums.addOther({ kind: 'gap', body: { unitId: 'unit1', from: at(0), to: at(1), treatment: 'not-credited' } });
  expect(sums.toContent()).toBeUndefined();
});

test('what persons have still to decide waits: flagged readings and open reviews, not what the checks refused', () => {
  const entry = (n: number, status: Verdict['status'], reviews: readonly Review[]): Recorded => ({
    index: n,
    reading: reading({ from: at(n), to: at(n + 1), energyWh: 2 ** n }),
    verdict: verdict(status),
    reviews,
  });
  const content = contentOf(
    [
      entry(0, 'APPROVED', []),
      entry(1, 'FLAGGED', []),
      entry(2, 'REJECTED', []),
      entry(3, 'FLAGGED', [review(50, 'approve')]),
      entry(4, 'FLAGGED', [review(51, 'reject')]),
      entry(5, 'APPROVED', [review(52, 'reject', { fourEyes: true })]),
      entry(6, 'APPROVED', [review(53, 'reject')]),
      entry(7, 'REJECTED', [review(54, 'approve')]),
    ],
    SPAN,
  );
  expect(content?.total).toMatchObject({
    creditedWh: 1 + 8 + 128,
    waiting: 2,
    waitingWh: 2 + 32,
    personsApproved: 2,
    personsApprovedWh: 8 + 128,
    personsRejected: 2,
    personsRejectedWh: 16 + 64,
    approvedWh: 1 + 32 + 64,
    flaggedWh: 2 + 8 + 16,
    rejectedWh: 4 + 128,
  });
});
