import { expect, it } from 'vitest';
import { present } from '../../../model/assert.ts';
import { parseInstant } from './instant.ts';
import { FIRST_RUNNING_HASH, nextRunningHash } from './running-hash.ts';

/** Messages of real topics, as mirrors of the networks gave them: topic, payer, sequence, time, message, hash before, hash. */
const TESTNET = { topicId: '0.0.4603900', payerId: '0.0.2617920' };
const MAINNET = { topicId: '0.0.642394', payerId: '0.0.950' };
const ZERO = Buffer.from(FIRST_RUNNING_HASH).toString('base64');

it.each([
  [
    { ...TESTNET, sequence: 1 },
    '1683553059.977315003',
    'TWVzc2FnZSAx',
    ZERO,
    'vKnW8bYSjhYtHtMNOJWrkfyv77kKc4EREDycKE2L37aU0SYlx+g6HB9ah7CTFSxl',
  ],
  [
    { ...TESTNET, sequence: 2 },
    '1683553060.092158003',
    'TWVzc2FnZSAy',
    'vKnW8bYSjhYtHtMNOJWrkfyv77kKc4EREDycKE2L37aU0SYlx+g6HB9ah7CTFSxl',
    'JM8LpmRwUVc+wiwzRHBgcCv8uJkbfan8BV2QPC0hBMgXA9KIvy8TwOoXsukgmeC+',
  ],
  [
    { ...TESTNET, sequence: 3 },
    '1683553060.328178003',
    'TWVzc2FnZSAz',
    'JM8LpmRwUVc+wiwzRHBgcCv8uJkbfan8BV2QPC0hBMgXA9KIvy8TwOoXsukgmeC+',
    'OL6EUxAayPsRiuhwflX5heRgIGEWmHcJU7bS2qBPeJNoOiMQmaY0H6G/pXJ7wGQz',
  ],
  [
    { ...MAINNET, sequence: 6 },
    '1642097190.065332012',
    'YmFja2dyb3VuZE1lc3NhZ2U=',
    '8byKHCHutoTADN1e83GtFAMek+5BffakLZUuGOre0cAt3s4yk1jnxLvWsttLfs3n',
    'Qbj2w8zTxPQfB52pbwP/Quba5azJqmi0n0PvCaYL5+m3ytQuVoMREbYyjPYqnTS+',
  ],
])('comes to the running hash that the network gave %o', (facts, at, message, before, after) => {
  const consensusAt = present(parseInstant(at), 'the time');
  const next = { ...facts, consensusAt, message: Buffer.from(message, 'base64') };
  expect(Buffer.from(nextRunningHash(Buffer.from(before, 'base64'), next)).toString('base64')).toBe(after);
});
