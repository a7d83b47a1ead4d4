import { expect, it } from 'vitest';
import { firstRunningHash, nextRunningHash } from './running-hash.ts';

/** The values of the network's own test of its topics, with the hash that it expects there. */
it('gives the running hash that the network itself gives after two messages', () => {
  const startS = 3_234_567n;
  const hashOf = (previous: Buffer, sequenceNumber: number): Buffer =>
    nextRunningHash(previous, {
      payer: '0.0.123',
      topicId: '0.0.2',
      consensusNs: startS * 1_000_000_000n + BigInt(sequenceNumber - 1),
      sequenceNumber,
      message: Buffer.from('Hello world!'),
    });
  expect(hashOf(hashOf(firstRunningHash(), 1), 2).toString('hex')).toBe(
    'a19f77d351424204e3eeec1bb42bcdc728e521483bb99103dc7fa7c527db0c14aeefe4b0a8a7d0924b2f2c4a1d237bc5',
  );
});
