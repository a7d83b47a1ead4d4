import { expect, it } from 'vitest';
import { judge } from '../judge.ts';
import { around, contextFor, steadyHistory, steadyReading } from '../readings.testing.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';

const AT = 200;

it.each([
  ['REJECTED', []],
  ['FLAGGED', ['VER_STEP_UNEXPLAINED']],
] as const)('a reading that was %s is %j a place from which power could have stepped', (status, codes) => {
  const history = steadyHistory(AT - 1);
  history.remember({ reading: { ...steadyReading(AT - 1), powerKw: around(300) }, status });
  const { findings } = judge(steadyReading(AT), contextFor(steadyReading(AT), history), DEFAULT_SETTINGS);
  expect(findings.map(({ code }) => code).filter((code) => code === 'VER_STEP_UNEXPLAINED')).toEqual(codes);
});
