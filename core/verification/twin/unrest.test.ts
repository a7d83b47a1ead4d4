import { describe, expect, it } from 'vitest';
import { present } from '../../model/assert.ts';
import { nextGaussian, seededRandom } from '../../model/random.ts';
import { logOddsOf, logOddsOfUnrest, UNREST_READINGS } from './unrest.ts';

const LIMIT = 8;

/** What is said of each reading in turn, each with so many residuals that scatter by `sigmas`. */
function follow(sigmas: readonly number[], residuals: number, seed: number): number[] {
  const random = seededRandom(seed);
  const odds: number[] = [];
  return sigmas.map((each) => {
    const own = present(logOddsOf(Array.from({ length: residuals }, () => each * nextGaussian(random))), 'log odds');
    const said = logOddsOfUnrest(odds.slice(1 - UNREST_READINGS), own);
    odds.push(own);
    return said;
  });
}

describe('unrest', () => {
  const seed = Number(process.env.FOREBAY_SEED ?? 20_261_126);
  process.stdout.write(`SEED=${seed}\n`);

  it('leaves measured values alone', () => {
    const said = follow(Array(20_000).fill(1), 4, seed);
    expect(said.filter((odds) => odds > LIMIT).length).toBeLessThan(20);
  });

  it('is found within a few readings of values that do not belong together', () => {
    let late = 0;
    for (let times = 0; times < 200; times += 1) {
      const said = follow([...Array(10).fill(1), ...Array(4).fill(4)], 4, seed + times);
      if (!said.slice(10).some((odds) => odds > LIMIT)) late += 1;
    }
    expect(late).toBeLessThan(6);
  });

  it('is over with the first calm reading, however long it lasted', () => {
    const wild = Array(40).fill(present(logOddsOf([6, -6, 6, -6]), 'log odds'));
    const calm = present(logOddsOf([0.4, -0.6, 0.2, 0.9]), 'log odds');
    expect(logOddsOfUnrest(wild.slice(1 - UNREST_READINGS), calm)).toBeLessThan(LIMIT);
  });

  it('does not take one wild value for several', () => {
    expect(logOddsOf([1000, 0.5, 0.5, 0.5])).toBeLessThan(4);
    expect(logOddsOf([1000])).toBeUndefined();
  });
});
