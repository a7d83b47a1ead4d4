import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ApplianceActions } from './actions.ts';
import { BODY_BYTES_MAX, toApiProblem, toProblemDocument } from './api-problem.ts';
import type { ApiServer } from './api-server.ts';
import { Authenticator } from './authenticator.ts';
import { serveConsole } from './console-files.ts';
import { guardRequests, tooMany } from './guard-requests.ts';
import { collectOpenApi, serveOpenApi } from './openapi.ts';
import { addBatchRoutes } from './routes/batch-routes.ts';
import { addHealthRoutes } from './routes/health-routes.ts';
import { addKeyRoutes } from './routes/key-routes.ts';
import { addLedgerRoutes } from './routes/ledger-routes.ts';
import { addMeterRoutes } from './routes/meter-routes.ts';
import { addModelRoutes } from './routes/model-routes.ts';
import { addMonthRoutes } from './routes/month-routes.ts';
import { addPlantRoutes } from './routes/plant-routes.ts';
import { addReviewRoutes } from './routes/review-routes.ts';
import { addSessionRoutes } from './routes/session-routes.ts';
import { addStreamRoute, STREAM_PATH } from './routes/stream-route.ts';
import { addSyncRoutes } from './routes/sync-routes.ts';
import { addTelemetryRoute } from './routes/telemetry-route.ts';
import { addTokenRoutes } from './routes/token-routes.ts';
import { addTrustRoutes } from './routes/trust-routes.ts';
import { SessionBook } from './session-book.ts';
import { SignInLinks } from './sign-in-links.ts';
import { StreamHub } from './stream-hub.ts';
import type { ApplianceView } from './view.ts';

export interface ApiServerParts {
  readonly view: ApplianceView;
  readonly actions: ApplianceActions;
  /** Pushes that one key may send in a minute. */
  readonly pushesPerMinute?: number;
  readonly log: FastifyBaseLogger;
  readonly consoleFolder: string;
  readonly version: string;
  readonly localToken: string;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Origin of the API once it listens; links begin with it. */
  readonly origin: () => string;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** Of one address; far above what the console needs, and low enough that polling never starves. */
const REQUESTS_PER_MINUTE = 12_000;
/** Far more than any plant has units and intervals, and enough to bring the backlog of a week within hours. */
const PUSHES_PER_MINUTE = 6000;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const REQUEST_ID_BYTES = 8;

const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    objectSrc: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
  },
};

/** The API with every route and guard, not yet listening. */
export async function createApiServer(parts: ApiServerParts): Promise<{ app: ApiServer; createSignInLink(): string }> {
  const { view, actions, log, localToken, randomBytes } = parts;
  const app = createBareServer(log, randomBytes);
  const sessions = new SessionBook(view.clock, randomBytes);
  const links = new SignInLinks(view.clock, randomBytes);
  const authenticator = new Authenticator({ store: view.store, sessions, localToken });
  const createSignInLink = (): string => `${parts.origin()}/sign-in?token=${links.issue()}`;
  const hub = new StreamHub(view, log);
  app.addHook('preClose', async () => hub.close());

  await app.register(helmet, {
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    hsts: false,
    xFrameOptions: { action: 'deny' },
  });
  await app.register(cookie);
  await app.register(rateLimit, {
    max: REQUESTS_PER_MINUTE,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, { ttl }) => tooMany(Math.ceil(ttl / 1000)),
  });
  guardRequests(app, authenticator);
  observeRequests(app, view);
  await collectOpenApi(app, parts.version);

  addHealthRoutes(app, view, hub, actions);
  addPlantRoutes(app, view);
  addLedgerRoutes(app, view);
  await addTelemetryRoute(app, { actions, view, pushesPerMinute: parts.pushesPerMinute ?? PUSHES_PER_MINUTE });
  addTrustRoutes(app, actions);
  addKeyRoutes(app, actions);
  addMeterRoutes(app, actions);
  addModelRoutes(app, actions);
  addMonthRoutes(app, actions);
  addReviewRoutes(app, view, actions);
  addSyncRoutes(app, actions);
  addTokenRoutes(app, actions);
  addBatchRoutes(app, view, actions);
  addStreamRoute(app, hub, authenticator);
  addSessionRoutes(app, { view, authenticator, sessions, links, createSignInLink });
  await serveOpenApi(app);
  await serveConsole(app, parts.consoleFolder);
  await app.ready();
  return { app, createSignInLink };
}

function createBareServer(log: FastifyBaseLogger, randomBytes: ApiServerParts['randomBytes']): ApiServer {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      if (typeof given === 'string' && REQUEST_ID.test(given)) return given;
      return Buffer.from(randomBytes(REQUEST_ID_BYTES)).toString('hex');
    },
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    frameworkErrors: sendProblem,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendProblem);
  return app;
}

function sendProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toApiProblem(error);
  const details = { err: error, code: problem.code, ...summaryOf(request) };
  if (problem.statusCode >= 500) request.log.error(details, 'A request failed.');
  else request.log.debug({ code: problem.code, detail: problem.message }, 'A request was refused.');
  const document = toProblemDocument(problem, request.id);
  if (problem.details.retryAfterS !== undefined) reply.header('retry-after', String(problem.details.retryAfterS));
  return reply.code(problem.statusCode).type('application/problem+json').serializer(JSON.stringify).send(document);
}

/** One line and one count for every answer. Never the query: a sign-in link carries its token there. */
function observeRequests(app: ApiServer, { metrics }: ApplianceView): void {
  app.addHook('onResponse', async (request, reply) => {
    const { statusCode: status, elapsedTime } = reply;
    const route = request.routeOptions.url ?? 'none';
    // An event stream lasts as long as its window; its duration says nothing about how quickly we answer.
    if (route !== STREAM_PATH)
      metrics.observeRequest({ method: request.method, route, status, seconds: elapsedTime / 1000 });
    const who = request.principal?.name;
    const details = { ...summaryOf(request), status, durationMs: Math.round(elapsedTime), who };
    request.log[isRoutine(request, status) ? 'debug' : 'info'](details, 'Answered a request.');
  });
}

const FIRST_ERROR_STATUS = 400;
const SIGN_IN_PATH = '/sign-in';

/**
 * Nobody looks up later who read what: a console and a command that waits ask several times a second. A sign-in changes
 * what a browser may do, though it is a GET.
 */
function isRoutine({ method, routeOptions }: FastifyRequest, status: number): boolean {
  const route = routeOptions.url;
  if (route === '/health' || route === '/*') return true;
  return method === 'GET' && status < FIRST_ERROR_STATUS && route !== SIGN_IN_PATH;
}

function summaryOf({ method, url }: FastifyRequest): { method: string; path: string | undefined } {
  return { method, path: url.split('?')[0] };
}
