import type { CounterEventKind } from '../../../core/acquisition/reading.ts';
import type { Random } from '../../../core/model/random.ts';
import type { Poll, RegisterKind } from './meter-month.ts';

/** What a meter or its line does wrong over a month, and what must come of it. */
export interface Pathology {
  readonly name: string;
  readonly register?: RegisterKind;
  /** How often the device sends its register, for one that is heard and not read. */
  readonly messageMs?: number;
  /** Made anew for each run; `at` is the poll, somewhere in the month, at which it begins. */
  readonly script: (run: Run) => (poll: Poll) => bigint | undefined;
  /**
   * `exact`: every watt-hour that the register showed is credited. `event`: what is not credited is explained by the
   * events. `none`: nothing is credited at all, for the reason named.
   */
  readonly expect:
    | {
        readonly kind: 'exact';
        readonly events?: readonly CounterEventKind[];
        /** No others than these. */
        readonly eventsMax?: readonly CounterEventKind[];
        readonly refusedPollsMax?: number;
      }
    | { readonly kind: 'event'; readonly events?: readonly CounterEventKind[]; readonly lostHoursMax?: number }
    | { readonly kind: 'none'; readonly reason: string };
}

export interface Run {
  readonly at: number;
  /** How many polls the month has. */
  readonly polls: number;
  readonly random: Random;
  readonly periodMs: number;
}

const HOUR_MS = 3_600_000;
const SETTLED_POLLS = 5;

const through = ({ counts }: Poll): bigint => counts;
const hours = (count: number, { periodMs }: Run): number => Math.ceil((count * HOUR_MS) / periodMs);

/** The register as it should be, but for polls `at <= n < at + length`, for which `wrong` answers. */
function during(length: number, wrong: (poll: Poll) => bigint | undefined): Pathology['script'] {
  return ({ at }) =>
    (poll) =>
      poll.n >= at && poll.n < at + length ? wrong(poll) : poll.counts;
}

function wrapping(bits: number | bigint, places: number, unit: RegisterKind['unit'] = 'kWh'): RegisterKind {
  const modulus = typeof bits === 'bigint' ? bits : 2n ** BigInt(bits);
  // About 5 MWh before, so that some polls come first: a wrap among those that confirm the first value is no event of its own.
  return { unit, places, modulus, startCounts: modulus - (unit === 'Wh' ? 5_000_001n : 50_001n) };
}

/** From poll `at` on the register counts what it counts from `value` of that moment. */
function leaping(value: (counts: bigint) => bigint): Pathology['script'] {
  return ({ at }) => {
    let offset: bigint | undefined;
    return ({ n, counts }) => {
      if (n < at) return counts;
      offset ??= value(counts) - counts;
      return counts + offset;
    };
  };
}

function scaled(to: (counts: bigint) => bigint, lengthHours = Number.POSITIVE_INFINITY): Pathology['script'] {
  return (run) =>
    ({ n, counts }) =>
      n >= run.at && n < run.at + hours(lengthHours, run) ? to(counts) : counts;
}

const WRAPS: readonly Pathology[] = (
  [
    ['16 bits of 1 kWh', { ...wrapping(16, 0), startCounts: 65_000n }],
    ['24 bits of 0.1 kWh', wrapping(24, 1)],
    ['32 bits of 1 Wh', wrapping(32, 0, 'Wh')],
    ['64 bits of 1 Wh', wrapping(64, 0, 'Wh')],
    ['8 digits with one decimal', wrapping(10n ** 8n, 1)],
    ['6 digits of 0.001 MWh', { ...wrapping(10n ** 6n, 3, 'MWh'), startCounts: 999_900n }],
  ] as const
).map(([name, register]) => ({
  name: `wraps: ${name}`,
  register,
  script: () => through,
  expect: { kind: 'exact', events: ['wrap'] },
}));

export const PATHOLOGIES: readonly Pathology[] = [
  { name: 'nothing at all', script: () => through, expect: { kind: 'exact', events: [] } },
  ...WRAPS,
  ...[1, 5, 15].map(
    (minutes): Pathology => ({
      name: `is refreshed by a message every ${minutes} min`,
      messageMs: minutes * 60_000,
      script: () => through,
      // Two messages show the rhythm; from then on each one counts when it comes.
      expect: { kind: 'exact', events: [], refusedPollsMax: 3 * minutes },
    }),
  ),
  {
    name: 'wraps while the device is away',
    register: { ...wrapping(24, 1), startCounts: 2n ** 24n - 40_000n },
    script:
      () =>
      ({ counts }) =>
        counts > 2n ** 24n - 9000n || counts < 9000n ? undefined : counts,
    expect: { kind: 'exact', events: ['wrap'] },
  },
  {
    name: 'dips by one count and comes back',
    script: during(1, ({ counts }) => counts - 1n),
    expect: { kind: 'exact' },
  },
  { name: 'shows zero once', script: during(1, () => 0n), expect: { kind: 'exact', events: ['dip'] } },
  { name: 'shows zero twice', script: during(2, () => 0n), expect: { kind: 'exact', events: ['dip'] } },
  {
    name: 'shows zero for twenty polls and comes back',
    script: during(20, () => 0n),
    expect: { kind: 'exact', events: ['reset', 'return'] },
  },
  {
    name: 'shows zero at random, often',
    script:
      ({ random, polls }) =>
      ({ n, counts }) =>
        // What the last polls show waits for others that agree; the month ends before they come.
        random.next() < 0.02 && n < polls - SETTLED_POLLS ? 0n : counts,
    expect: { kind: 'exact' },
  },
  { name: 'leaps once', script: during(1, ({ counts }) => counts + 7777n), expect: { kind: 'exact', events: ['dip'] } },
  {
    name: 'leaps for ten polls and comes back',
    script: during(10, ({ counts }) => counts + 777_777n),
    expect: { kind: 'exact', events: ['jump', 'return'] },
  },
  {
    name: 'leaps by one step, believed, and takes it back',
    script: during(5, ({ counts }) => counts + 1n),
    expect: { kind: 'exact' },
  },
  {
    name: 'stands still for half an hour and catches up',
    script: stuck(0.5),
    expect: { kind: 'exact', events: [] },
  },
  {
    name: 'stands still for nine hours and catches up',
    script: stuck(9),
    expect: { kind: 'event', lostHoursMax: 10 },
  },
  {
    name: 'is reset to zero',
    script: leaping(() => 0n),
    // A zero may be one that a meter shows before it has its value, so that counting may begin one poll later.
    expect: { kind: 'event', events: ['reset'], lostHoursMax: 0.1 },
  },
  {
    name: 'is rolled back',
    script: leaping((counts) => counts - 54_321n),
    expect: { kind: 'event', events: ['rollback'] },
  },
  { name: 'jumps', script: leaping((counts) => counts + 5_432_109n), expect: { kind: 'event', events: ['jump'] } },
  {
    name: 'is another meter, unannounced',
    script: leaping(() => 6_543n),
    expect: { kind: 'event', events: ['rollback'] },
  },
  {
    name: 'counts in MWh instead of kWh from then on',
    script: scaled((counts) => counts / 1000n),
    expect: { kind: 'event', events: ['scale'], lostHoursMax: 800 },
  },
  {
    name: 'counts in tenths instead of whole steps from then on',
    script: scaled((counts) => counts * 10n + 3n),
    expect: { kind: 'event', events: ['scale'], lostHoursMax: 800 },
  },
  {
    name: 'counts in Wh for an hour and comes back',
    script: scaled((counts) => counts * 1000n, 1),
    expect: { kind: 'exact' },
  },
  {
    name: 'goes round more than once while the device is away',
    register: { ...wrapping(16, 1), startCounts: 1234n },
    script: (run) => (poll) => (poll.n >= run.at && poll.n < run.at + hours(9, run) ? undefined : poll.counts),
    expect: { kind: 'event', events: ['rounds', 'wrap'], lostHoursMax: 10 },
  },
  {
    name: 'is a 32-bit float with known steps',
    register: { unit: 'kWh', places: 4, startCounts: 10_000_000_000n, floatBits: 32, resolution: 0.0625 },
    script:
      () =>
      ({ counts }) =>
        asFloat32(counts, 10_000),
    expect: { kind: 'exact', events: [] },
  },
  {
    name: 'is a 32-bit float that has lost its last count',
    register: { unit: 'Wh', places: 0, startCounts: 16_777_216n, floatBits: 32 },
    script:
      () =>
      ({ counts }) =>
        asFloat32(counts, 1),
    expect: { kind: 'none', reason: 'ACQ_COUNTER_COARSE' },
  },
  {
    name: 'puts its register forward every fifteen minutes',
    script: (run) => {
      let shown = 0n;
      return ({ n, polls, counts }) => {
        if (n % hours(0.25, run) === 0 || n >= polls - 5) shown = counts;
        return shown;
      };
    },
    expect: { kind: 'exact', events: [] },
  },
  {
    name: 'answers every other time at random',
    script:
      ({ random }) =>
      ({ n, polls, counts }) =>
        n > 0 && n < polls - 5 && random.next() < 0.5 ? undefined : counts,
    expect: { kind: 'exact', events: [] },
  },
  {
    name: 'is away for a day',
    script: (run) => (poll) => (poll.n >= run.at && poll.n < run.at + hours(24, run) ? undefined : poll.counts),
    // Nothing is said of a silence through which the machine rested.
    expect: { kind: 'exact', eventsMax: ['silence'] },
  },
  {
    name: 'is two meters on one address, by turns',
    script:
      () =>
      ({ n, counts }) =>
        n % 5 === 3 ? counts - 4_000_000n : counts,
    expect: { kind: 'exact' },
  },
];

function stuck(length: number): Pathology['script'] {
  return (run) => {
    let shown: bigint | undefined;
    return ({ n, counts }) => {
      if (n < run.at || n >= run.at + hours(length, run)) return counts;
      shown ??= counts;
      return shown;
    };
  };
}

/** What a single-precision register of `counts / perUnit` shows, in counts. */
function asFloat32(counts: bigint, perUnit: number): bigint {
  return BigInt(Math.round(Math.fround(Number(counts) / perUnit) * perUnit));
}
