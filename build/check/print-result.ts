import type { CheckResult } from './tree.ts';

/** Prints findings and counts, and sets the exit code. A check that counted nothing fails: it looked nowhere. */
export function printResult(name: string, check: () => CheckResult[]): void {
  const results = runCheck(check);
  if (results === undefined) return;
  for (const result of results) {
    for (const { path, line, message } of result.findings) process.stdout.write(`${path}:${line}: ${message}\n`);
    if (result.count === 0) process.stdout.write(`${name}: checked 0 ${result.counted}\n`);
  }
  const counts = results.map((result) => `${result.count} ${result.counted}`);
  process.stdout.write(`${name}: checked ${counts.join(', ')}\n`);
  if (results.some((result) => result.findings.length > 0 || result.count === 0)) process.exitCode = 1;
}

/** A file that does not parse ends the check with one line that names it. */
function runCheck(check: () => CheckResult[]): CheckResult[] | undefined {
  try {
    return check();
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return undefined;
  }
}
