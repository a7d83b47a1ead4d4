import { judge } from '../../core/verification/judge.ts';
import { contextFor } from '../../core/verification/readings.testing.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import type { Finding } from '../../core/verification/verdict.ts';
import type { FindingExample } from './example-readings.ts';

const WIDTH = 120;

/** What Forebay says of the example's reading under its code. Throws where it says nothing of the kind. */
export function findingOf({ code, reading, context }: FindingExample): Finding {
  const { findings } = judge(reading, { ...contextFor(reading), ...context }, DEFAULT_SETTINGS);
  const finding = findings.find((each) => each.code === code);
  if (finding !== undefined) return finding;
  const said = findings.map((each) => each.code).join(', ');
  throw new Error(`The example of ${code} does not provoke it, but ${said === '' ? 'nothing' : said}.`);
}

/** The page with the example of each code at the end of its section: what was measured, and what Forebay says of it. */
export function withFindingExamples(page: string, examples: readonly FindingExample[]): string {
  const byCode = new Map(examples.map((example) => [example.code, example]));
  return page
    .split(/^(?=#{1,2} )/m)
    .map((section) => {
      const example = byCode.get(/^## (\S+)\n/.exec(section)?.[1] ?? '');
      return example === undefined ? section : `${withoutExample(section)}\n\n${blockOf(example)}\n\n`;
    })
    .join('')
    .replace(/\n+$/, '\n');
}

/** Codes of the sections of findings, which are all in the area of the verification. */
export function findingSections(page: string): string[] {
  const [, area = ''] = page.split('\n# Area: Verification\n');
  const [own = ''] = area.split(/^# /m);
  return [...own.matchAll(/^## (VER_\w+)$/gm)].map(([, code = '']) => code);
}

function withoutExample(section: string): string {
  const [text = ''] = section.split(/\n\n(?:Example: | {4})/);
  return text.trimEnd();
}

function blockOf(example: FindingExample): string {
  const given = wrap(`Example: ${example.given}.`, WIDTH).join('\n');
  const said = wrap(findingOf(example).message, WIDTH - 4).map((line) => `    ${line}`);
  return `${given}\n\n${said.join('\n')}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
