/**
 * An error that a person is meant to read: a code with a section in docs/errors.md, one sentence, and a hint.
 * Thrown only where nothing sensible can go on (start-up, a command); everything else carries values.
 */
export class Failure extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  /** Process exit code, contract: 1 check failed, 2 usage or configuration, 3 unreachable, 4 store damaged. */
  readonly exitCode: ExitCode;

  constructor(code: string, sentence: string, options: FailureOptions = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }

  /** `CODE: sentence (hint)`, the form in which every error reaches standard error. */
  toLine(): string {
    return this.hint === undefined ? `${this.code}: ${this.message}` : `${this.code}: ${this.message} (${this.hint})`;
  }
}

export type ExitCode = 1 | 2 | 3 | 4;

export interface FailureOptions {
  hint?: string;
  exitCode?: ExitCode;
  cause?: unknown;
}
