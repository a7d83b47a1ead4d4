import { z } from 'zod';
import type { ApplianceActions } from '../actions.ts';
import { type ApiServer, NO_SECURITY, PROBLEM_RESPONSES } from '../api-server.ts';
import { healthSchema, readinessSchema } from '../schema/health.ts';
import type { StreamHub } from '../stream-hub.ts';
import type { ApplianceView } from '../view.ts';

/** Whether the appliance lives, whether it does its work, and its figures. */
export function addHealthRoutes(
  app: ApiServer,
  view: ApplianceView,
  hub: StreamHub,
  { tokens }: Pick<ApplianceActions, 'tokens'>,
): void {
  app.route({
    method: 'GET',
    url: '/health',
    config: { access: 'open' },
    schema: {
      operationId: 'getHealth',
      tags: ['health'],
      summary: 'Whether the appliance lives',
      security: NO_SECURITY,
      response: { 200: healthSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => ({ status: 'ok' as const }),
  });
  app.route({
    method: 'GET',
    url: '/ready',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getReadiness',
      tags: ['health'],
      summary: 'Whether the appliance does its work, and what is missing if not',
      response: { 200: readinessSchema, 503: readinessSchema, ...PROBLEM_RESPONSES },
    },
    handler: async (_request, reply) => {
      const { ready, reasons } = view.readiness();
      return reply.code(ready ? 200 : 503).send({ ready, reasons: [...reasons] });
    },
  });
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getMetrics',
      tags: ['health'],
      summary: 'Figures for Prometheus',
      response: {
        200: { description: 'Prometheus text format', content: { 'text/plain': { schema: z.string() } } },
        ...PROBLEM_RESPONSES,
      },
    },
    handler: async (_request, reply) => {
      const text = await view.metrics.expose(view.status(), hub.size, tokens.figures());
      return reply.type(view.metrics.contentType).send(text);
    },
  });
}
