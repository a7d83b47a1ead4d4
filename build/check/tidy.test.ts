import { describe, expect, it } from 'vitest';
import { checkBannedCalls } from './tidy/banned-calls.ts';
import { checkDeadFiles } from './tidy/dead-files.ts';
import { checkDependencies } from './tidy/dependencies.ts';
import { checkErrorCodes } from './tidy/error-codes.ts';
import { checkGlossary, FLOW_WORDS } from './tidy/glossary.ts';
import { checkLinks } from './tidy/links.ts';
import { checkLockfile } from './tidy/lockfile.ts';
import { checkLongFiles } from './tidy/long-files.ts';
import { checkMachinePaths } from './tidy/machine-paths.ts';
import { checkWords } from './tidy/words.ts';
import { TIDY_CHECKS } from './tidy.ts';
import { type CheckResult, readTree, treeOf } from './tree.ts';

/** `path:line message` of every finding, in order. */
function said(result: CheckResult): string[] {
  return result.findings.map(({ path, line, message }) => `${path}:${line} ${message}`);
}

describe('banned calls', () => {
  it.each([
    ['core/ledger/a.ts', 'const t = Date.now();', 'Date.now is not used here; take a Clock'],
    ['core/ledger/a.ts', 'const t = new Date();', 'new Date() reads the clock'],
    ['core/ledger/a.ts', 'const t = performance.now();', 'performance.now is not used here'],
    ['core/ledger/a.ts', 'setTimeout(() => {}, 5);', 'setTimeout is not used here'],
    ['core/ledger/a.ts', 'setInterval(() => {}, 5);', 'setInterval is not used here'],
    ['core/ledger/a.ts', 'const r = Math.random();', 'Math.random is not used here; take a Random'],
    ['core/ledger/a.ts', 'const e = process.env.HOME;', 'process.env is not used here'],
    ['core/ledger/a.ts', 'const given = { now: Date.now };', 'Date.now is not used here'],
    ['appliance/a.ts', "console.log('x');", 'console.log is not used here; use the Log'],
    ['appliance/a.test.ts', "import 'node:test';", 'node:test is not counted; use vitest'],
    ['appliance/a.test.ts', "it.skip('x', () => {});", 'it.skip is not used here'],
    ['appliance/a.test.ts', "describe.only('x', () => {});", 'describe.only is not used here'],
    ['appliance/a.test.ts', "test.todo('x');", 'test.todo is not used here'],
    ['appliance/a.ts', 'export const a = 1 as any;', 'any switches the type check off'],
  ])('%s: %s', (path, line, message) => {
    const messages = said(checkBannedCalls(treeOf({ [path]: `\n${line}\n` })));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(`${path}:2 ${message}`);
  });

  it('leaves comments, strings, dates with an argument and other folders alone', () => {
    const tree = treeOf({
      'core/ledger/a.ts': "// Date.now()\nexport const a = 'Math.random()';\nexport const b = new Date(5);\n",
      'appliance/a.ts': 'export const now = Date.now();\n',
    });
    expect(said(checkBannedCalls(tree))).toEqual([]);
  });
});

describe('dead files', () => {
  const about = (tree: Record<string, string>): string[] =>
    said(checkDeadFiles(treeOf(tree))).filter((line) => !line.includes('entry point'));

  it('finds a file that only its test imports', () => {
    expect(about({ 'core/a.ts': '', 'core/a.test.ts': "import './a.ts';" })).toEqual([
      'core/a.ts:1 nothing but tests imports this file; use it or delete it',
    ]);
  });

  it('accepts what is imported, what is started, and what tests share', () => {
    const tree = {
      'appliance/forebay.mjs': "await import('./main.ts');",
      'appliance/main.ts': "new URL('worker.ts', import.meta.url);",
      'appliance/worker.ts': '',
      'tests/peers/server.ts': '',
      'tests/peers/a.test.ts': "import './server.ts';",
      'core/a.testing.ts': '',
      'core/a.test.ts': "import './a.testing.ts';",
    };
    expect(about(tree)).toEqual([]);
  });

  it('finds an entry point that is gone', () => {
    expect(said(checkDeadFiles(treeOf({ 'core/a.test.ts': '' }))).join('\n')).toContain(
      'forebay\\.mjs$/ matches no file',
    );
  });
});

describe('words', () => {
  it.each([
    ['core/a.ts', 'export const modbusTag = 1;', 'says tag; the word here is point'],
    ['core/a.ts', 'export interface A { transactionCount: number }', 'says transaction'],
    ['core/a.ts', 'export function read(channels: number) { return channels; }', 'says channel'],
    ['renderer/a.tsx', 'export const a = <p>Anchored on-chain</p>;', 'says onchain; the word here is anchored'],
    ['renderer/a.tsx', "export const a = 'It was uploaded just now';", 'says uploaded'],
    ['core/date-utils.ts', '', 'is not called utils'],
    ['core/common/a.ts', '', 'is not called common'],
  ])('%s: %s', (path, line, message) => {
    const messages = said(checkWords(treeOf({ [path]: line })));
    expect(messages.join('\n')).toContain(message);
  });

  it('leaves names of others and the protocol words alone', () => {
    const tree = treeOf({
      'core/store/a.ts': 'export const begin = (d: D) => d.transaction(() => 1);',
      'drivers/modbus/a.ts': 'export const transactionId = 5;',
      'core/a.ts': 'export const stage = 1; export const voltage = 2;',
    });
    expect(said(checkWords(tree))).toEqual([]);
  });
});

describe('glossary', () => {
  const row = (word: string): string => `| **${word}** | means | not |`;

  it('finds what is missing, strange or twice', () => {
    const rows = [...FLOW_WORDS.slice(1).map(row), row('widget'), row('seed')];
    expect(said(checkGlossary(treeOf({ 'GLOSSARY.md': rows.join('\n') })))).toEqual([
      `GLOSSARY.md:${rows.length - 1} widget is no word of the flow (FLOW_WORDS)`,
      `GLOSSARY.md:${rows.length} seed is explained twice`,
      'GLOSSARY.md:1 plant is not explained',
    ]);
  });
});

describe('long files', () => {
  const lines = (count: number): string => Array.from({ length: count }, (_, at) => `// ${at}`).join('\n');
  const long = (ratchet: Record<string, number>, texts: Record<string, string>): string[] =>
    said(checkLongFiles(treeOf({ 'build/check/long-files.json': JSON.stringify(ratchet), ...texts })));

  it('finds a file and a function above the limit', () => {
    const text = `export function slow() {\n${lines(70)}\n}\n${lines(229)}`;
    expect(long({}, { 'core/a.ts': text })).toEqual([
      'core/a.ts:1 core/a.ts has 301 lines, the limit is 300; split it',
      'core/a.ts:1 core/a.ts#slow has 72 lines, the limit is 70; split it',
    ]);
  });

  it('lets the list only shrink', () => {
    expect(long({ 'core/a.ts': 310 }, { 'core/a.ts': lines(310) })).toEqual([]);
    expect(long({ 'core/a.ts': 310 }, { 'core/a.ts': lines(311) })[0]).toContain('the limit is 310; split it');
    expect(long({ 'core/a.ts': 310 }, { 'core/a.ts': lines(305) })[0]).toContain('lower the number');
    expect(long({ 'core/a.ts': 310 }, { 'core/a.ts': lines(12) })[0]).toContain('take it off the list');
    expect(long({ 'core/a.ts': 310 }, {})[0]).toContain('core/a.ts is gone');
  });
});

describe('lockfile', () => {
  it('finds a package of another system that is left out, one without integrity, and an address', () => {
    const packages = {
      '': {},
      'node_modules/a': { integrity: 'sha512-1', optionalDependencies: { 'a-win32': '1', 'a-linux': '1' } },
      'node_modules/a/node_modules/a-linux': { integrity: 'sha512-2', resolved: 'https://host/a.tgz' },
      'node_modules/b': {},
    };
    expect(said(checkLockfile(treeOf({ 'package-lock.json': JSON.stringify({ packages }) })))).toEqual([
      'package-lock.json:1 a-win32, which node_modules/a may need on another system, is not locked',
      expect.stringContaining('a-linux has an address'),
      'package-lock.json:1 node_modules/b has no integrity',
    ]);
  });
});

describe('links', () => {
  it('finds a link to a file that is gone and leaves the web alone', () => {
    const page = '[a](docs/b.md) [c](https://example.org/x) [d](docs) [e](#part)\n[f](docs/c.md#x)';
    expect(said(checkLinks(treeOf({ 'README.md': page, 'docs/b.md': '[up](../README.md)' })))).toEqual([
      'README.md:2 links to docs/c.md, which does not exist',
    ]);
  });
});

describe('error codes', () => {
  it('compares the program and the page in both directions', () => {
    const tree = treeOf({
      'docs/errors.md': '## LED_ONE\n\nText.\n\n## LED_GONE\n',
      'core/a.ts': "// LED_COMMENT\nfail('LED_ONE'); fail('LED_TWO'); print(`DRV_S7_THREE: it`);",
      'core/a.test.ts': "fail('LED_IN_TEST');",
    });
    expect(said(checkErrorCodes(tree))).toEqual([
      'core/a.ts:2 LED_TWO has no section in docs/errors.md',
      'core/a.ts:2 DRV_S7_THREE has no section in docs/errors.md',
      'docs/errors.md:5 nothing uses LED_GONE',
    ]);
  });
});

describe('machine paths', () => {
  it('finds home folders and package hosts', () => {
    // Put together, because the check reads this file too.
    const home = ['', 'home', 'alice'].join('/');
    const tree = treeOf({
      'a.ts': `const a = '${home}/x';\nconst b = '/home/operator/x';\nconst c = 'https://plant.example/home/x';`,
      'b.md': ['see registry', 'npmjs.org'].join('.'),
      '.npmrc': 'save-exact=true\nregistry=https://host/',
    });
    expect(said(checkMachinePaths(tree)).map((line) => line.split(' ')[0])).toEqual(['.npmrc:2', 'a.ts:1', 'b.md:1']);
  });
});

describe('dependencies', () => {
  it('compares package.json and the page in both directions', () => {
    const tree = treeOf({
      'package.json': '{ "dependencies": { "a": "1" }, "devDependencies": { "@b/c": "1" } }',
      'docs/dependencies.md': '| package |\n| --- |\n| `a` | x |\n| `z` | y |\n',
    });
    expect(said(checkDependencies(tree))).toEqual([
      'docs/dependencies.md:1 @b/c of package.json has no row',
      'docs/dependencies.md:4 z is not in package.json',
    ]);
  });
});

describe('the real tree', () => {
  it('gives every check something to look at', () => {
    const tree = readTree();
    expect(TIDY_CHECKS.map((check) => check(tree)).filter((result) => result.count === 0)).toEqual([]);
    expect(tree.paths()).toContain('.npmrc');
    expect(tree.paths()).toContain('.ci/run');
  });
});
