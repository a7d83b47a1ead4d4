import { describe, expect, it } from 'vitest';
import { CORE_RULES, NOUN_FILES, STAGES } from './import-table.ts';
import { checkImports } from './imports.ts';
import { readTree, treeOf } from './tree.ts';

const NOUNS = Object.fromEntries(
  Object.entries(NOUN_FILES).flatMap(([stage, files]) => files.map((file) => [`core/${stage}/${file}`, ''])),
);

/** The findings for one file, in a tree that otherwise holds. */
function judge(path: string, line: string): string[] {
  return checkImports(treeOf({ ...NOUNS, [path]: `${line}\n` })).findings.map((finding) => finding.message);
}

const FORBIDDEN: [why: string, path: string, line: string, names: string][] = [
  ['the model knows no stage', 'core/model/a.ts', "import '../ledger/entry.ts';", 'core/ledger/entry.ts'],
  ['the model uses no package', 'core/model/a.ts', "import { z } from 'zod';", 'zod'],
  ['the model touches no machine', 'core/model/a.ts', "import { readFileSync } from 'node:fs';", 'node:fs'],
  ['no later stage', 'core/acquisition/a.ts', "import '../ledger/entry.ts';", 'core/ledger/entry.ts'],
  [
    'no verb of an earlier stage',
    'core/ledger/a.ts',
    "import '../acquisition/poller.ts';",
    'core/acquisition/poller.ts',
  ],
  ['types count', 'core/verification/a.ts', "import type { A } from '../store/handle.ts';", 'core/store/handle.ts'],
  ['re-exports count', 'core/acquisition/a.ts', "export * from '../store/handle.ts';", 'core/store/handle.ts'],
  ['dynamic imports count', 'core/ledger/a.ts', "await import('../../appliance/main.ts');", 'appliance/main.ts'],
  ['import types count', 'core/ledger/a.ts', "let a: import('../sync/outbox.ts').A;", 'core/sync/outbox.ts'],
  ['worker files count', 'core/store/a.ts', "new URL('../sync/worker.ts', import.meta.url);", 'core/sync/worker.ts'],
  ['worker files without a dot count', 'renderer/a.ts', "new URL('../core/x.ts', import.meta.url);", 'core/x.ts'],
  ['no environment in a stage', 'core/ledger/a.ts', "import { env } from 'node:process';", 'node:process'],
  ['SQLite stays in the store', 'core/ledger/a.ts', "import D from 'better-sqlite3';", 'better-sqlite3'],
  ['a folder that is no stage', 'core/billing/a.ts', "import '../model/clock.ts';", 'core/model/clock.ts'],
  ['no driver in another', 'drivers/opcua/a.ts', "import '../simulator/plant.ts';", 'drivers/simulator/plant.ts'],
  [
    'no store in a driver',
    'drivers/modbus/a.ts',
    "import '../../core/store/open-store.ts';",
    'core/store/open-store.ts',
  ],
  ['own protocol library', 'drivers/simulator/a.ts', "import M from 'modbus-serial';", 'modbus-serial'],
  ['no window in the appliance', 'appliance/a.ts', "import { app } from 'electron';", 'electron'],
  ['SQLite is not for the appliance', 'appliance/a.ts', "import D from 'better-sqlite3';", 'better-sqlite3'],
  ['no stage in the window', 'electron/a.ts', "import '../core/model/clock.ts';", 'core/model/clock.ts'],
  ['only public types in the window', 'electron/a.ts', "import '../appliance/main.ts';", 'appliance/main.ts'],
  ['no Node in the console', 'renderer/a.tsx', "import { join } from 'node:path';", 'node:path'],
  [
    'no core in the console',
    'renderer/a.tsx',
    "import type { A } from '../core/model/clock.ts';",
    'core/model/clock.ts',
  ],
  ['no appliance in the console', 'renderer/a.tsx', "import '../appliance/api/schema/status.ts';", 'appliance/api'],
  ['listed packages in the console', 'renderer/a.tsx', "import 'fastify';", 'fastify'],
  ['no appliance in a core test', 'core/ledger/a.test.ts', "import '../../appliance/main.ts';", 'appliance/main.ts'],
  ['no driver in a core test', 'core/ledger/a.test.ts', "import '../../drivers/modbus/decode.ts';", 'drivers/modbus'],
  ['no product in the build', 'build/a.ts', "import '../core/model/clock.ts';", 'core/model/clock.ts'],
];

const ALLOWED: [why: string, path: string, line: string][] = [
  ['a noun of an earlier stage', 'core/ledger/a.ts', "import type { R } from '../acquisition/reading.ts';"],
  ['configuration in every stage', 'core/store/a.ts', "import type { P } from '../config/plant.ts';"],
  ['the shared Modbus code', 'drivers/csv/a.ts', "import '../modbus/decode.ts';"],
  ['the driver port', 'drivers/modbus/a.ts', "import type { D } from '../../core/acquisition/driver.ts';"],
  ['everything in the appliance', 'appliance/a.ts', "import '../core/store/open-store.ts';"],
  ['subpaths of a listed package', 'renderer/a.tsx', "import '@mantine/core/styles.css';"],
  ['more in a test', 'core/ledger/a.test.ts', "import { it } from 'vitest';\nimport '../store/open-store.ts';"],
  [
    'a word in a comment',
    'core/model/a.ts',
    "// import '../ledger/entry.ts';\nexport const a = \"import 'electron'\";",
  ],
];

describe('import rules', () => {
  it.each(FORBIDDEN)('refuses: %s', (_why, path, line, names) => {
    const messages = judge(path, line);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(names);
    expect(messages[0]).toContain('It may import these');
  });

  it.each(ALLOWED)('allows: %s', (_why, path, line) => {
    expect(judge(path, line)).toEqual([]);
  });

  it('names the line of the import', () => {
    const tree = treeOf({ ...NOUNS, 'core/model/a.ts': "\n\nimport '../ledger/entry.ts';\n" });
    expect(checkImports(tree).findings[0]).toMatchObject({ path: 'core/model/a.ts', line: 3 });
  });

  it('finds a noun file of the table that is gone', () => {
    const { 'core/ledger/entry.ts': _gone, ...rest } = NOUNS;
    expect(checkImports(treeOf(rest)).findings.map((finding) => finding.message)).toEqual([
      'names core/ledger/entry.ts, which does not exist',
    ]);
  });

  it('reads the real tree: every stage in core/ is in the order', () => {
    const stages = new Set(
      readTree()
        .paths()
        .filter((path) => /^core\/[^/]+\/.*\.ts$/.test(path))
        .map((path) => path.split('/')[1] ?? ''),
    );
    for (const folder of Object.keys(CORE_RULES)) stages.delete(folder);
    expect([...stages].filter((stage) => !STAGES.some((known) => known === stage))).toEqual([]);
    expect(stages.size).toBeGreaterThan(3);
    expect(checkImports(readTree()).count).toBeGreaterThan(100);
  });
});
