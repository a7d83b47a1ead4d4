import { present } from '../../../core/model/assert.ts';
import type { ApplianceActions } from '../actions.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import { keyRotationRequestSchema, keyRotationSchema } from '../schema/key.ts';

/** The device key. Its private half never passes through here. */
export function addKeyRoutes(app: ApiServer, actions: ApplianceActions): void {
  app.route({
    method: 'POST',
    url: '/api/v1/keys/rotate',
    config: { access: 'admin' },
    schema: {
      operationId: 'rotateKey',
      tags: ['ledger'],
      summary: 'Put a new device key in force and destroy the old one; recorded as an entry that both sign',
      body: keyRotationRequestSchema,
      response: { 200: keyRotationSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ body: { reason, by }, principal }) =>
      actions.rotateKey({ reason, by: by ?? present(principal, 'the caller of a guarded route').name }),
  });
}
