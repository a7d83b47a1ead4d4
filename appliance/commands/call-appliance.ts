import { type ExitCode, Failure } from '../../core/model/failure.ts';
import type { RunFile } from '../run-file.ts';

const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Asks the running appliance as its own user.
 *
 * @throws Failure with the code of the problem document it answered, or `APP_NO_ANSWER`.
 */
export async function callAppliance(
  running: RunFile,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  timeoutMs: number = ANSWER_TIMEOUT_MS,
): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(`${running.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${running.localToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw noAnswer(running, 'it did not answer', cause);
  }
  const answered: unknown = await answer.json().catch(() => undefined);
  if (answer.ok && answered !== undefined) return answered;
  const { code, detail, hint, exitCode } = (answered ?? {}) as Partial<Record<'code' | 'detail' | 'hint', string>> & {
    exitCode?: ExitCode;
  };
  if (typeof code !== 'string' || typeof detail !== 'string') throw noAnswer(running, `it answered ${answer.status}`);
  // The same mistake ends a command in the same way, whether or not an appliance is running.
  throw new Failure(code, detail, { ...(hint === undefined ? {} : { hint }), exitCode: exitCode ?? 1 });
}

function noAnswer({ url }: RunFile, reason: string, cause?: unknown): Failure {
  return new Failure('APP_NO_ANSWER', `The appliance at ${url} gave no answer: ${reason}.`, {
    hint: 'its log in the data folder says more; restart it if it stays so',
    exitCode: 3,
    cause,
  });
}
