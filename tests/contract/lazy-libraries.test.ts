import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DRIVER_PACKAGES } from '../../build/check/import-table.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Loads all drivers, the appliance and its Hedera target in a process of its own, looking at every module that comes in, and then a library of each. */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  const loaded = new Set();
  const seen = (url) => {
    const name = url.split('/node_modules/').at(-1).split('/');
    if (url.includes('/node_modules/')) loaded.add(name[0].startsWith('@') ? name.slice(0, 2).join('/') : name[0]);
  };
  registerHooks({ load: (url, context, next) => { seen(url); return next(url, context); } });
  const { drivers } = await import('./appliance/drivers.ts');
  await import('./appliance/appliance.ts');
  await import('./appliance/sync/open-hedera.ts');
  const packages = JSON.parse(process.env.PACKAGES);
  const early = packages.filter((name) => loaded.has(name));
  const before = [...loaded];
  for (const name of packages) await import(name).catch(() => undefined);
  const late = packages.filter((name) => loaded.has(name));
  process.stdout.write(JSON.stringify({ drivers: drivers.size, early, late, before }));
`;

test('no library of a protocol or of a target is loaded before something is connected', () => {
  const packages = [...new Set([...Object.values(DRIVER_PACKAGES).flat(), '@hashgraph/sdk'])]
    .filter((name) => name !== 'zod')
    .sort();
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PACKAGES: JSON.stringify(packages) },
  });
  const { drivers, early, late, before } = JSON.parse(output);
  expect(drivers).toBeGreaterThanOrEqual(9);
  expect(early).toEqual([]);
  // What is always needed was seen, and each library would have been.
  expect(before).toContain('zod');
  expect(late).toEqual(packages);
});
