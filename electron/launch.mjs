/**
 * `npm run desktop`: shows the console in its own window. The Electron program is fetched on the first run; where it
 * cannot be had, one sentence says what to do instead. Runs after the set-up, under Node 24.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { OPTIONS } from './options.mjs';

const APPLICATION_FOLDER = join(import.meta.dirname, '..');
const EXIT_WRONG_USAGE = 2;
const EXIT_NOT_TO_BE_HAD = 3;
/** Fetching about 120 MB over a slow line; after that the browser is the better offer. */
const FETCH_TIMEOUT_MS = 10 * 60_000;

const options = process.argv.slice(2);
const mistake = findMistake(options);
const program = mistake === undefined ? (findProgram() ?? fetchProgram()) : undefined;
if (mistake !== undefined) {
  report(
    'APP_DESKTOP_USAGE',
    mistake,
    'npm run desktop -- [--demo] [--config plant.yaml] [--data DIR] [--port N] [--shadow]',
  );
  process.exitCode = EXIT_WRONG_USAGE;
} else if (program === undefined) {
  const sentence = 'The Electron program that draws the desktop window could not be fetched';
  const hint =
    'connect this machine to the internet once and run npm run desktop again, or use npm start, which shows the same console in a browser';
  report('APP_DESKTOP_NO_ELECTRON', sentence, hint);
  process.exitCode = EXIT_NOT_TO_BE_HAD;
} else {
  run(program, options);
}

/**
 * @param {string[]} given
 * @returns {string | undefined} what is wrong with the options
 */
function findMistake(given) {
  try {
    parseArgs({ args: given, options: OPTIONS, strict: true, allowPositionals: false });
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
  }
}

/** @returns {string | undefined} path of the Electron program, if it is installed */
function findProgram() {
  const folder = electronFolder();
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const program = join(folder, 'dist', readFileSync(pathFile, 'utf8'));
  return existsSync(program) ? program : undefined;
}

/** @returns {string | undefined} path of the Electron program, once its own installer has fetched it */
function fetchProgram() {
  process.stdout.write('Fetching the Electron program (about 120 MB, once) ...\n');
  const installer = join(electronFolder(), 'install.js');
  if (!existsSync(installer)) return undefined;
  const result = spawnSync(process.execPath, [installer], {
    stdio: ['ignore', 'inherit', 'ignore'],
    timeout: FETCH_TIMEOUT_MS,
  });
  return result.status === 0 ? findProgram() : undefined;
}

function electronFolder() {
  return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
}

/**
 * @param {string} electron
 * @param {string[]} given
 */
function run(electron, given) {
  const { ELECTRON_RUN_AS_NODE: _unwanted, ...env } = process.env;
  const child = spawn(electron, [APPLICATION_FOLDER, ...given], { stdio: 'inherit', env });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    report('APP_DESKTOP_NO_ELECTRON', `The Electron program cannot be run: ${error.message}`, 'run npm start instead');
    process.exitCode = EXIT_NOT_TO_BE_HAD;
  });
  child.on('close', (status, signal) => {
    process.exitCode = status ?? 128 + (signal === null ? 1 : constants.signals[signal]);
  });
}

/**
 * @param {string} code
 * @param {string} sentence
 * @param {string} hint
 */
function report(code, sentence, hint) {
  process.stderr.write(`${code}: ${sentence} (${hint})\n`);
}
