import { STATUS_CODES } from 'node:http';
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { type ExitCode, Failure } from '../../core/model/failure.ts';
import type { problemSchema } from './schema/problem.ts';

export type Problem = z.infer<typeof problemSchema>;

/** The largest body of a request that is read. */
export const BODY_BYTES_MAX = 64 * 1024;

/** Members beyond those of every problem document, and when the same may be asked again. */
export type ProblemDetails = Pick<Problem, 'errors' | 'entry_index' | 'identical' | 'anchor'> & {
  readonly retryAfterS?: number;
  /** With which a command ends that asked; 1 when absent. */
  readonly exitCode?: ExitCode;
};

/** An answer that is no success. Thrown by whoever handles a request; the server makes the document of it. */
export class ApiProblem extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: ProblemDetails;

  constructor(statusCode: number, code: string, detail: string, hint?: string, details: ProblemDetails = {}) {
    super(detail);
    this.name = 'ApiProblem';
    this.statusCode = statusCode;
    this.code = code;
    this.hint = hint;
    this.details = details;
  }
}

/** Failures of the core that are the caller's doing or pass by themselves; any other is ours. */
const FAILURE_STATUS: Readonly<Record<string, number>> = {
  APP_NO_SUCH_DEVICE: 404,
  APP_NO_TRUST: 409,
  APP_TRUST_DAMAGED: 409,
  APP_OTHER_CERTIFICATE: 409,
  APP_THUMBPRINT: 400,
  CAR_MONTH_CHANGED_MEANWHILE: 409,
  CAR_MONTH_CLOSED: 409,
  CAR_MONTH_EMPTY: 409,
  CAR_MONTH_GAPS: 409,
  CAR_MONTH_NOT_CLOSED: 409,
  CAR_MONTH_NOT_OVER: 409,
  CAR_MONTH_ORDER: 409,
  CAR_MONTH_REASON: 400,
  CAR_MONTH_REFUSED: 409,
  CAR_MONTH_ROLE: 403,
  CAR_MONTH_TWICE: 409,
  CAR_MONTH_UNCHANGED: 409,
  CAR_MONTH_UNFINISHED: 409,
  CAR_MONTH_UNSOUND: 409,
  CAR_MONTH_WAITING: 409,
  CAR_MONTH_ZONE: 409,
  LED_KEY_CHANGING: 409,
  LED_KEY_NOT_WRITTEN: 503,
  LED_OUT_OF_RANGE: 404,
  ACQ_METER_ABOVE_REGISTER: 422,
  ACQ_METER_ALREADY_RECORDED: 409,
  ACQ_METER_BAD_VALUE: 400,
  ACQ_METER_BELOW_REGISTER: 422,
  ACQ_METER_CONTRADICTS: 409,
  ACQ_METER_IMPLAUSIBLE: 422,
  ACQ_METER_IN_FUTURE: 422,
  ACQ_METER_NO_REGISTER: 409,
  ACQ_METER_NOTHING_WAITS: 409,
  ACQ_METER_PENDING: 409,
  ACQ_METER_TOO_EARLY: 422,
  ACQ_METER_UNKNOWN_POINT: 404,
  REV_ALREADY_DECIDED: 409,
  REV_BAD_REASON: 400,
  REV_CHANGED_MEANWHILE: 409,
  REV_IN_FUTURE: 422,
  REV_NO_READING: 404,
  REV_NOTHING_TO_REVIEW: 409,
  REV_ROLE: 403,
  REV_TOO_MANY: 409,
  STO_BAD_CURSOR: 400,
  STO_FULL: 503,
  STO_LOCKED: 503,
  SYN_HEDERA_DEMO: 409,
  SYN_MAINNET_ACCOUNT_OTHER: 409,
  SYN_MAINNET_NOT_NAMED: 409,
  VER_MODEL_IN_FORCE: 409,
  VER_MODEL_OTHER_UNIT: 409,
  VER_MODEL_UNKNOWN: 404,
  VER_TRAIN_NO_UNIT: 404,
  VER_TRAIN_RUNNING: 409,
};

/** What to answer when `error` ended a request. Says nothing of the program's insides. */
export function toApiProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof Failure) {
    const { code, message, hint, exitCode } = error;
    return new ApiProblem(FAILURE_STATUS[code] ?? 500, code, message, hint, { exitCode });
  }
  if (hasZodFastifySchemaValidationErrors(error)) return badRequest(error);
  const status = isResponseSerializationError(error) ? 500 : statusOf(error);
  if (status === 413)
    return new ApiProblem(
      413,
      'API_TOO_LARGE',
      `The request is larger than ${BODY_BYTES_MAX / 1024} KiB.`,
      'send less at a time',
    );
  if (status >= 400 && status < 500) {
    return new ApiProblem(status, 'API_BAD_REQUEST', `The request cannot be read: ${sentenceOf(error)}.`);
  }
  const hint = 'look in the log for this requestId';
  return new ApiProblem(500, 'API_INTERNAL', 'The appliance could not answer because of an error of its own.', hint);
}

/** RFC 9457. */
export function toProblemDocument(problem: ApiProblem, requestId: string): Problem {
  const { retryAfterS: _, ...members } = problem.details;
  return {
    type: `urn:forebay:error:${problem.code}`,
    title: STATUS_CODES[problem.statusCode] ?? 'Error',
    status: problem.statusCode,
    detail: problem.message,
    code: problem.code,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    requestId,
    ...members,
  };
}

export function notFound(detail: string, hint?: string): ApiProblem {
  return new ApiProblem(404, 'API_NOT_FOUND', detail, hint);
}

interface ValidationFailure {
  readonly validation: readonly { readonly instancePath: string; readonly message?: string }[];
  readonly validationContext?: string | undefined;
}

const WHERE: Readonly<Record<string, string>> = { querystring: 'query', params: 'path', body: 'body' };

/** Names every field that is wrong, as `query limit: ...`. */
function badRequest({ validation, validationContext = '' }: ValidationFailure): ApiProblem {
  const where = WHERE[validationContext] ?? validationContext;
  const faults = validation.map(({ instancePath, message = 'is wrong' }) => {
    const field = instancePath.replace(/^\//, '').replaceAll('/', '.');
    return `${[where, field].filter(Boolean).join(' ')}: ${message}`;
  });
  const hint = 'see /docs for what each call takes';
  return new ApiProblem(400, 'API_BAD_REQUEST', faults.join('; '), hint, { exitCode: 2 });
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500;
  return typeof status === 'number' ? status : 500;
}

/** Of an error that the HTTP framework made from the request itself. */
function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : 'it is malformed';
}
