/** Builds the console if its sources changed since the last build; a check of `npm test`. */
import { inspectConsole } from '../bootstrap/facts.mjs';
import { buildConsole } from '../bootstrap/steps.mjs';

const state = inspectConsole();
if (state === 'stale') {
  buildConsole().catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
} else if (state === 'none') {
  process.stderr.write('renderer/vite.config.ts is missing\n');
  process.exitCode = 1;
} else {
  process.stdout.write('unchanged since the last build\n');
}
