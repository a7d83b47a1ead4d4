/**
 * The frame of the three commands: look, plan, set up, hand over to the real work under the needed Node. Whatever
 * goes wrong ends in one sentence on standard error and a non-zero exit code.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { findNode24, gatherFacts, ROOT } from './facts.mjs';
import { node24Problem, planSetup } from './plan.mjs';
import { carryOut, recordPackages, SetupFailure, workEnvironment } from './steps.mjs';

const USAGE = {
  start: `npm start                                   the simulated plant, with a sign-in link; its data is in .demo
npm start -- --config plant.yaml --data DIR a real plant
npm start -- --port N                       on another TCP port than 8740; 0 takes any free one
npm start -- --dry-run                      say what would be set up, and do nothing`,
  test: `npm test                                    every check and test
npm test -- --static                        only type check, lint, import rules and tidy
npm test -- PATH ...                        the checks, and the tests under these paths
npm test -- --dry-run                       say what would be set up, and do nothing`,
  desktop: `npm run desktop                             the console in its own window, on the simulated plant of npm start
npm run desktop -- --config plant.yaml --data DIR   a real plant
npm run desktop -- --demo --data DIR --port N       the simulated plant in a folder of its own, on that TCP port
npm run desktop -- --shadow                 beside the manual records
npm run desktop -- --dry-run                say what would be set up, and do nothing`,
};

/**
 * @typedef {{ script: string, scriptArguments: string[] }} Work
 * @param {import('./plan.mjs').Goal} goal
 * @param {(options: string[]) => Work} chooseWork
 * @returns {void}
 */
export function main(goal, chooseWork) {
  const options = process.argv.slice(2);
  if (options.includes('--help')) {
    process.stdout.write(`${USAGE[goal]}\n`);
    return;
  }
  const work = chooseWork(options.filter((option) => option !== '--dry-run'));
  const finished = options.includes('--dry-run') ? describe(goal, work) : setUpAndRun(goal, work);
  finished.then(
    (status) => {
      process.exitCode = status;
    },
    (error) => {
      const hint = 'this is a mistake of the set-up program, please report it';
      const sentence = `The set-up ended unexpectedly: ${error.message}`;
      const line = error instanceof SetupFailure ? error.message : `APP_SETUP_FAILED: ${sentence} (${hint})`;
      process.stderr.write(`${line}\n`);
      process.exitCode = 2;
    },
  );
}

/**
 * @param {import('./plan.mjs').Goal} goal
 * @param {Work} work
 */
async function describe(goal, work) {
  const plan = planSetup(goal, gatherFacts(goal));
  if (plan.problem !== undefined) throw new SetupFailure(plan.problem);
  const lines = plan.steps.map((step, index) => `[${index + 1}/${plan.steps.length}] ${step.sentence}`);
  if (lines.length === 0) lines.push('Nothing to set up.');
  lines.push(`Then: node ${[work.script, ...work.scriptArguments].join(' ')}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/**
 * @param {import('./plan.mjs').Goal} goal
 * @param {Work} work
 * @returns {Promise<number>}
 */
async function setUpAndRun(goal, work) {
  const plan = planSetup(goal, gatherFacts(goal));
  if (plan.problem !== undefined) throw new SetupFailure(plan.problem);
  for (const [index, step] of plan.steps.entries()) {
    process.stdout.write(`[${index + 1}/${plan.steps.length}] ${step.sentence} ...\n`);
    await carryOut(step);
  }
  if (!plan.steps.some((step) => step.kind === 'packages')) recordPackages();
  const node24 = findNode24();
  if (node24 === undefined) throw new SetupFailure(node24Problem(process.versions.node));
  return handOver(node24, work);
}

/**
 * @param {string} signal
 * @returns {string}
 */
function sayKilled(signal) {
  const sentence = `The program was ended from outside by the signal ${signal}`;
  return `APP_KILLED: ${sentence} (what was recorded is safe; run the command again)`;
}

/**
 * Runs the real work in a child with our standard streams, passes signals on, and answers its exit code.
 *
 * @param {string} node24
 * @param {Work} work
 * @returns {Promise<number>}
 */
function handOver(node24, work) {
  return new Promise((resolve, reject) => {
    const programArguments = [work.script, ...work.scriptArguments];
    const child = spawn(node24, programArguments, { cwd: ROOT, env: workEnvironment(node24), stdio: 'inherit' });
    /** @type {Set<string>} */
    const told = new Set();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => told.add(signal));
    // A terminal sends Ctrl-C to the child as well; a second SIGINT would read as "stop at once".
    process.on('SIGINT', () => {
      if (!process.stdin.isTTY) child.kill('SIGINT');
    });
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    process.on('SIGHUP', () => child.kill('SIGHUP'));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (signal !== null && !told.has(signal)) process.stderr.write(`${sayKilled(signal)}\n`);
      resolve(status === null ? 128 + (signal === null ? 1 : constants.signals[signal]) : status);
    });
  });
}
