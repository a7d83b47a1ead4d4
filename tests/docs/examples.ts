/** One fenced block of a page that is marked to be run or checked. */
export interface Example {
  page: string;
  /** Line of the opening fence. */
  line: number;
  /**
   * - `plant`: a plant.yaml that must be valid
   * - `run`: commands that work in a folder with that plant.yaml
   * - `run data`: commands that also need a data folder
   */
  kind: 'plant' | 'run' | 'run data';
  lines: string[];
}

const KINDS: Record<string, Example['kind']> = {
  'yaml plant': 'plant',
  'sh run': 'run',
  'sh run data': 'run data',
};

/** The marked blocks of a page in order. Blocks with any other mark are for reading only. */
export function extractExamples(page: string, text: string): Example[] {
  const examples: Example[] = [];
  let open: Example | undefined;
  let isInside = false;
  for (const [at, line] of text.split('\n').entries()) {
    if (line.startsWith('```')) {
      const kind = isInside ? undefined : KINDS[line.slice(3).trim()];
      isInside = !isInside;
      open = kind === undefined ? undefined : { page, line: at + 1, kind, lines: [] };
      if (open !== undefined) examples.push(open);
    } else if (open !== undefined) {
      open.lines.push(line);
    }
  }
  return examples;
}

/** The arguments of `forebay` in a line such as `npm run -s forebay -- status --json`, or undefined. */
export function forebayArguments(line: string): string[] | undefined {
  const [command = ''] = line.split(' #');
  const match = /^npm run -s forebay -- (.+)$/.exec(command.trim());
  return match?.[1]?.split(/\s+/);
}
