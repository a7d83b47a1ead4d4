import { describe, expect, it } from 'vitest';
import { addTallies, type TestReport, tallyLine, tallyReport } from './tally.ts';

function report(success: boolean, files: TestReport['testResults']): TestReport {
  return { success, testResults: files };
}

describe('tallyReport', () => {
  it('counts tests by what became of them and names the skipped', () => {
    const tests = ['passed', 'passed', 'passed', 'failed', 'skipped', 'todo'].map((status, at) => ({
      status,
      fullName: `test ${at}`,
    }));
    expect(tallyReport(report(false, [{ name: 'a.test.ts', status: 'failed', assertionResults: tests }]))).toEqual({
      passed: 3,
      failed: 1,
      skipped: ['a.test.ts: test 4', 'a.test.ts: test 5'],
    });
  });

  it('counts a file that could not be loaded as one failure', () => {
    const files: TestReport['testResults'] = [
      { name: 'a.test.ts', status: 'failed', assertionResults: [] },
      { name: 'b.test.ts', status: 'passed', assertionResults: [{ status: 'passed', fullName: 'b' }] },
    ];
    expect(tallyReport(report(false, files))).toEqual({ passed: 1, failed: 1, skipped: [] });
  });

  it('counts an error outside every test, and a run without a report, as one failure', () => {
    const files: TestReport['testResults'] = [
      { name: 'b.test.ts', status: 'passed', assertionResults: [{ status: 'passed', fullName: 'b' }] },
    ];
    expect(tallyReport(report(false, files)).failed).toBe(1);
    expect(tallyReport(undefined)).toEqual({ passed: 0, failed: 1, skipped: [] });
  });
});

describe('tallyLine', () => {
  it('names the skipped only if there are any', () => {
    const a = { passed: 5, failed: 0, skipped: [] };
    expect(tallyLine(a)).toBe('5 passed, 0 failed');
    expect(tallyLine(addTallies(a, { passed: 2, failed: 1, skipped: ['x', 'y'] }))).toBe(
      '7 passed, 1 failed, 2 skipped',
    );
  });
});
