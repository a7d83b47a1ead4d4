/**
 * Who may import whom, as data. docs/architecture.md shows the same table to people; build/check/imports.ts
 * enforces this one. An entry that ends in `/` allows a folder, any other exactly that file.
 */
export interface ImportRule {
  /** How the importer is called in messages. */
  zone: string;
  /** Paths of ours that may be imported. */
  ours: readonly string[];
  /** npm packages that may be imported, subpaths included. */
  packages: readonly string[];
  /** Modules of Node that may be imported. */
  node: readonly string[] | 'all';
}

/** The stages of core/ in the order of the flow. A stage sees noun files of the stages before it. */
export const STAGES = ['config', 'acquisition', 'verification', 'ledger', 'store', 'sync', 'carbon', 'shadow'] as const;
export type Stage = (typeof STAGES)[number];

/** The files of a stage that name its nouns and that later stages may see. `config/` is open as a whole. */
export const NOUN_FILES: Partial<Record<Stage, readonly string[]>> = {
  acquisition: ['driver.ts', 'fingerprint.ts', 'probe.ts', 'reading.ts', 'sample.ts', 'shared.ts'],
  verification: ['credit.ts', 'layer.ts', 'review.ts', 'verdict.ts'],
  // The storage that the ledger asks for: its own port, which the store implements.
  ledger: [
    'checkpoint.ts',
    'cosignature.ts',
    'entry.ts',
    'key-disk.ts',
    'ledger-storage.ts',
    'merkle.ts',
    'mint-entries.ts',
    'month-closed.ts',
    'projection.ts',
  ],
  // What lanes keep of their deliveries stands beside the ledger, in the same write.
  store: ['handle.ts'],
};

/** npm packages by stage: a stage not named here uses none. */
export const STAGE_PACKAGES: Partial<Record<Stage, readonly string[]>> = {
  // A driver describes its own part of plant.yaml, so the port names the schema type.
  acquisition: ['zod'],
  config: ['fastest-levenshtein', 'yaml', 'zod'],
  // Bodies of entries have a schema each.
  ledger: ['zod'],
  store: ['better-sqlite3', 'better-sqlite3-multiple-ciphers'],
  // What targets answer has a schema each.
  sync: ['zod'],
  // The settings of the layers are part of plant.yaml.
  verification: ['zod'],
};

/** Modules of Node in the core: those that compute, and those that touch the machine only where that is the job. */
export const CORE_NODE = ['node:crypto', 'node:zlib'] as const;
export const STAGE_NODE: Partial<Record<Stage, readonly string[]>> = {
  // The build of SQLite with ciphers is loaded with the first encrypted store.
  store: ['node:fs', 'node:module', 'node:path', 'node:worker_threads'],
};

/** The protocol library of each driver. */
export const DRIVER_PACKAGES: Record<string, readonly string[]> = {
  modbus: ['modbus-serial', 'serialport'],
  opcua: ['node-opcua'],
  mqtt: ['mqtt', 'sparkplug-payload'],
  s7: ['nodes7'],
  http: [],
  csv: ['csv-parse'],
  simulator: [],
};
export const DRIVER_OURS = [
  'core/model/',
  'core/config/',
  'core/acquisition/driver.ts',
  'core/acquisition/probe.ts',
  'core/acquisition/sample.ts',
  'core/acquisition/shared.ts',
  'drivers/modbus/',
] as const;
export const DRIVER_NODE = [
  'node:buffer',
  'node:crypto',
  'node:events',
  'node:fs',
  'node:net',
  'node:os',
  'node:path',
  'node:stream',
  'node:tls',
  'node:util',
] as const;

export const APPLIANCE_PACKAGES = [
  '@fastify/cookie',
  '@fastify/helmet',
  '@fastify/rate-limit',
  '@fastify/static',
  '@fastify/swagger',
  '@fastify/swagger-ui',
  'fastify',
  'csv-parse',
  'fastify-type-provider-zod',
  'pino',
  'sonic-boom',
  'prom-client',
  'yaml',
  'zod',
] as const;

export const RENDERER_PACKAGES = [
  '@mantine/core',
  '@mantine/hooks',
  '@tanstack/react-query',
  '@tanstack/react-router',
  'i18next',
  'react',
  'react-dom',
  'react-i18next',
  'uplot',
] as const;

/** What tests use on top of what their subject may use. */
export const TEST_PACKAGES = [
  '@axe-core/playwright',
  '@hashgraph/sdk',
  'app-builder-lib',
  'better-sqlite3',
  'fast-check',
  'playwright-core',
  'vitest',
  'yaml',
] as const;

/** The rule for one file of ours. */
export function ruleFor(path: string): ImportRule {
  const base = baseRule(path);
  if (path.startsWith('tests/')) return base;
  return /\.(test|bench)\.(ts|tsx)$/.test(path) ? testRule(path, base) : base;
}

function baseRule(path: string): ImportRule {
  const [top = '', second = ''] = path.split('/');
  if (path.startsWith(HEDERA_FOLDER)) return hederaRule();
  if (top === 'core') return CORE_RULES[second] ?? stageRule(second);
  if (top === 'drivers') return driverRule(second);
  if (path.startsWith('renderer/verify/')) return VERIFY_PAGE_RULE;
  const rule = TOP_RULES[top];
  if (rule !== undefined) return FILE_RULES[path] ?? rule;
  return { zone: path, ours: [], packages: ['vitest'], node: 'all' };
}

/** The one place that knows the SDK of its network. */
const HEDERA_FOLDER = 'core/sync/targets/hedera/';

/** Folders of core/ that are no stages of the flow. */
export const CORE_RULES: Record<string, ImportRule> = {
  model: { zone: 'core/model', ours: ['core/model/'], packages: [], node: [] },
  // Checks evidence without the plant, in Node and in a browser: no store, no module of Node, and of the stages only what
  // must be the same on both sides.
  evidence: {
    zone: 'core/evidence',
    ours: [
      'core/model/',
      'core/evidence/',
      'core/acquisition/reading.ts',
      'core/carbon/month-sums.ts',
      'core/carbon/net-sums.ts',
      'core/ledger/canonical.ts',
      'core/ledger/entry.ts',
      'core/ledger/month-closed.ts',
      'core/verification/credit.ts',
      'core/verification/layer.ts',
      'core/verification/review.ts',
      'core/verification/trust-score.ts',
      'core/verification/verdict.ts',
    ],
    packages: [],
    node: [],
  },
};

/** The SDK is loaded in its CommonJS form, which an import cannot choose. */
function hederaRule(): ImportRule {
  const rule = stageRule('sync');
  return { ...rule, packages: ['@hashgraph/sdk', 'zod'], node: [...CORE_NODE, 'node:module'] };
}

function stageRule(name: string): ImportRule {
  const at = STAGES.indexOf(name as Stage);
  if (at === -1) return { zone: `core/${name} (not a stage: see STAGES)`, ours: [], packages: [], node: [] };
  const stage = name as Stage;
  const earlier = STAGES.slice(0, at).flatMap((before) =>
    before === 'config' ? ['core/config/'] : (NOUN_FILES[before] ?? []).map((file) => `core/${before}/${file}`),
  );
  return {
    zone: `core/${stage}`,
    ours: ['core/model/', `core/${stage}/`, ...earlier],
    packages: STAGE_PACKAGES[stage] ?? [],
    node: [...CORE_NODE, ...(STAGE_NODE[stage] ?? [])],
  };
}

function driverRule(name: string): ImportRule {
  return {
    zone: `drivers/${name}`,
    ours: [...DRIVER_OURS, `drivers/${name}/`],
    packages: ['zod', ...(DRIVER_PACKAGES[name] ?? [])],
    node: DRIVER_NODE,
  };
}

const TOP_RULES: Record<string, ImportRule> = {
  appliance: {
    zone: 'appliance',
    ours: ['appliance/', 'core/', 'drivers/', 'package.json'],
    packages: APPLIANCE_PACKAGES,
    node: 'all',
  },
  electron: { zone: 'electron', ours: ['electron/', 'appliance/public.ts'], packages: ['electron'], node: 'all' },
  renderer: { zone: 'renderer', ours: ['renderer/'], packages: RENDERER_PACKAGES, node: [] },
  build: { zone: 'build', ours: ['build/'], packages: ['oxc-parser', 'yaml'], node: 'all' },
  tests: {
    zone: 'tests',
    ours: ['appliance/', 'build/', 'core/', 'drivers/', 'electron/', 'renderer/', 'tests/', 'package.json'],
    packages: [...TEST_PACKAGES, ...APPLIANCE_PACKAGES, ...Object.values(DRIVER_PACKAGES).flat()],
    node: 'all',
  },
};

/** The page that checks a bundle alone: no part of the console, and the one place of the renderer that holds domain code. */
const VERIFY_PAGE_RULE: ImportRule = {
  zone: 'renderer/verify',
  ours: ['renderer/verify/', 'core/evidence/'],
  packages: [],
  node: [],
};

/** Single files whose job is to join two worlds. */
const FILE_RULES: Record<string, ImportRule> = {
  'renderer/vite.config.ts': {
    zone: 'renderer/vite.config.ts',
    ours: ['renderer/'],
    packages: ['@vitejs/plugin-react', 'vite'],
    node: 'all',
  },
  // Runs in the utility process, never in the window: it is the appliance started by Electron.
  'electron/appliance-entry.mjs': {
    zone: 'electron/appliance-entry.mjs',
    ours: ['electron/', 'appliance/forebay.mjs'],
    packages: [],
    node: 'all',
  },
  // Draws the icon's sizes with the browser that the tests use.
  'build/icons/draw.ts': { zone: 'build/icons/draw.ts', ours: ['build/'], packages: ['playwright-core'], node: 'all' },
  // Puts the verifier and its page into one file.
  'build/verify-page.ts': { zone: 'build/verify-page.ts', ours: ['build/'], packages: ['vite'], node: 'all' },
  // Writes the console's types from the schemas of the API.
  'build/api-types.ts': {
    zone: 'build/api-types.ts',
    ours: ['build/', 'appliance/api/schema/', 'renderer/api/types.ts'],
    packages: ['json-schema-to-typescript', 'zod'],
    node: 'all',
  },
};

/** A test sees more of what its subject stands on, never what stands on its subject: a core test no appliance. */
function testRule(path: string, base: ImportRule): ImportRule {
  const [top = ''] = path.split('/');
  const beneath: Record<string, readonly string[]> = {
    core: ['core/'],
    drivers: ['core/', 'drivers/'],
    electron: ['appliance/'],
    renderer: ['appliance/public.ts'],
  };
  return {
    zone: `a test in ${top}`,
    ours: [...base.ours, ...(beneath[top] ?? []), 'tests/'],
    packages: [...base.packages, ...TEST_PACKAGES],
    node: 'all',
  };
}
