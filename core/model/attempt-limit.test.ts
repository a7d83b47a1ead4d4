import { expect, test } from 'vitest';
import { ATTEMPTS_PER_MINUTE_MAX, AttemptLimit } from './attempt-limit.ts';
import { seededRandom } from './random.ts';

test('no minute ever sees more attempts than allowed, and the next one waits no longer than it has to', () => {
  const random = seededRandom(12);
  const limit = new AttemptLimit();
  const begunMs: number[] = [];
  let nowMs = 1000;
  for (let n = 0; n < 400; n += 1) {
    nowMs += Math.floor(random.next() ** 3 * 9000);
    const waitMs = limit.waitMs(nowMs);
    nowMs += waitMs;
    expect(limit.waitMs(nowMs)).toBe(0);
    const twelfth = begunMs.at(-ATTEMPTS_PER_MINUTE_MAX);
    if (waitMs > 0) expect(nowMs).toBe((twelfth ?? 0) + 60_000);
    limit.note(nowMs);
    begunMs.push(nowMs);
  }
  for (const atMs of begunMs) {
    const within = begunMs.filter((other) => other >= atMs && other < atMs + 60_000).length;
    expect(within).toBeLessThanOrEqual(ATTEMPTS_PER_MINUTE_MAX);
  }
});
