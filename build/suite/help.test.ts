import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: Record<string, string> };
/** What is ours; the others hand --help to the program that they name. */
const OWN = Object.entries(scripts).filter(([, command]) => command.startsWith('node '));

test.each(OWN)('npm run %s -- --help prints how it is used, and does nothing else', async (_, command) => {
  const [, ...words] = command.split(' ');
  const said = await promisify(execFile)(process.execPath, [...words, '--help'], { cwd: ROOT });
  expect(said.stderr).toBe('');
  expect(said.stdout).toMatch(/^(?:npm (?:run|start|test)\b|usage: npm run|Usage: forebay)/i);
});
