import { readdirSync } from 'node:fs';
import { nameHint } from '../../core/config/nearest-name.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Command } from './command.ts';
import { usage } from './read-command-line.ts';

/** One figure of a benchmark, beside what bare parts do on the same machine in the same run. */
export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same by the bare parts, in the same unit, and how far apart the two are; absent where only a budget counts. */
  readonly baseline?: number;
  readonly ratio?: number;
  /** What was measured against what, and the budget. */
  readonly note?: string;
}

/** What a file `tests/bench/NAME.bench.ts` exports. */
export interface BenchModule {
  run(): Promise<readonly BenchResult[]>;
}

const FOLDER = new URL('../../tests/bench/', import.meta.url);
const ENDING = '.bench.ts';

export const benchCommand: Command = {
  name: 'bench',
  summary: 'Measure speed and size on this machine, a JSON object for each figure',
  options: {},
  operands: ['[NAME]'],
  async run({ operands: [name], output }) {
    const names = benchNames();
    if (name !== undefined && !names.includes(name)) {
      throw usage(`There is no benchmark "${name}".`, nameHint(name, names));
    }
    for (const each of name === undefined ? names : [name]) {
      const bench = (await import(new URL(`${each}${ENDING}`, FOLDER).href)) as BenchModule;
      for (const result of await bench.run()) output.json(result);
    }
    return 0;
  },
};

function benchNames(): string[] {
  try {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(ENDING));
    return files.map((file) => file.slice(0, -ENDING.length)).sort();
  } catch (cause) {
    throw new Failure('APP_NO_BENCH', 'The benchmarks are not part of this copy of the program.', {
      hint: 'run them in a copy of the project',
      exitCode: 2,
      cause,
    });
  }
}
