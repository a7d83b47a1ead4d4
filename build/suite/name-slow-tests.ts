/** For vitest's `--reporter`. */
export const SLOW_TESTS_REPORTER = import.meta.filename;

/** What vitest tells its reporters of a file, and of a test. */
interface TestFile {
  readonly relativeModuleId: string;
}
interface TestOfFile {
  readonly id: string;
  readonly fullName: string;
  readonly module: TestFile;
}

interface Running {
  readonly name: string;
  readonly sinceMs: number;
}

interface Say {
  readonly nowMs: () => number;
  readonly line: (text: string) => void;
}

/** What takes longer than this is named, again and again: whoever ends the run then knows what hung. */
export const SLOW_MS = 3 * 60_000;
const LOOK_EVERY_MS = 60_000;
const MS_PER_MINUTE = 60_000;

/** Names the tests, and the files outside of their tests, that have run for minutes and have not ended. */
export class NameSlowTests {
  readonly #say: Say;
  readonly #running = new Map<string, Running>();
  /** Of each file when one of its tests, or itself, last began or ended. */
  readonly #files = new Map<string, Running>();
  #timer: NodeJS.Timeout | undefined;

  constructor(say: Say) {
    this.#say = say;
  }

  onTestRunStart(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  onTestRunEnd(): void {
    clearInterval(this.#timer);
  }

  onTestModuleQueued(file: TestFile): void {
    this.#moved(file);
  }

  onTestModuleEnd(file: TestFile): void {
    this.#files.delete(file.relativeModuleId);
  }

  onTestCaseReady({ id, fullName, module }: TestOfFile): void {
    this.#moved(module);
    this.#running.set(id, { name: `${module.relativeModuleId} > ${fullName}`, sinceMs: this.#say.nowMs() });
  }

  onTestCaseResult({ id, module }: Pick<TestOfFile, 'id' | 'module'>): void {
    this.#moved(module);
    this.#running.delete(id);
  }

  /** Says what has run for so long. A file is named only where none of its tests is. */
  look(): void {
    const nowMs = this.#say.nowMs();
    const slow = [...this.#running.values()].filter(({ sinceMs }) => nowMs - sinceMs >= SLOW_MS);
    const files = [...this.#files.values()].filter(
      ({ name, sinceMs }) => nowMs - sinceMs >= SLOW_MS && !slow.some((test) => test.name.startsWith(`${name} > `)),
    );
    for (const { name, sinceMs } of [...slow, ...files]) {
      this.#say.line(`still running after ${Math.floor((nowMs - sinceMs) / MS_PER_MINUTE)} min: ${name}`);
    }
  }

  #moved({ relativeModuleId: name }: TestFile): void {
    this.#files.set(name, { name, sinceMs: this.#say.nowMs() });
  }
}

/** As vitest makes it, by the path of this file and with options that it has none of. */
export default class Spoken extends NameSlowTests {
  constructor() {
    super({ nowMs: () => performance.now(), line: (text) => void process.stdout.write(`${text}\n`) });
  }
}
