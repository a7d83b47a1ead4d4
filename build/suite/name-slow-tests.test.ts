import { expect, test } from 'vitest';
import { NameSlowTests, SLOW_MS } from './name-slow-tests.ts';

test('what hangs is named by its test, or by its file where it hangs outside of them, until it ends', () => {
  let nowMs = 1000;
  const lines: string[] = [];
  const reporter = new NameSlowTests({ nowMs: () => nowMs, line: (text) => void lines.push(text) });
  const [a, b] = [{ relativeModuleId: 'core/a.test.ts' }, { relativeModuleId: 'core/b.test.ts' }];
  reporter.onTestModuleQueued(a);
  reporter.onTestModuleQueued(b);
  reporter.onTestCaseReady({ id: '1', fullName: 'quick', module: a });
  reporter.onTestCaseResult({ id: '1', module: a });
  reporter.onTestCaseReady({ id: '2', fullName: 'hangs', module: a });
  nowMs += SLOW_MS - 1;
  reporter.look();
  expect(lines).toEqual([]);
  nowMs += 60_001;
  reporter.look();
  expect(lines.splice(0)).toEqual([
    'still running after 4 min: core/a.test.ts > hangs',
    'still running after 4 min: core/b.test.ts',
  ]);
  reporter.onTestCaseResult({ id: '2', module: a });
  reporter.onTestModuleEnd(b);
  reporter.look();
  expect(lines).toEqual([]);
});
