/** What a run came to. A skipped test is named, so that nobody overlooks it. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: string[];
}

/** The part of vitest's JSON report that is counted. */
export interface TestReport {
  success: boolean;
  testResults: {
    name: string;
    status: 'passed' | 'failed';
    assertionResults: { status: string; fullName: string }[];
  }[];
}

/**
 * Counts a test run. A file that could not be loaded holds no tests, and counts as one failure; so does a run that
 * failed although no test did (an error outside every test), and a run without a report (it crashed).
 */
export function tallyReport(report: TestReport | undefined): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: [] };
  if (report === undefined) return { ...tally, failed: 1 };
  for (const file of report.testResults) {
    const statuses = file.assertionResults.map((test) => test.status);
    tally.passed += statuses.filter((status) => status === 'passed').length;
    const failed = statuses.filter((status) => status === 'failed').length;
    tally.failed += file.status === 'failed' && failed === 0 ? 1 : failed;
    for (const test of file.assertionResults) {
      if (test.status !== 'passed' && test.status !== 'failed') tally.skipped.push(`${file.name}: ${test.fullName}`);
    }
  }
  if (!report.success && tally.failed === 0) tally.failed = 1;
  return tally;
}

export function addTallies(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: [...a.skipped, ...b.skipped] };
}

/** The last line of `npm test`. */
export function tallyLine(tally: Tally): string {
  const line = `${tally.passed} passed, ${tally.failed} failed`;
  return tally.skipped.length === 0 ? line : `${line}, ${tally.skipped.length} skipped`;
}
