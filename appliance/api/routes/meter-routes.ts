import { present } from '../../../core/model/assert.ts';
import type { ApplianceActions } from '../actions.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import {
  meterChangeRequestSchema,
  meterEventSchema,
  meterListSchema,
  meterParamsSchema,
  meterWithdrawalRequestSchema,
  meterWithdrawalSchema,
} from '../schema/meter.ts';

const SUMMARIES = {
  exchange: 'Record that the meter was exchanged: final register of the old, initial one of the new meter',
  reset: "Record that the meter's register was set: its value before and after",
} as const;

/** The energy meters, and what persons say of them. */
export function addMeterRoutes(app: ApiServer, actions: ApplianceActions): void {
  app.route({
    method: 'GET',
    url: '/api/v1/meters',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listMeters',
      tags: ['meters'],
      summary: 'Every energy register with the last event that was recorded of it',
      response: { 200: meterListSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => ({ items: actions.listMeters() }),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/meters/:point/withdraw',
    config: { access: 'operator' },
    schema: {
      operationId: 'withdrawMeterEvent',
      tags: ['meters'],
      summary: 'Take back an exchange or reset that the register has not shown yet',
      params: meterParamsSchema,
      body: meterWithdrawalRequestSchema,
      response: { 200: meterWithdrawalSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { point }, body, principal }) => {
      const { name, role } = present(principal, 'the caller of a guarded route');
      return actions.withdrawMeter({ ...body, point, by: body.by ?? name, account: { name, role } });
    },
  });
  for (const event of ['exchange', 'reset'] as const) {
    app.route({
      method: 'POST',
      url: `/api/v1/meters/:point/${event}`,
      config: { access: 'operator' },
      schema: {
        operationId: event === 'exchange' ? 'recordMeterExchange' : 'recordMeterReset',
        tags: ['meters'],
        summary: SUMMARIES[event],
        params: meterParamsSchema,
        body: meterChangeRequestSchema,
        response: { 200: meterEventSchema, ...PROBLEM_RESPONSES },
      },
      handler: async ({ params: { point }, body, principal }) => {
        const { name, role } = present(principal, 'the caller of a guarded route');
        return actions.changeMeter({ ...body, point, event, by: body.by ?? name, account: { name, role } });
      },
    });
  }
}
