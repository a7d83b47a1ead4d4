import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../fixtures/free-port.ts';
import { extractExamples, forebayArguments } from './examples.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOREBAY = join(ROOT, 'appliance', 'forebay.mjs');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`),
];
const EXAMPLES = PAGES.flatMap((page) => extractExamples(page, readFileSync(join(ROOT, page), 'utf8')));
const PLANTS = EXAMPLES.filter((example) => example.kind === 'plant');
const COMMANDS = EXAMPLES.filter((example) => example.kind !== 'plant').flatMap(({ page, line, lines }) =>
  lines.filter((text) => text.trim() !== '').map((text, at) => ({ where: `${page}:${line + 1 + at}`, text })),
);

let folder = '';

/** Waits for the line by which the appliance says that its API answers. */
async function untilListening(child: ChildProcess): Promise<void> {
  let output = '';
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk);
    if (output.includes('"listening"')) return;
  }
  throw new Error(`The appliance ended before it listened: ${output}`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-docs-'));
  const [plant] = PLANTS;
  const text = plant?.lines.join('\n') ?? '';
  writeFileSync(join(folder, 'plant.yaml'), text.replace('port: 1502', `port: ${await freePort()}`));
  const child = spawn(
    process.execPath,
    [FOREBAY, 'start', '--config', 'plant.yaml', '--data', 'data', '--port', String(await freePort())],
    { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'close');
  await untilListening(child);
  child.stdout?.resume();
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('examples of the pages', () => {
  it('are there', () => {
    expect(PLANTS.length).toBeGreaterThanOrEqual(1);
    expect(COMMANDS.length).toBeGreaterThanOrEqual(6);
  });

  it.each(PLANTS.map((plant) => [`${plant.page}:${plant.line}`, plant] as const))('%s is a valid plant', (_, plant) => {
    writeFileSync(join(folder, 'example.yaml'), plant.lines.join('\n'));
    const result = run(['config', 'validate', 'example.yaml']);
    // The keys and certificates that an example names lie at its plant.
    const said = result.stderr.split('\n').filter((line) => !line.startsWith('warning: ACQ_SECRET_MISSING: '));
    expect({ status: result.status, said }).toEqual({ status: 0, said: [''] });
  });

  it.each(COMMANDS.map(({ where, text }) => [where, text] as const))('%s runs: %s', (_, text) => {
    const programArguments = forebayArguments(text);
    expect(programArguments, 'an example that is run is a forebay command').toBeDefined();
    expect(run(programArguments ?? [])).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('extractExamples', () => {
  it('takes marked blocks with their lines and leaves the others', () => {
    const page = ['text', '```sh run', 'a', 'b', '```', '```sh', 'c', '```', '```yaml plant', 'd: 1', '```'].join('\n');
    expect(extractExamples('p.md', page)).toEqual([
      { page: 'p.md', line: 2, kind: 'run', lines: ['a', 'b'] },
      { page: 'p.md', line: 9, kind: 'plant', lines: ['d: 1'] },
    ]);
  });
});

function run(programArguments: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [FOREBAY, ...programArguments], { cwd: folder, encoding: 'utf8' });
}
