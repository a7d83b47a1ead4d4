import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TYPED_PARTS } from '../check/types.ts';
import type { Tally } from './tally.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Check {
  name: string;
  /** Arguments of Node. */
  run: string[];
}

/** What is checked without running the product: each counts as one in the sum. */
export const STATIC_CHECKS: readonly Check[] = [
  ...TYPED_PARTS.map((part) => ({
    name: `types (${part === '.' ? 'core, drivers, appliance, build, tests' : part})`,
    run: ['node_modules/typescript/bin/tsc', '-p', part],
  })),
  {
    name: 'lint and format',
    run: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  },
  { name: 'import rules', run: ['build/check/imports.ts'] },
  { name: 'tidy', run: ['build/check/tidy.ts'] },
  { name: 'generated files', run: ['build/check/generated.ts'] },
];

export const CONSOLE_BUILD: Check = { name: 'console build', run: ['build/suite/build-console.mjs'] };

/** Runs one check and says how it went; what it printed is shown only if it counted something or failed. */
export function runCheck(check: Check): Tally {
  const startedMs = performance.now();
  const [script = ''] = check.run;
  const result = spawnSync(process.execPath, check.run, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const isPassed = result.status === 0;
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  process.stdout.write(`${isPassed ? 'ok  ' : 'FAIL'} ${check.name} (${seconds} s)\n`);
  if (!isPassed) process.stdout.write(output);
  else if (script.startsWith('build/')) process.stdout.write(output.replace(/^/gm, '     ').trimEnd().concat('\n'));
  return { passed: isPassed ? 1 : 0, failed: isPassed ? 0 : 1, skipped: [] };
}
