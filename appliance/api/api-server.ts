import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Access, Principal } from './authenticator.ts';
import { problemSchema } from './schema/problem.ts';

export type ApiServer = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. A route that does not say is for admins only. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Who calls; null on open routes. */
    principal: Principal | null;
  }
}

const problem = {
  description: 'Problem document (RFC 9457)',
  content: { 'application/problem+json': { schema: problemSchema } },
};

/** What every route may answer besides its success. */
export const PROBLEM_RESPONSES = { '4xx': problem, '5xx': problem } as const;

/** Marks a route in the OpenAPI document as one that needs no key. */
export const NO_SECURITY: readonly Record<string, readonly string[]>[] = [];
