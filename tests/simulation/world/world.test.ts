import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { announceSeed } from '../../contract/driver-host.ts';
import { MUTATIONS } from './mutations.ts';

const seed = announceSeed('worlds');
/** The large run is `npm run simulate`. */
const WORLDS = 300;
const MINUTES = 4;
const PROGRAM = fileURLToPath(new URL('./simulate.ts', import.meta.url));

async function simulate(...options: readonly (string | number)[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...options.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

test('in no world is anything lost, doubled, moved or left unexplained', async () => {
  const { code, output } = await simulate('--seed', seed, '--worlds', WORLDS, '--minutes', MINUTES);
  expect(output).toContain('worlds with something wrong: 0');
  expect(code).toBe(0);
  expect(Number(/power cuts: (\d+)/.exec(output)?.[1])).toBeGreaterThan(WORLDS / 2);
  expect(Number(/packed: (\d+)/.exec(output)?.[1])).toBeGreaterThan(WORLDS);
});

test('the same seed gives the same world, to every root, and another seed another one', async () => {
  const eventsOf = async (own: number): Promise<string> => {
    const { output } = await simulate('--seed', own, '--minutes', 8, '--events');
    return output;
  };
  const [one, again, other] = await Promise.all([eventsOf(seed), eventsOf(seed), eventsOf(seed + 1)]);
  expect(one).toMatch(/events [0-9a-f]{16}/);
  expect(one).toBe(again);
  expect(one).not.toBe(other);
});

test.each(Object.keys(MUTATIONS))('a checker finds the mistake "%s"', async (name) => {
  const { code, output } = await simulate('--seed', seed, '--worlds', 60, '--minutes', 7, '--mutate', name);
  expect(output).toContain('WRONG');
  expect(output).toMatch(/again: npm run simulate -- --seed \d+ --minutes 7/);
  expect(code).toBe(1);
});
