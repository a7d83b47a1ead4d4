import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const REASON_LENGTH_MIN = 30;
/** The suite that all polled drivers share: its titles are theirs where they run it. */
const SHARED_SUITE = 'tests/contract/driver-contract.ts';

/** A rule of quality.yaml is answered by a test that can be found, by a page, or by why it does not apply. */
type Answer =
  | { readonly test: string; readonly title: string; readonly case?: string }
  | { readonly file: string }
  | { readonly exempt: string };

/** What keeps the answer of a rule from being believed, in words; undefined when what it names is really there. */
export function findDoubt(folder: string, rule: string, answer: unknown): string | undefined {
  if (isAnswer(answer, ['exempt'])) {
    return answer.exempt.trim().length < REASON_LENGTH_MIN ? 'is exempt without a reason' : undefined;
  }
  if (isAnswer(answer, ['file'])) {
    if (rule !== 'docs') return 'names a file where a test is due';
    return isFile(answer.file) ? undefined : `names ${answer.file}, which is not there`;
  }
  if (isAnswer(answer, ['test', 'title']) || isAnswer(answer, ['test', 'title', 'case'])) {
    return doubtOfTest(folder, rule, answer);
  }
  return 'names neither a test nor a page, and no reason';
}

function doubtOfTest(
  folder: string,
  rule: string,
  { test, title, case: name }: { test: string; title: string; case?: string },
): string | undefined {
  if (!isFile(test)) return `names ${test}, which is not there`;
  if (test !== SHARED_SUITE && !test.endsWith('.test.ts')) return `names ${test}, which is no test`;
  const text = readFileSync(join(ROOT, test), 'utf8');
  if (!hasTitle(text, title, rule === 'contract-suite' ? 'driverContract' : undefined)) {
    return `names "${title}", which is no title in ${test}`;
  }
  if (name === undefined) return undefined;
  const cases = join(ROOT, 'drivers', folder, 'testcases', name);
  return existsSync(cases) && statSync(cases).isDirectory() ? undefined : `names the case ${name}, which is not there`;
}

/** Whether a call of a test, or of `suite`, has exactly this title. A skipped or a commented one is none. */
function hasTitle(text: string, title: string, suite: string | undefined): boolean {
  const written = title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll("'", String.raw`\\?'`);
  const opening = suite ?? String.raw`(?:(?:test|it|describe)(?:\.each(?:<[^(]*>)?\([^;]*?\))?)`;
  return new RegExp(String.raw`^ *${opening}\(\s*(['"])${written}\1\s*,`, 'm').test(text);
}

function isFile(path: string): boolean {
  return existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isFile();
}

type AnswerWith<K extends string> = Extract<Answer, Readonly<Record<K, unknown>>> & Readonly<Record<K, string>>;

/** Whether the answer has exactly these keys, each with a text. */
function isAnswer<K extends string>(answer: unknown, keys: readonly K[]): answer is AnswerWith<K> {
  if (typeof answer !== 'object' || answer === null) return false;
  const entries = Object.entries(answer);
  return (
    entries.length === keys.length && entries.every(([key, value]) => isOneOf(keys, key) && typeof value === 'string')
  );
}

function isOneOf(keys: readonly string[], key: string): boolean {
  return keys.includes(key);
}
