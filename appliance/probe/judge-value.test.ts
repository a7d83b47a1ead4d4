import { expect, test } from 'vitest';
import { judgeValue } from './judge-value.ts';

test.each([
  ['Hz', 49.98, 'plausible'],
  ['Hz', 4998, 'implausible'],
  ['V', 231.2, 'plausible'],
  ['V', 6312, 'plausible'],
  ['V', 2.3e-39, 'implausible'],
  ['kV', 11.02, 'plausible'],
  ['kV', 11_020, 'implausible'],
  ['1', 0.97, 'plausible'],
  ['1', 97, 'implausible'],
  ['pH', 718, 'implausible'],
  ['kW', 0, 'zero'],
  ['kW', 1e30, 'implausible'],
  ['kWh', -5, 'implausible'],
  ['Cel', -3.5, 'plausible'],
] as const)('%s %s is %s', (unit, value, verdict) => {
  expect(judgeValue({ unit, kind: 'gauge' }, value).verdict).toBe(verdict);
});

test('a state is plausible by its name, and a unit that nobody knows weighs nothing', () => {
  expect(judgeValue({ unit: '', kind: 'state' }, 'generating').verdict).toBe('plausible');
  expect(judgeValue({ unit: 'furlong', kind: 'gauge' }, 7)).toEqual({ verdict: 'plausible', weight: 0 });
});
