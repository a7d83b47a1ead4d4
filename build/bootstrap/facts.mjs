/** Looks at the machine and the working copy. Reads only; the decisions are in plan.mjs. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_MAJOR, satisfiesLock } from './plan.mjs';

/** The folder of package.json. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SETUP_STAMP = join(ROOT, 'node_modules', '.forebay-setup.json');
const CONSOLE_STAMP = join(ROOT, 'renderer', 'dist', '.forebay-build.json');
/** Python that sees the modules of Debian's packages; another one first on PATH would not. */
const DEBIAN_PYTHON = '/usr/bin/python3';

/** What the integration tests use, and how to see without starting it that it is there. */
const PEERS = [
  { aptPackage: 'libmodbus-dev', isThere: () => existsSync('/usr/include/modbus/modbus.h') },
  { aptPackage: 'gcc', isThere: () => findCommand('gcc') !== undefined },
  // Compiles Snap7, the S7 server that the tests talk to.
  { aptPackage: 'g++', isThere: () => findCommand('g++') !== undefined },
  { aptPackage: 'libc6-dev', isThere: () => existsSync('/usr/include/stdio.h') },
  { aptPackage: 'pkg-config', isThere: () => findCommand('pkg-config') !== undefined },
  { aptPackage: 'mbpoll', isThere: () => findCommand('mbpoll') !== undefined },
  { aptPackage: 'socat', isThere: () => findCommand('socat') !== undefined },
  { aptPackage: 'mosquitto', isThere: () => existsSync('/usr/sbin/mosquitto') },
  { aptPackage: 'mosquitto-clients', isThere: () => findCommand('mosquitto_pub') !== undefined },
  // A proxy of the kind that plants have.
  { aptPackage: 'tinyproxy', isThere: () => existsSync('/usr/bin/tinyproxy') },
  { aptPackage: 'curl', isThere: () => findCommand('curl') !== undefined },
  { aptPackage: 'openssl', isThere: () => findCommand('openssl') !== undefined },
  { aptPackage: 'python3-pymodbus', isThere: () => hasPythonModule('pymodbus') },
  // Checks evidence bundles in a second language.
  { aptPackage: 'python3-cryptography', isThere: () => hasPythonModule('cryptography') },
  // The time zones of the months in them.
  { aptPackage: 'tzdata', isThere: () => existsSync('/usr/share/zoneinfo/Asia/Kolkata') },
  { aptPackage: 'python3-serial-asyncio', isThere: () => hasPythonModule('serial_asyncio') },
];

/**
 * @param {import('./plan.mjs').Goal} goal
 * @returns {import('./plan.mjs').Facts}
 */
export function gatherFacts(goal) {
  return {
    nodeMajor: majorOf(process.versions.node),
    nodeVersion: process.versions.node,
    packages: inspectPackages(),
    node24: findNode24(),
    console: goal === 'test' ? 'none' : inspectConsole(),
    chromium: goal === 'test' ? findChromium() : undefined,
    missingPeers: goal === 'test' ? PEERS.filter((peer) => !peer.isThere()).map((peer) => peer.aptPackage) : [],
    isRoot: process.getuid !== undefined && process.getuid() === 0,
    system: readSystem(),
  };
}

/** @param {string} version */
export function majorOf(version) {
  return Number(version.split('.')[0]);
}

/** @returns {'ready' | 'absent' | 'stale'} */
function inspectPackages() {
  if (!existsSync(join(ROOT, 'node_modules'))) return 'absent';
  const stamp = readJson(SETUP_STAMP);
  if (stamp !== undefined) {
    const wanted = packagesStamp();
    if (stamp.lock === wanted.lock && stamp.machine === wanted.machine) return 'ready';
    if (stamp.machine !== wanted.machine) return 'stale';
  }
  // No stamp of this lockfile: a plain `npm ci` or `npm install` may have brought everything all the same.
  const installed = readJson(join(ROOT, 'node_modules', '.package-lock.json'));
  const wanted = readJson(join(ROOT, 'package-lock.json'));
  if (installed === undefined || wanted === undefined) return 'stale';
  return satisfiesLock(wanted.packages, installed.packages) ? 'ready' : 'stale';
}

/** What is written under node_modules once the packages are in: for which lockfile and for which machine. */
export function packagesStamp() {
  return {
    lock: hashFiles([join(ROOT, 'package-lock.json')]),
    machine: `${process.platform}-${process.arch}`,
  };
}

export function setupStampPath() {
  return SETUP_STAMP;
}

export function consoleStampPath() {
  return CONSOLE_STAMP;
}

/** @returns {'current' | 'stale' | 'none'} */
export function inspectConsole() {
  if (!existsSync(join(ROOT, 'renderer', 'vite.config.ts'))) return 'none';
  const stamp = readJson(CONSOLE_STAMP);
  const isBuilt = existsSync(join(ROOT, 'renderer', 'dist', 'index.html'));
  return isBuilt && stamp !== undefined && stamp.sources === hashConsoleSources() ? 'current' : 'stale';
}

export function hashConsoleSources() {
  const sources = listFiles(join(ROOT, 'renderer')).filter((path) => !/\.test\.tsx?$/.test(path));
  return hashFiles([join(ROOT, 'package-lock.json'), ...sources]);
}

/**
 * The Node that runs Forebay: the packaged one, else this one if it is new enough.
 *
 * @returns {string | undefined}
 */
export function findNode24() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const packaged = join(ROOT, 'node_modules', `node-${system}-${process.arch}`, 'bin', program);
  if (existsSync(packaged)) return packaged;
  return majorOf(process.versions.node) >= NODE_MAJOR ? process.execPath : undefined;
}

/** @returns {string | undefined} */
export function findChromium() {
  const named = process.env.FOREBAY_CHROMIUM;
  if (named) return existsSync(named) ? named : undefined;
  const places = ['/usr/bin/chromium', '/usr/bin/google-chrome'];
  return (
    places.find((path) => existsSync(path)) || findCommand('google-chrome') || findCommand('chromium') || undefined
  );
}

/** @returns {'debian' | 'ubuntu' | 'other'} */
function readSystem() {
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/etc/os-release')) return 'other';
  const text = readFileSync('/etc/os-release', 'utf8');
  if (/^ID="?debian"?$/m.test(text)) return 'debian';
  return /^ID(_LIKE)?=.*ubuntu/m.test(text) ? 'ubuntu' : 'debian';
}

/**
 * @param {string} name
 * @returns {string | undefined}
 */
export function findCommand(name) {
  const folders = (process.env.PATH || '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** @param {string} name */
function hasPythonModule(name) {
  if (!existsSync(DEBIAN_PYTHON)) return false;
  const program = `import importlib.util, sys; sys.exit(importlib.util.find_spec(${JSON.stringify(name)}) is None)`;
  return spawnSync(DEBIAN_PYTHON, ['-c', program], { stdio: 'ignore' }).status === 0;
}

/**
 * @param {string} folder
 * @returns {string[]} every file below, sorted, without what is built or installed
 */
function listFiles(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (entry.name === 'dist' || entry.name === 'node_modules') return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

/** @param {string[]} paths */
function hashFiles(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = readFileSync(path);
    hash.update(`${path.slice(ROOT.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** @param {string} path */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
