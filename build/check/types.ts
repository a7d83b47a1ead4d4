/** Type check of every part, each with its own tsconfig.json: one run of tsc for each. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Folders with a tsconfig.json of their own; the root one covers the appliance, the core and the drivers. */
export const TYPED_PARTS = ['.', 'renderer', 'electron'].filter((part) =>
  existsSync(join(ROOT, part, 'tsconfig.json')),
);

if (import.meta.main && process.argv.includes('--help')) {
  process.stdout.write('npm run typecheck               the types of every part; ends with 1 where they do not fit\n');
} else if (import.meta.main) {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  for (const part of TYPED_PARTS) {
    const result = spawnSync(process.execPath, [compiler, '-p', part], { cwd: ROOT, stdio: 'inherit' });
    if (result.status !== 0) process.exitCode = 1;
  }
}
