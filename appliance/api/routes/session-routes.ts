import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { toIso } from '../../../core/model/time.ts';
import { findApiKey } from '../../../core/store/api-keys.ts';
import { ApiProblem, notFound } from '../api-problem.ts';
import { type ApiServer, NO_SECURITY, PROBLEM_RESPONSES } from '../api-server.ts';
import { type Authenticator, SESSION_COOKIE } from '../authenticator.ts';
import { checkSameOrigin, refuseTooMany, unauthorized } from '../guard-requests.ts';
import { spentLinkPage } from '../pages.ts';
import { sessionSchema, signInLinkSchema, signInSchema } from '../schema/session.ts';
import { type NewSession, SESSION_MS, type SessionBook } from '../session-book.ts';
import type { SignInLinks } from '../sign-in-links.ts';
import type { ApplianceView } from '../view.ts';

export interface SessionRouteParts {
  readonly view: ApplianceView;
  readonly authenticator: Authenticator;
  readonly sessions: SessionBook;
  readonly links: SignInLinks;
  readonly createSignInLink: () => string;
}

/** Failed attempts to sign in that one address may make in a minute before it must wait. */
const FAILED_SIGN_INS_MAX = 10;

/** Who a one-time link signs in: whoever could read the terminal or the run file. */
const LINK_SESSION: NewSession = { name: 'local', role: 'admin' };

/** Signing in and out of the console. */
export function addSessionRoutes(app: ApiServer, parts: SessionRouteParts): void {
  const countFailure = app.createRateLimit({ max: FAILED_SIGN_INS_MAX, timeWindow: '1 minute' });
  const fail = async (request: FastifyRequest): Promise<void> => refuseTooMany(await countFailure(request));
  addOwnSession(app, parts);
  addSignIn(app, parts, fail);
  addSignInLinks(app, parts, fail);
}

type CountFailure = (request: FastifyRequest) => Promise<void>;

function addOwnSession(app: ApiServer, { authenticator, sessions }: SessionRouteParts): void {
  app.route({
    method: 'GET',
    url: '/api/v1/session',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getSession',
      tags: ['session'],
      summary: 'The session of the cookie',
      response: { 200: sessionSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ principal }) => {
      const session = principal?.kind === 'session' ? authenticator.session(principal.token) : undefined;
      if (session === undefined) throw notFound('This call was made with a key, which needs no session.');
      return { name: session.name, role: session.role, expiresAt: toIso(session.expiresAtMs) };
    },
  });
  app.route({
    method: 'DELETE',
    url: '/api/v1/session',
    config: { access: 'viewer' },
    schema: {
      operationId: 'deleteSession',
      tags: ['session'],
      summary: 'Sign out',
      response: { 204: z.null().describe('Signed out'), ...PROBLEM_RESPONSES },
    },
    handler: async ({ principal }, reply) => {
      if (principal?.kind === 'session') sessions.close(principal.token);
      reply.clearCookie(SESSION_COOKIE, { path: '/' });
      return reply.code(204).send(null);
    },
  });
}

function addSignIn(app: ApiServer, { view, sessions }: SessionRouteParts, fail: CountFailure): void {
  app.route({
    method: 'POST',
    url: '/api/v1/session',
    config: { access: 'open' },
    schema: {
      operationId: 'createSession',
      tags: ['session'],
      summary: 'Sign in with an API key; sets the session cookie',
      security: NO_SECURITY,
      body: signInSchema,
      response: { 200: sessionSchema, ...PROBLEM_RESPONSES },
    },
    handler: async (request, reply) => {
      // Otherwise another site could sign the operator in as somebody else.
      if (request.headers.origin !== undefined) checkSameOrigin(request);
      const key = findApiKey(view.store, request.body.apiKey.trim());
      if (key === undefined) {
        await fail(request);
        throw unauthorized('wrong-key');
      }
      if (key.role === 'ingest') {
        const hint = 'sign in with a key of another role';
        throw new ApiProblem(403, 'API_FORBIDDEN', 'A key of the role ingest only pushes readings in.', hint);
      }
      setCookie(reply, sessions.open({ name: key.name, role: key.role, keyId: key.id }));
      return { name: key.name, role: key.role, expiresAt: toIso(view.clock.wallMs() + SESSION_MS) };
    },
  });
}

function addSignInLinks(app: ApiServer, parts: SessionRouteParts, fail: CountFailure): void {
  app.route({
    method: 'POST',
    url: '/api/v1/sign-in-links',
    config: { access: 'admin' },
    schema: {
      operationId: 'createSignInLink',
      tags: ['session'],
      summary: 'A link that signs one browser in once, valid for 15 minutes',
      response: { 201: signInLinkSchema, ...PROBLEM_RESPONSES },
    },
    handler: async (_request, reply) => reply.code(201).send({ url: parts.createSignInLink() }),
  });
  app.route({
    method: 'GET',
    url: '/sign-in',
    config: { access: 'open' },
    schema: {
      operationId: 'signIn',
      tags: ['session'],
      summary: 'Where a one-time link leads: sets the session cookie and goes on to the console',
      security: NO_SECURITY,
      querystring: z.object({ token: z.string().max(200).default('') }),
      response: {
        302: z.null().describe('Signed in; on to the console'),
        410: { description: 'The link was used or has expired', content: { 'text/html': { schema: z.string() } } },
        ...PROBLEM_RESPONSES,
      },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
      if (!parts.links.redeem(request.query.token)) {
        await fail(request);
        return reply.code(410).type('text/html; charset=utf-8').send(spentLinkPage());
      }
      setCookie(reply, parts.sessions.open(LINK_SESSION));
      return reply.redirect('/', 302);
    },
  });
}

function setCookie(reply: FastifyReply, token: string): void {
  reply.setCookie(SESSION_COOKIE, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    maxAge: SESSION_MS / 1000,
  });
}
