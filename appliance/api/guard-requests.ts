import type { FastifyRequest } from 'fastify';
import { ApiProblem } from './api-problem.ts';
import type { ApiServer } from './api-server.ts';
import { type Authenticator, keyOf, mayCall } from './authenticator.ts';

/** Names by which a browser on this computer reaches a server on its loopback interface. */
const LOOPBACK_HOST = /^(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?$/i;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Wrong keys that one address may try in a minute before it must wait. */
const WRONG_KEYS_MAX = 30;

/**
 * Decides about every request before anything of it is read: the Host header (against names that an attacker points
 * at this computer), who calls, whether they may, and whether a page of another site made the browser send it.
 */
export function guardRequests(app: ApiServer, authenticator: Authenticator): void {
  const countWrongKey = app.createRateLimit({ max: WRONG_KEYS_MAX, timeWindow: '1 minute' });
  app.decorateRequest('principal', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (!LOOPBACK_HOST.test(request.headers.host ?? '')) throw hostRefused();
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    const access = request.is404 ? 'open' : (request.routeOptions.config.access ?? 'admin');
    if (access === 'open') return;
    const principal = authenticator.identify(request);
    if (principal === undefined) {
      reply.header('www-authenticate', 'Bearer realm="forebay"');
      if (keyOf(request) === undefined) throw unauthorized('nobody');
      refuseTooMany(await countWrongKey(request));
      throw unauthorized('wrong-key');
    }
    if (principal.kind === 'session') checkSameOrigin(request);
    if (!mayCall(principal.role, access)) throw forbidden(principal.role, access);
    request.principal = principal;
  });
}

/**
 * Refuses an unsafe request that a page of another origin (another port of this computer included) had the browser
 * send. Browsers name the origin in every such request.
 *
 * @throws ApiProblem
 */
export function checkSameOrigin(request: FastifyRequest): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin, host } = request.headers;
  if (origin !== undefined && origin.toLowerCase() === `http://${host?.toLowerCase()}`) return;
  throw new ApiProblem(
    403,
    'API_CROSS_ORIGIN',
    'This call changes something, and it does not come from the console.',
    'programs send an API key in x-api-key instead of the cookie',
  );
}

type RateLimitOutcome = Awaited<ReturnType<ReturnType<ApiServer['createRateLimit']>>>;

/** @throws ApiProblem when the limit is exceeded. */
export function refuseTooMany(outcome: RateLimitOutcome): void {
  if (outcome.isAllowed || !outcome.isExceeded) return;
  throw tooMany(outcome.ttlInSeconds);
}

export function tooMany(seconds: number): ApiProblem {
  const details = { retryAfterS: Math.max(1, seconds) };
  return new ApiProblem(429, 'API_TOO_MANY_REQUESTS', `Too many requests; wait ${seconds} s.`, undefined, details);
}

export function unauthorized(cause: 'wrong-key' | 'nobody'): ApiProblem {
  return cause === 'wrong-key'
    ? new ApiProblem(401, 'API_UNAUTHORIZED', 'The key is not valid.', 'make one with `forebay apikey create`')
    : new ApiProblem(401, 'API_UNAUTHORIZED', 'This call needs a key or a session.', 'send x-api-key, or sign in');
}

function forbidden(role: string, access: string): ApiProblem {
  const whose = access === 'push' ? 'ingest, operator' : access;
  return new ApiProblem(403, 'API_FORBIDDEN', `This call is for the role ${whose} or above; yours is ${role}.`);
}

function hostRefused(): ApiProblem {
  const detail = 'The appliance answers only to names of this computer.';
  return new ApiProblem(421, 'API_HOST_REFUSED', detail, 'use http://127.0.0.1 and the port');
}
