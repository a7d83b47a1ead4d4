import { expect, test } from 'vitest';
import { seededRandom } from '../model/random.ts';
import { FingerprintBook } from './fingerprint-book.ts';

const MINUTE_MS = 60_000;

/** Held against a plain list, with fingerprints from so small a range that many are alike and many chains are long. */
test.each([
  ['many that are alike', 300, 50, 2000],
  ['growth over several capacities', 20_000, 2 ** 32, 15_000],
  ['eviction long after the ring is full', 500, 2 ** 32, 6000],
  // Multiples of this differ in no bit that the table looks at first.
  ['collisions', 700, 400, 4000],
])('finds what it holds: %s', (name, capacity, range, count) => {
  const random = seededRandom(77);
  const book = new FingerprintBook(capacity);
  const held: { fingerprint: number; fromMs: number }[] = [];
  let found = 0;
  for (let n = 0; n < count; n += 1) {
    const drawn = Math.floor(random.next() * range);
    const fingerprint = name === 'collisions' ? Math.imul(drawn, 0x0200_0000) >>> 0 : drawn;
    const fromMs = n * 5 * MINUTE_MS;
    book.add(fingerprint, fromMs);
    held.push({ fingerprint, fromMs });
    if (held.length > capacity) held.shift();
    const asked = held[Math.floor(random.next() * held.length)] ?? { fingerprint: 0, fromMs: 0 };
    const begins = held.filter((each) => each.fingerprint === asked.fingerprint).map((each) => each.fromMs);
    expect(begins).toContain(book.find(asked.fingerprint, -MINUTE_MS));
    const others = begins.filter((each) => each !== asked.fromMs);
    const other = book.find(asked.fingerprint, asked.fromMs);
    if (others.length === 0) expect(other).toBeUndefined();
    else expect(others).toContain(other);
    if (other !== undefined) found += 1;
  }
  if (name !== 'collisions' && range < 100) expect(found).toBeGreaterThan(1000);
});

test('forgets the oldest once it is full, and only then', () => {
  const book = new FingerprintBook(3);
  for (const n of [1, 2, 3]) book.add(n * 1000, n * MINUTE_MS);
  expect(book.find(1000, 0)).toBe(MINUTE_MS);
  book.add(4000, 4 * MINUTE_MS);
  expect([1000, 2000, 3000, 4000].map((each) => book.find(each, 0))).toEqual([
    undefined,
    2 * MINUTE_MS,
    3 * MINUTE_MS,
    4 * MINUTE_MS,
  ]);
});
