/**
 * The work of `npm test` once everything is installed: the static checks, the console build, then every test in
 * one vitest run. The last line is the sum, alone on its line. `--static` stops after the static checks; paths
 * narrow the tests.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONSOLE_BUILD, runCheck, STATIC_CHECKS } from './checks.ts';
import { SLOW_TESTS_REPORTER } from './name-slow-tests.ts';
import { chooseSeed } from './seed.ts';
import { addTallies, type Tally, type TestReport, tallyLine, tallyReport } from './tally.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Against tests that hang: on two idle cores all of them take about ten minutes, on a busy machine a multiple of it. */
const TESTS_LIMIT_MS = 45 * 60 * 1000;

function readSeed(): number {
  const commit = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' });
  return chooseSeed(process.env.FOREBAY_SEED, commit.status === 0 ? commit.stdout : undefined);
}

async function runTests(paths: string[], seed: number): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-tests-'));
  const reportFile = join(folder, 'report.json');
  const options = [
    '--reporter=default',
    '--reporter=json',
    `--reporter=${SLOW_TESTS_REPORTER}`,
    `--outputFile.json=${reportFile}`,
  ];
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { ...process.env, FOREBAY_SEED: String(seed) };
  const child = spawn(process.execPath, [vitest, 'run', ...options, ...paths], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
    timeout: TESTS_LIMIT_MS,
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGINT', () => child.kill('SIGINT'));
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal !== null) process.stdout.write(`The tests were stopped by ${signal}.\n`);
  const tally = tallyReport(readReport(reportFile));
  rmSync(folder, { recursive: true, force: true });
  if (status !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
}

function readReport(path: string): TestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as TestReport;
  } catch {
    return undefined;
  }
}

const USAGE = `npm run check                   type check, lint, import rules, tidy and generated files
npm test -- --help              the tests, too
`;

const options = process.argv.slice(2);
if (options.includes('--help')) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const isStaticOnly = options.includes('--static');
const checks = isStaticOnly ? STATIC_CHECKS : [...STATIC_CHECKS, CONSOLE_BUILD];
let tally: Tally = checks.map(runCheck).reduce(addTallies);
if (!isStaticOnly) {
  const seed = readSeed();
  process.stdout.write(`SEED=${seed}\n`);
  tally = addTallies(
    tally,
    await runTests(
      options.filter((option) => !option.startsWith('--')),
      seed,
    ),
  );
}
for (const name of tally.skipped) process.stdout.write(`skipped: ${name.replace(ROOT, '')}\n`);
process.stdout.write(`${tallyLine(tally)}\n`);
if (tally.failed > 0) process.exitCode = 1;
