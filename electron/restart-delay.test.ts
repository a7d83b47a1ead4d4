import { expect, it } from 'vitest';
import { restartDelayMs } from './restart-delay.ts';

it('doubles from one second up to half a minute and stays there', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 1_000].map(restartDelayMs)).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});
