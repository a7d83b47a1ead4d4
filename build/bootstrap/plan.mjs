/**
 * What the set-up has to do, decided from facts alone. Nothing here looks at the machine, so that every decision
 * can be tested without one. Plain JavaScript without dependencies: it runs before anything is installed.
 *
 * @typedef {'start' | 'test' | 'desktop'} Goal
 *
 * @typedef {object} Facts
 * @property {number} nodeMajor major version of the Node that runs the set-up
 * @property {string} nodeVersion
 * @property {'ready' | 'absent' | 'stale'} packages `stale`: installed for another lockfile, system or processor
 * @property {string | undefined} node24 path of a Node of the needed major, as far as it is known before installing
 * @property {'current' | 'stale' | 'none'} console `none`: this copy has no console sources
 * @property {string | undefined} chromium path of the browser for the end-to-end tests
 * @property {string[]} missingPeers Debian packages that the integration tests need and that are absent
 * @property {boolean} isRoot
 * @property {'debian' | 'ubuntu' | 'other'} system
 *
 * @typedef {'packages' | 'peers' | 'console'} StepKind
 * @typedef {{ kind: StepKind, sentence: string, aptPackages?: string[] }} Step
 * @typedef {{ code: string, sentence: string, hint: string }} Problem
 * @typedef {{ steps: Step[], problem: Problem | undefined }} Plan
 */

/** Oldest Node that may run the set-up itself. */
export const SETUP_NODE_MAJOR = 18;
/** The Node that runs everything else: the major that the desktop window embeds. */
export const NODE_MAJOR = 24;

/**
 * @param {Goal} goal
 * @param {Facts} facts
 * @returns {Plan}
 */
export function planSetup(goal, facts) {
  /** @type {Step[]} */
  const steps = [];
  const problem = findProblem(goal, facts);
  if (problem !== undefined) return { steps, problem };
  if (facts.packages !== 'ready') {
    const why = facts.packages === 'absent' ? 'about 1 minute, once' : 'they changed, about 1 minute';
    steps.push({ kind: 'packages', sentence: `Installing packages (${why})` });
  }
  if (goal === 'test') {
    const aptPackages = neededAptPackages(facts);
    if (aptPackages.length > 0) {
      steps.push({ kind: 'peers', sentence: `Installing test peers: ${aptPackages.join(', ')}`, aptPackages });
    }
  }
  // The test run builds the console itself, because there it counts as a check.
  if (goal !== 'test' && facts.console === 'stale') {
    steps.push({ kind: 'console', sentence: 'Building the console (about 10 seconds)' });
  }
  return { steps, problem: undefined };
}

/**
 * @param {Goal} goal
 * @param {Facts} facts
 * @returns {Problem | undefined}
 */
function findProblem(goal, facts) {
  if (facts.nodeMajor < SETUP_NODE_MAJOR) {
    return {
      code: 'APP_SETUP_NODE',
      sentence: `The set-up needs Node ${SETUP_NODE_MAJOR} or newer, and this is Node ${facts.nodeVersion}`,
      hint: `install Node ${NODE_MAJOR} from https://nodejs.org, then run the command again`,
    };
  }
  if (facts.packages === 'ready' && facts.node24 === undefined) return node24Problem(facts.nodeVersion);
  if (goal === 'test') return findPeerProblem(facts);
  return undefined;
}

/**
 * @param {string} nodeVersion
 * @returns {Problem}
 */
export function node24Problem(nodeVersion) {
  return {
    code: 'APP_NODE_TOO_OLD',
    sentence: `Forebay runs on Node ${NODE_MAJOR}, no packaged one fits this system, and this is Node ${nodeVersion}`,
    hint: `install Node ${NODE_MAJOR} from https://nodejs.org, then run the command again`,
  };
}

/**
 * @param {Facts} facts
 * @returns {Problem | undefined}
 */
function findPeerProblem(facts) {
  const missing = neededAptPackages(facts);
  if (missing.length === 0) return undefined;
  const canInstall = facts.isRoot && facts.system !== 'other';
  // Ubuntu's chromium package only points to a snap, which does not run on a machine without snapd.
  if (facts.system === 'ubuntu' && facts.chromium === undefined) {
    return {
      code: 'APP_SETUP_BROWSER',
      sentence: 'The end-to-end tests need Chromium or Google Chrome, and neither was found',
      hint: 'install one and set FOREBAY_CHROMIUM to its path, then run npm test again',
    };
  }
  if (canInstall) return undefined;
  return {
    code: 'APP_SETUP_PEERS',
    sentence: `The tests need programs that are not on this machine: ${missing.join(', ')}`,
    hint:
      facts.system === 'other'
        ? 'run the tests on Debian 12, or install these programs by their own means'
        : `run: sudo apt-get install --no-install-recommends ${missing.join(' ')}`,
  };
}

/**
 * @param {Facts} facts
 * @returns {string[]}
 */
function neededAptPackages(facts) {
  return facts.chromium === undefined ? ['chromium', ...facts.missingPeers] : facts.missingPeers;
}

/**
 * The `forebay` arguments that `npm start -- OPTIONS` stands for: a real plant when one is named, else the demo.
 *
 * @param {string[]} options
 * @returns {string[]}
 */
export function chooseCommand(options) {
  const namesPlant = options.some((option) => /^--(config|data)(=|$)/.test(option));
  return [namesPlant ? 'start' : 'demo', ...options];
}

/**
 * Whether what npm says it installed is what the lockfile asks for. Optional packages may be absent: they belong
 * to other systems and processors.
 *
 * @typedef {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} LockedPackages
 * @param {LockedPackages} wanted `packages` of package-lock.json
 * @param {LockedPackages} installed `packages` of node_modules/.package-lock.json
 * @returns {boolean}
 */
export function satisfiesLock(wanted, installed) {
  const names = Object.keys(wanted).filter((name) => name !== '');
  const isWanted = names.every((name) => {
    const locked = wanted[name];
    const found = installed[name];
    if (locked === undefined) return false;
    if (found === undefined) return locked.optional === true || locked.devOptional === true;
    return found.version === locked.version;
  });
  return isWanted && Object.keys(installed).every((name) => wanted[name] !== undefined);
}
