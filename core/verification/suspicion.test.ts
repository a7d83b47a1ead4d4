import { describe, expect, it } from 'vitest';
import { suspect } from './suspicion.ts';

describe('suspect', () => {
  it('keeps a number that JSON cannot carry as a word', () => {
    const words = { code: 'VER_TEST', message: 'm', action: 'a', evidence: { quotient: 1 / 0, power: 7, unit: 'kW' } };
    const { finding } = suspect('physics', 'flag', 0.5, words);
    expect(finding.evidence).toEqual({ quotient: 'Infinity', power: 7, unit: 'kW' });
  });
});
