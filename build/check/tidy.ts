/** The tidy check: what no compiler and no linter of others knows about this project. */
import { printResult } from './print-result.ts';
import { checkBannedCalls } from './tidy/banned-calls.ts';
import { checkDeadFiles } from './tidy/dead-files.ts';
import { checkDependencies } from './tidy/dependencies.ts';
import { checkErrorCodes } from './tidy/error-codes.ts';
import { checkGlossary } from './tidy/glossary.ts';
import { checkLinks } from './tidy/links.ts';
import { checkLockfile } from './tidy/lockfile.ts';
import { checkLongFiles } from './tidy/long-files.ts';
import { checkMachinePaths } from './tidy/machine-paths.ts';
import { checkWords } from './tidy/words.ts';
import { type CheckResult, readTree, type Tree } from './tree.ts';

export const TIDY_CHECKS: readonly ((tree: Tree) => CheckResult)[] = [
  checkBannedCalls,
  checkDeadFiles,
  checkDependencies,
  checkErrorCodes,
  checkGlossary,
  checkLinks,
  checkLockfile,
  checkLongFiles,
  checkMachinePaths,
  checkWords,
];

if (import.meta.main) {
  const tree = readTree();
  printResult('tidy', () => TIDY_CHECKS.map((check) => check(tree)));
}
