import { describe, expect, it } from 'vitest';
import { parseFailure } from './failure.ts';

describe('parseFailure', () => {
  it('reads code, sentence and hint', () => {
    const line = 'APP_PORT_TAKEN: Port 8740 is in use by another program (choose another with --port)';
    expect(parseFailure(line)).toEqual({
      code: 'APP_PORT_TAKEN',
      sentence: 'Port 8740 is in use by another program',
      hint: 'choose another with --port',
    });
  });

  it('keeps parentheses inside the hint, and does without one', () => {
    expect(parseFailure('CFG_UNIT: Bad unit (one of m3/s (metric) or kW)')?.hint).toBe('one of m3/s (metric) or kW');
    expect(parseFailure('LED_DAMAGED: Entry 7 does not hash to its leaf')).toEqual({
      code: 'LED_DAMAGED',
      sentence: 'Entry 7 does not hash to its leaf',
      hint: undefined,
    });
  });

  it('takes no other line for an error', () => {
    for (const line of [
      '',
      '{"level":30,"msg":"APP_X: y"}',
      'Error: something',
      'ERROR: in capitals',
      '    at main.ts:3',
    ]) {
      expect(parseFailure(line)).toBeUndefined();
    }
  });
});
