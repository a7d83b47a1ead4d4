import { expect, test } from 'vitest';
import { seededRandom } from '../../model/random.ts';
import { ResidualWindow } from './residual-window.ts';

const SEED = 23;

test(`holds the last shares within its horizon, the same however it came to be (seed ${SEED})`, () => {
  const random = seededRandom(SEED);
  const [capacity, horizon] = [17, 60];
  const window = new ResidualWindow(capacity, horizon);
  const shares: (number | undefined)[] = [];
  let expired = 0;
  for (let reading = 0; reading < 3000; reading += 1) {
    // Long stretches in which nothing is added, so that the horizon counts as well as the capacity.
    const isBusy = Math.floor(reading / 100) % 3 !== 0;
    const share = random.next() < (isBusy ? 0.7 : 0.02) ? Math.round((random.next() - 0.5) * 1e6) / 1e6 : undefined;
    shares.push(share);
    window.pass();
    if (share !== undefined) window.add(share);
    const held = shares.slice(-horizon).filter((each) => each !== undefined);
    const expected = held.slice(-capacity);
    if (expected.length < capacity) expired += 1;
    expect(window.count).toBe(expected.length);
    const mean = expected.reduce((sum, each) => sum + Math.round(each * 1e6), 0) / Math.max(1, expected.length) / 1e6;
    expect(window.mean).toBe(expected.length === 0 ? 0 : mean);
  }
  expect(expired).toBeGreaterThan(300);

  const rebuilt = new ResidualWindow(capacity, horizon);
  for (const share of shares.slice(-horizon)) {
    rebuilt.pass();
    if (share !== undefined) rebuilt.add(share);
  }
  expect([rebuilt.count, rebuilt.mean]).toEqual([window.count, window.mean]);
});

test('a wild share counts no more than ten times everything', () => {
  const window = new ResidualWindow(4, 100);
  for (const share of [1e12, -1e12, 0.5]) {
    window.pass();
    window.add(share);
  }
  expect(window.mean).toBeCloseTo(0.5 / 3, 6);
});
