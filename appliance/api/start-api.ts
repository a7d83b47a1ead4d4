import { createServer } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { Failure } from '../../core/model/failure.ts';
import type { ApplianceLog } from '../log.ts';
import type { ApplianceActions } from './actions.ts';
import { createApiServer } from './create-api-server.ts';
import type { ApplianceView } from './view.ts';

export interface ApiOptions {
  readonly view: ApplianceView;
  readonly actions: ApplianceActions;
  /** Pushes that one key may send in a minute; a default when absent. */
  readonly pushesPerMinute?: number;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly log: ApplianceLog;
  /** Where the built console lies, if it has been built. */
  readonly consoleFolder: string;
  readonly version: string;
  /** From the run file; it may do what an admin may. */
  readonly localToken: string;
  /** Cryptographically secure. */
  readonly randomBytes: (count: number) => Uint8Array;
}

export interface RunningApi {
  /** Origin, without a trailing slash. */
  readonly url: string;
  /** Ends every request and stream, and frees the port. */
  close(): Promise<void>;
  /** A link that signs one browser in once, valid for 15 minutes. */
  createSignInLink(): string;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Starts the local HTTP API and the console.
 *
 * @throws Failure `API_TLS_REQUIRED`, `API_PORT_TAKEN`, `API_NOT_LISTENING`.
 */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { host, port, log } = options;
  if (!LOOPBACK.has(host)) throw tlsRequired(host);
  let url = '';
  const server = await createApiServer({ ...options, log: log as FastifyBaseLogger, origin: () => url });
  try {
    await server.app.listen({ host, port });
  } catch (error) {
    await server.app.close();
    throw listenFailure(error, host, port);
  }
  const address = server.app.server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  url = `http://${host === '::1' ? '[::1]' : host}:${boundPort}`;
  return { url, close: () => server.app.close(), createSignInLink: server.createSignInLink };
}

/**
 * Makes sure that the API will be able to listen, before anything is written: a start that fails for a port that is
 * taken must leave no trace in the ledger.
 *
 * @throws Failure as `startApi` does.
 */
export async function checkListening(host: string, port: number): Promise<void> {
  if (!LOOPBACK.has(host)) throw tlsRequired(host);
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    throw listenFailure(error, host, port);
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function tlsRequired(host: string): Failure {
  return new Failure(
    'API_TLS_REQUIRED',
    `The API cannot listen on ${host}, because without TLS keys would be readable on the way.`,
    {
      hint: 'leave --host out, and reach the console from elsewhere through a VPN or an SSH tunnel',
      exitCode: 2,
    },
  );
}

function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new Failure('API_PORT_TAKEN', `Another program already listens on ${host}:${port}.`, {
      hint: 'choose another port with --port, or stop the other program',
      exitCode: 2,
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new Failure('API_NOT_LISTENING', `The system does not let the API listen on ${host}:${port}.`, {
      hint: 'choose a port from 1024 upwards with --port',
      exitCode: 2,
      cause: error,
    });
  }
  return error;
}
