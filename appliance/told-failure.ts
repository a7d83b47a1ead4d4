import { type ExitCode, Failure } from '../core/model/failure.ts';

/** A failure as a thread tells it to another: plain data. */
export interface ToldFailure {
  readonly kind: 'failed';
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode | undefined;
}

export function tellFailure({ code, message, hint, exitCode }: Failure): ToldFailure {
  return { kind: 'failed', code, message, hint, exitCode };
}

/** The failure that was told. */
export function failureOf({ code, message, hint, exitCode }: ToldFailure): Failure {
  return new Failure(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}
