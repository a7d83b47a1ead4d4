/** Files that a script writes from others must be what that script gives now. Whoever changed a source is told at once. */
import { readFile } from 'node:fs/promises';
import { API_TYPES_PATH, generateApiTypes } from '../api-types.ts';
import { generateVerifyPage, VERIFY_PAGE_PATH } from '../verify-page.ts';

const GENERATED = [
  { path: VERIFY_PAGE_PATH, generate: generateVerifyPage, script: 'build/verify-page.ts' },
  { path: API_TYPES_PATH, generate: generateApiTypes, script: 'build/api-types.ts' },
];

for (const { path, generate, script } of GENERATED) {
  if ((await readFile(path, 'utf8')) === (await generate())) continue;
  process.stdout.write(`${path}: is not what its sources give; run: npm exec -c 'node ${script}'\n`);
  process.exitCode = 1;
}
process.stdout.write(`generated: checked ${GENERATED.length} files\n`);
