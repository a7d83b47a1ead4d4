import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { present } from '../core/model/assert.ts';

const MODULE = new URL('./few-arenas.mjs', import.meta.url).href;
const PROGRAM = `
  import { keepFewArenas } from ${JSON.stringify(MODULE)};
  keepFewArenas();
  const { pid, argv, execArgv, env } = process;
  console.log(JSON.stringify({ pid, rest: argv.slice(1), flag: execArgv.includes('--no-deprecation'), arenas: env.MALLOC_ARENA_MAX }));
`;

async function run(arenas: string | undefined, isTalking = false): Promise<Record<string, unknown>> {
  const { MALLOC_ARENA_MAX: _, ...rest } = process.env;
  const env = arenas === undefined ? rest : { ...rest, MALLOC_ARENA_MAX: arenas };
  const args = ['--no-deprecation', '--input-type=module', '--eval', PROGRAM, '--', 'start', 'a b'];
  const child = spawn(process.execPath, args, {
    env,
    stdio: ['ignore', 'pipe', 'inherit', ...(isTalking ? (['ipc'] as const) : [])],
  });
  const [output] = await Promise.all([text(present(child.stdout, 'standard output')), once(child, 'exit')]);
  return { ...JSON.parse(output), isSame: JSON.parse(output).pid === child.pid };
}

test('begins anew once, under the same id and with the same arguments', async () => {
  const arenas = process.platform === 'linux' ? '2' : undefined;
  const same = { isSame: true, rest: ['start', 'a b'], flag: true };
  expect(await run(undefined)).toMatchObject({ ...same, ...(arenas === undefined ? {} : { arenas }) });
  expect(await run('7')).toMatchObject({ ...same, arenas: '7' });
});

test('leaves a process alone whose parent talks with it', async () => {
  const told = await run(undefined, true);
  expect(told).toMatchObject({ isSame: true, rest: ['start', 'a b'] });
  expect(told.arenas).toBeUndefined();
});
