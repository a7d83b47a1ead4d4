import { z } from 'zod';
import { present } from '../../../core/model/assert.ts';
import { ApiProblem } from '../api-problem.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import type { Authenticator } from '../authenticator.ts';
import { STREAM_CLIENTS_MAX, type StreamHub } from '../stream-hub.ts';

export const STREAM_PATH = '/api/v1/stream';

/** The appliance's events as they happen. */
export function addStreamRoute(app: ApiServer, hub: StreamHub, authenticator: Authenticator): void {
  app.route({
    method: 'GET',
    url: STREAM_PATH,
    config: { access: 'viewer' },
    schema: {
      operationId: 'openStream',
      tags: ['plant'],
      summary: 'Server-sent events: sample, reading, review, device, ledger, sync, alarm; a ping every 15 s',
      response: {
        200: { description: 'Event stream', content: { 'text/event-stream': { schema: z.string() } } },
        ...PROBLEM_RESPONSES,
      },
    },
    handler: async (request, reply) => {
      if (hub.size >= STREAM_CLIENTS_MAX) {
        const hint = 'close windows of the console that are not needed';
        throw new ApiProblem(
          503,
          'API_TOO_MANY_STREAMS',
          `${hub.size} event streams are open, the most there may be.`,
          hint,
        );
      }
      const principal = present(request.principal, 'the caller of a guarded route');
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value);
      }
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
      hub.add({
        response: reply.raw,
        requestId: request.id,
        isInForce: () => authenticator.isInForce(principal),
      });
    },
  });
}
