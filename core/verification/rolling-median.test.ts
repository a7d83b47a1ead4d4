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

  it('agrees with sorting when it is asked rarely, whatever waited meanwhile', () => {
    const random = seededRandom(SEED + 1);
    const rolling = new RollingMedian();
    const window: number[] = [];
    let asked = 0;
    for (let step = 0; step < 9000; step += 1) {
      const value = Math.round(random.next() * 500) / 10;
      window.push(value);
      rolling.add(value);
      if (window.length > 83) rolling.remove(window.shift() ?? Number.NaN);
      if (random.next() > 0.02 && step < 6000) continue;
      if (random.next() > 0.0005 && step >= 6000 && step < 8990) continue;
      const median = middle(window);
      expect(rolling.size).toBe(window.length);
      expect(rolling.deviation()).toBe(middle(window.map((each) => Math.abs(each - median))));
      expect(rolling.median()).toBe(median);
      asked += 1;
    }
    expect(asked).toBeGreaterThan(80);
  });

  it('refuses to forget what it never held', () => {
    for (const changes of [1, 60]) {
      const rolling = new RollingMedian();
      for (let value = 0; value < changes; value += 1) rolling.add(value);
      rolling.remove(777);
      expect(() => rolling.median()).toThrow(/777 is in the window/);
    }
  });
});
