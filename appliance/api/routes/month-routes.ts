import { present } from '../../../core/model/assert.ts';
import type { ApplianceActions } from '../actions.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import {
  monthCloseRequestSchema,
  monthDetailSchema,
  monthListSchema,
  monthParamsSchema,
  monthQuerySchema,
} from '../schema/month.ts';

/** Calendar months of the plant: what they come to, what stands in the way of closing them, and closing them. */
export function addMonthRoutes(app: ApiServer, actions: ApplianceActions): void {
  app.route({
    method: 'GET',
    url: '/api/v1/months',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listMonths',
      tags: ['months'],
      summary: 'The months of the plant, newest first, and which of them are closed',
      querystring: monthQuerySchema,
      response: { 200: monthListSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ query: { limit } }) => actions.listMonths(limit),
  });
  app.route({
    method: 'GET',
    url: '/api/v1/months/:month',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getMonth',
      tags: ['months'],
      summary: 'One month as its entries give it now, with what stands in the way and how it was closed',
      params: monthParamsSchema,
      response: { 200: monthDetailSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { month } }) => actions.showMonth(month),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/months/:month/close',
    config: { access: 'operator' },
    schema: {
      operationId: 'closeMonth',
      tags: ['months'],
      summary:
        'Close a month, or correct a closed one; recorded as an entry, answered with the month as it then stands',
      params: monthParamsSchema,
      body: monthCloseRequestSchema,
      response: { 200: monthDetailSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { month }, body, principal }) => {
      const { name, role, account } = present(principal, 'the caller of a guarded route');
      await actions.closeMonth({ ...body, month, by: name, role, account });
      return actions.showMonth(month);
    },
  });
}
