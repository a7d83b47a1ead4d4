import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Imports the drivers in a process of its own and prints which packages that brought in. */
const PROGRAM = `
  import { createRequire } from 'node:module';
  const { mqtt } = await import('./drivers/mqtt/mqtt.ts');
  const { sparkplugB } = await import('./drivers/mqtt/sparkplug-b.ts');
  const loaded = () => Object.keys(createRequire(import.meta.url).cache)
    .filter((path) => /node_modules.(mqtt|sparkplug-payload|protobufjs)./.test(path)).length;
  const before = loaded();
  await import('mqtt');
  process.stdout.write(JSON.stringify({ drivers: [mqtt.name, sparkplugB.name], before, after: loaded() > 0 }));
`;

test('the protocol libraries are not loaded before the first connection', () => {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: new URL('../../', import.meta.url),
    encoding: 'utf8',
  });
  // The last of the three shows that a loaded library would have been seen.
  expect(JSON.parse(output)).toEqual({ drivers: ['mqtt', 'sparkplug-b'], before: 0, after: true });
});
