import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../core/model/random.ts';
import { announceSeed } from '../../contract/driver-host.ts';
import { microWhOfCount, type Poll, type RegisterKind, runMonth } from './meter-month.ts';

const SEED = announceSeed('counter under anything');
const RUNS = Number(process.env.FOREBAY_COUNTER_RUNS ?? 40);
const PERIOD_MS = 30_000;
const DAYS = 2;
const POLLS = (DAYS * 86_400_000) / PERIOD_MS;
/** Glitches of the very first values, and the values after them that confirm each other. */
const GLITCHES_MAX = 2;
const BEGUN_POLLS = GLITCHES_MAX + 3;
/** The register is itself again for so long before the end: what came back must have been paid for by then. */
const CALM_POLLS = 600;

const registers: readonly RegisterKind[] = [
  { unit: 'kWh', places: 1, startCounts: 12_345_678n },
  { unit: 'kWh', places: 1, modulus: 2n ** 24n, startCounts: 2n ** 24n - 3000n },
  { unit: 'Wh', places: 0, modulus: 2n ** 32n, startCounts: 2n ** 32n - 777n },
  { unit: 'kWh', places: 0, modulus: 10n ** 8n, startCounts: 99_999_990n },
  { unit: 'MWh', places: 3, startCounts: 5n },
];

type Answer = (counts: bigint) => bigint | undefined;

/** With a text that a failing run prints. */
function named(text: string, answer: Answer): Answer & { toString(): string } {
  return Object.assign(answer, { toString: () => text });
}

/** One thing that goes wrong and passes: for `length` polls from `at` on the register is not what it should be. */
const mischief = fc.record({
  at: fc.integer({ min: BEGUN_POLLS, max: POLLS - CALM_POLLS - 200 }),
  length: fc.integer({ min: 1, max: 200 }),
  what: fc.oneof(
    fc.constant((): bigint | undefined => undefined),
    fc.constant((): bigint | undefined => 0n),
    fc
      .oneof(fc.bigInt(-100_000n, 100_000n), fc.bigInt(-3n, 3n))
      .map((by) => named(`off by ${by}`, (counts) => counts + by)),
    fc.bigInt(0n, 2n ** 40n).map((value) => named(`${value}`, () => value)),
    fc.constantFrom(10n, 1000n).map((by) => named(`divided by ${by}`, (counts) => counts / by)),
  ),
});

it('credits no more than was generated and all of it, or an event, whatever passes over the register', () => {
  let runs = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...registers),
      // What a meter shows that has no value yet, or a value from nowhere.
      fc.array(fc.constantFrom(0n, 2n ** 39n), { maxLength: GLITCHES_MAX }),
      fc.array(mischief, { maxLength: 6 }),
      fc.uniqueArray(fc.integer({ min: 1, max: POLLS - 1 }), { maxLength: 5 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: POLLS - 1 }), fc.integer({ min: -7_200_000, max: 7_200_000 })), {
        maxLength: 2,
      }),
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      (register, glitches, mischiefs, crashes, clockSteps, seed) => {
        runs += 1;
        const observe = ({ n, counts }: Poll): bigint | undefined => {
          const now = mischiefs.find(({ at, length }) => n >= at && n < at + length);
          return now === undefined ? (glitches[n] ?? counts) : now.what(counts);
        };
        const result = runMonth({
          register,
          intervalMs: 300_000,
          periodMs: PERIOD_MS,
          days: DAYS,
          random: seededRandom(seed),
          observe,
          // A crash between a step of the clock and the next close, too.
          crashes: new Set([...crashes, ...clockSteps.map(([n]) => n + 1)]),
          clockSteps: new Map(clockSteps),
        });
        // Within two steps of slack a false value cannot be told from a true one.
        const stepWh = 3 * Number(microWhOfCount(register) / 1_000_000n);
        expect(result.creditedWh - result.owedWh).toBeLessThanOrEqual(result.generatedWh + stepWh);
        const isWhole = result.generatedWh - result.creditedWh <= stepWh;
        if (!isWhole) expect(result.events.filter((kind) => kind !== 'wrap' && kind !== 'dip')).not.toEqual([]);
      },
    ),
    { seed: SEED, numRuns: RUNS, endOnFailure: process.env.FOREBAY_SHRINK === undefined },
  );
  expect(runs).toBeGreaterThanOrEqual(RUNS);
});
