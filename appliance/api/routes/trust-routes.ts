import { present } from '../../../core/model/assert.ts';
import type { ApplianceActions } from '../actions.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import { deviceParamsSchema, serverTrustSchema, trustRequestSchema } from '../schema/server-trust.ts';

/** Which certificate a device's server is trusted with. */
export function addTrustRoutes(app: ApiServer, actions: ApplianceActions): void {
  app.route({
    method: 'GET',
    url: '/api/v1/devices/:id/trust',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getServerTrust',
      tags: ['devices'],
      summary: "The certificate that the device's server shows, and the one it is trusted with",
      params: deviceParamsSchema,
      response: { 200: serverTrustSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { id } }) => actions.serverTrust(id),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/devices/:id/trust',
    config: { access: 'engineer' },
    schema: {
      operationId: 'trustServer',
      tags: ['devices'],
      summary: "Trust the device's server with the certificate of this thumbprint; recorded as an entry",
      params: deviceParamsSchema,
      body: trustRequestSchema,
      response: { 200: serverTrustSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { id }, body: { thumbprint }, principal }) =>
      actions.trustServer(id, thumbprint, present(principal, 'the caller of a guarded route').name),
  });
}
