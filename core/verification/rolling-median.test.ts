import { describe, expect, it } from 'vitest';
import { seededRandom } from '../model/random.ts';
import { RollingMedian } from './rolling-median.ts';

const SEED = 41;

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >>> 1;
  const [lower = Number.NaN, upper = Number.NaN] = [sorted[half - 1], sorted[half]];
  return sorted.length % 2 === 1 ? upper : (lower + upper) / 2;
}

describe('RollingMedian', () => {
  it('agrees with sorting the window at every step', () => {
    process.stdout.write(`SEED=${SEED}\n`);
    const random = seededRandom(SEED);
    const rolling = new RollingMedian();
    const window: number[] = [];
    for (let step = 0; step < 500; step += 1) {
      const value = Math.round(random.next() * 40) / 10;
      window.push(value);
      rolling.add(value);
      if (window.length > 37) rolling.remove(window.shift() ?? Number.NaN);
      const median = middle(window);
      expect(rolling.size).toBe(window.length);
      expect(rolling.median()).toBe(median);
      expect(rolling.deviation()).toBe(middle(window.map((each) => Math.abs(each - median))));
    }
  });
});
