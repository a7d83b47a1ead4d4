/** Carries out the steps of a plan. Each either succeeds or throws a SetupFailure with one sentence for a person. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { consoleStampPath, findNode24, hashConsoleSources, packagesStamp, ROOT, setupStampPath } from './facts.mjs';
import { node24Problem } from './plan.mjs';

const HEARTBEAT_MS = 15000;

/** An end of the set-up that a person is meant to read; the codes are explained in docs/errors.md. */
export class SetupFailure extends Error {
  /** @param {import('./plan.mjs').Problem} problem */
  constructor(problem) {
    super(`${problem.code}: ${problem.sentence} (${problem.hint})`);
    this.name = 'SetupFailure';
  }
}

/**
 * @param {import('./plan.mjs').Step} step
 * @returns {Promise<void>}
 */
export async function carryOut(step) {
  if (step.kind === 'packages') await installPackages();
  if (step.kind === 'peers') await installPeers(step.aptPackages || []);
  if (step.kind === 'console') await buildConsole();
}

async function installPackages() {
  const npm = findNpm();
  // On Windows the running node.exe may be the packaged one, which `npm ci` could not delete.
  const verb = process.platform === 'win32' && existsSync(join(ROOT, 'node_modules')) ? 'install' : 'ci';
  const options = [verb, '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = await runQuietly(npm.file, [...npm.prefix, ...options], { shell: npm.shell });
  if (result.status !== 0) throw new SetupFailure(explainNpm(result.output));
  const node24 = findNode24();
  if (node24 === undefined || spawnSync(node24, ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new SetupFailure(node24Problem(process.versions.node));
  }
  recordPackages();
}

/** Remembers for which lockfile and machine the packages stand, so that the next start need not compare them. */
export function recordPackages() {
  const stamp = `${JSON.stringify(packagesStamp())}\n`;
  const path = setupStampPath();
  if (existsSync(path) && readFileSync(path, 'utf8') === stamp) return;
  writeFileSync(path, stamp);
}

/** @returns {{ file: string, prefix: string[], shell: boolean }} */
function findNpm() {
  const script = process.env.npm_execpath;
  if (script !== undefined && /\.c?js$/.test(script) && existsSync(script)) {
    return { file: process.env.npm_node_execpath || process.execPath, prefix: [script], shell: false };
  }
  const isWindows = process.platform === 'win32';
  return { file: isWindows ? 'npm.cmd' : 'npm', prefix: [], shell: isWindows };
}

/**
 * @param {string} output what npm printed
 * @returns {import('./plan.mjs').Problem}
 */
export function explainNpm(output) {
  const code = 'APP_SETUP_PACKAGES';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET/.test(output)) {
    const sentence = 'The packages could not be fetched because npm cannot reach its registry';
    return { code, sentence, hint: 'connect this machine or set npm_config_registry, then run the command again' };
  }
  if (/ENOSPC/.test(output)) {
    const sentence = 'The packages could not be installed because the disk is full';
    return { code, sentence, hint: 'free about 2 GB, then run the command again' };
  }
  if (/EACCES|EPERM/.test(output)) {
    const sentence = 'The packages could not be installed because a folder may not be written';
    return { code, sentence, hint: 'give this user the project folder and the npm cache, and close other copies' };
  }
  if (/ENOENT.*npm|spawn npm/.test(output)) {
    const sentence = 'The packages could not be installed because npm was not found';
    return { code, sentence, hint: 'install npm, on Debian with apt-get install npm, then run the command again' };
  }
  const lines = output.split('\n').map((line) => line.replace(/^npm (ERR!|error) ?/, '').trim());
  const reason = lines.find((line) => line !== '' && !/^(code|errno|syscall|path) /.test(line));
  const sentence = `The packages could not be installed: ${reason || 'npm gave no reason'}`;
  return { code, sentence, hint: 'run npm ci to see the whole message' };
}

/** @param {string[]} aptPackages */
async function installPeers(aptPackages) {
  const options = ['-o', 'DPkg::Lock::Timeout=120', '-qq', '-y', '--no-install-recommends'];
  const update = await runQuietly('apt-get', ['-qq', 'update'], { shell: false });
  const install = await runQuietly('apt-get', [...options, 'install', ...aptPackages], { shell: false });
  if (install.status === 0) return;
  const output = `${update.output}\n${install.output}`;
  const reason = output.split('\n').find((line) => line.startsWith('E: ')) || 'E: apt-get gave no reason';
  throw new SetupFailure({
    code: 'APP_SETUP_PEERS',
    sentence: `The test peers could not be installed: ${reason.slice(3).trim()}`,
    hint: `run: apt-get install --no-install-recommends ${aptPackages.join(' ')}`,
  });
}

/** Builds the console into renderer/dist and remembers from which sources. */
export async function buildConsole() {
  const sources = hashConsoleSources();
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  const options = ['build', '--config', join('renderer', 'vite.config.ts'), '--logLevel', 'warn'];
  const result = await runQuietly(findNode24() || process.execPath, [vite, ...options], { shell: false });
  if (result.status !== 0) {
    const reason = result.output.split('\n').find((line) => /error/i.test(line)) || 'the builder gave no reason';
    throw new SetupFailure({
      code: 'APP_SETUP_CONSOLE',
      sentence: `The console could not be built: ${reason.trim()}`,
      hint: 'run npm run build:console to see the whole message',
    });
  }
  writeFileSync(consoleStampPath(), `${JSON.stringify({ sources })}\n`);
}

/**
 * The environment of the real work: the needed Node first on PATH, then the installed programs.
 *
 * @param {string} node24
 * @returns {Record<string, string | undefined>}
 */
export function workEnvironment(node24) {
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') || 'PATH';
  const folders = [dirname(node24), join(ROOT, 'node_modules', '.bin'), process.env[pathName] || ''];
  return { ...process.env, [pathName]: folders.join(delimiter) };
}

/**
 * Runs a program without showing its output, with a sign of life on standard output now and then.
 *
 * @param {string} file
 * @param {string[]} programArguments
 * @param {{ shell: boolean }} options
 * @returns {Promise<{ status: number, output: string }>}
 */
function runQuietly(file, programArguments, options) {
  const startedMs = Date.now();
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', npm_config_progress: 'false' };
  return new Promise((resolve) => {
    const child = spawn(file, programArguments, {
      cwd: ROOT,
      env,
      shell: options.shell,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    /** @type {string[]} */
    const chunks = [];
    const heartbeat = setInterval(() => {
      process.stdout.write(`      still working (${Math.round((Date.now() - startedMs) / 1000)} s)\n`);
    }, HEARTBEAT_MS);
    /** @param {number} status */
    const finish = (status) => {
      clearInterval(heartbeat);
      resolve({ status, output: chunks.join('') });
    };
    child.stdout.on('data', (data) => chunks.push(String(data)));
    child.stderr.on('data', (data) => chunks.push(String(data)));
    child.on('error', (error) => {
      chunks.push(String(error.message));
      finish(1);
    });
    child.on('close', (status) => finish(status === null ? 1 : status));
  });
}
