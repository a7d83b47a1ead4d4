import type { Problem } from './types.ts';

/** An answer of the appliance that is no success, or no answer at all (`status` 0). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(problem: Pick<Problem, 'status' | 'code' | 'detail' | 'hint'>) {
    super(problem.detail);
    this.name = 'ApiProblem';
    this.status = problem.status;
    this.code = problem.code;
    this.hint = problem.hint;
  }
}

export const API_ROOT = '/api/v1';

type Query = Readonly<Record<string, string | number | undefined>>;

/**
 * The answer to `GET path`.
 *
 * @throws ApiProblem
 */
export function getJson<Answer>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Answer> {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const suffix = parameters.size === 0 ? '' : `?${parameters}`;
  return requestJson<Answer>(`${path}${suffix}`, signal === undefined ? {} : { signal });
}

/**
 * The answer to any request; undefined where it has no body.
 *
 * @throws ApiProblem
 */
export async function requestJson<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`${API_ROOT}${path}`, { ...init, headers: { accept: 'application/json', ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiProblem({ status: 0, code: 'API_NO_CONTACT', detail: 'The appliance does not answer.' });
  }
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  try {
    return new ApiProblem((await response.json()) as Problem);
  } catch {
    const detail = `The appliance answered ${response.status} ${response.statusText}`.trim();
    return new ApiProblem({ status: response.status, code: 'API_NO_CONTACT', detail });
  }
}
