import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FINDING_EXAMPLES } from './finding-examples.ts';
import { findingOf, findingSections, withFindingExamples } from './finding-page.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const codes = FINDING_EXAMPLES.map(({ code }) => code);

/** Every code that a layer or the judge can give, from their sources. */
function codesInSource(): string[] {
  const folder = new URL('../../core/verification/', import.meta.url);
  const folders = ['layers/', 'witness/'];
  const files = ['judge.ts', ...folders.flatMap((own) => readdirSync(new URL(own, folder)).map((name) => own + name))];
  const sources = files.filter((name) => !name.includes('.test.'));
  expect(sources.length).toBeGreaterThan(10);
  const found = sources.flatMap((name) => [
    ...readFileSync(new URL(name, folder), 'utf8').matchAll(/code: (?:\w+ [^']*)?'(VER_\w+)'(?: : '(VER_\w+)')?/g),
  ]);
  return [...new Set(found.flatMap(([, one, other]) => [one, other].filter((code) => code !== undefined)))];
}

it('shows one example for each finding, and no other', () => {
  expect(codes).toEqual([...new Set(codes)]);
  expect(codes.length).toBeGreaterThan(50);
  expect([...codes].sort()).toEqual(codesInSource().sort());
  expect([...codes].sort()).toEqual(findingSections(page).sort());
});

it.each(FINDING_EXAMPLES)('provokes $code', (example) => {
  const { message, action } = findingOf(example);
  expect(message).toMatch(/\.$/);
  expect(action).toMatch(/\.$/);
});

it('says on the page what Forebay says (else run write-finding-examples.ts and read the difference)', () => {
  expect(withFindingExamples(page, FINDING_EXAMPLES)).toBe(page);
});

it('refuses an example that provokes something else', () => {
  const [first] = FINDING_EXAMPLES;
  if (first === undefined) throw new Error('There is no example.');
  expect(() => findingOf({ ...first, code: 'VER_NO_DATA' })).toThrow('VER_ABOVE_CAPACITY');
});

it('replaces an example and leaves the other sections alone', () => {
  const [first] = FINDING_EXAMPLES;
  if (first === undefined) throw new Error('There is no example.');
  const text = `# A\n\n## ${first.code}\n\nWords.\n\nExample: old.\n\n    Old.\n\n## OTHER\n\nMore.\n\n    Kept.\n`;
  const changed = withFindingExamples(text, [first]);
  expect(changed).toMatch(
    /Words\.\n\nExample: mean power 2600 kW [^\n]+\n\n {4}Mean power is 2600 kW[^\n]+\n\n## OTHER/,
  );
  expect(changed).toContain('## OTHER\n\nMore.\n\n    Kept.\n');
  expect(changed).not.toContain('ld.');
});
