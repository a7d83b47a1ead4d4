import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { notFound, toProblemDocument } from './api-problem.ts';
import type { ApiServer } from './api-server.ts';
import { notBuiltPage } from './pages.ts';

const INDEX = 'index.html';
const YEAR_S = 31_536_000;
const HTML = 'text/html; charset=utf-8';

/**
 * Serves the built console. An address that is none of the API's and that a browser wants as a page is the console's
 * own: it gets the console, which shows the view that belongs to it.
 */
export async function serveConsole(app: ApiServer, folder: string): Promise<void> {
  const isBuilt = existsSync(join(folder, INDEX));
  if (isBuilt) await addFiles(app, folder);
  app.setNotFoundHandler((request, reply) => {
    if (!wantsPage(request)) return sendNotFound(request, reply);
    reply.header('cache-control', 'no-cache');
    return isBuilt ? reply.sendFile(INDEX, { cacheControl: false }) : reply.code(503).type(HTML).send(notBuiltPage());
  });
}

async function addFiles(app: ApiServer, folder: string): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'open', rateLimit: false };
      route.schema = { ...route.schema, hide: true };
    });
    await scope.register(fastifyStatic, {
      root: folder,
      cacheControl: false,
      decorateReply: false,
      setHeaders: (reply, path) => {
        // Built files carry the hash of their content in their name; the page that names them must be fresh.
        const isHashed = path.includes(join(folder, 'assets'));
        reply.header('cache-control', isHashed ? `public, max-age=${YEAR_S}, immutable` : 'no-cache');
      },
    });
  });
  await app.register(fastifyStatic, { root: folder, serve: false });
}

function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return !/^\/(?:api|docs)(?:[/?]|$)/.test(url) && (headers.accept ?? '').includes('text/html');
}

function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = notFound(`There is no ${request.method} ${request.url.split('?')[0]}.`, 'see /docs for every call');
  return reply.code(404).type('application/problem+json').send(toProblemDocument(problem, request.id));
}
