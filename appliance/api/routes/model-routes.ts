import { present } from '../../../core/model/assert.ts';
import { parseIso } from '../../../core/model/time.ts';
import type { ApplianceActions } from '../actions.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import {
  modelListSchema,
  modelParamsSchema,
  modelSchema,
  trainingSchema,
  trainRequestSchema,
  useModelRequestSchema,
} from '../schema/model.ts';

/** The models of the units' hydraulic twins: which there are, training a new one, and going back to an earlier one. */
export function addModelRoutes(app: ApiServer, actions: ApplianceActions): void {
  app.route({
    method: 'GET',
    url: '/api/v1/models',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listModels',
      tags: ['models'],
      summary: 'Every model that was ever put in force, oldest first, and what is being trained',
      response: { 200: modelListSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => actions.listModels(),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/models/train',
    config: { access: 'engineer' },
    schema: {
      operationId: 'trainModel',
      tags: ['models'],
      summary: "Learn a unit's model in the background and put it in force when it is done; recorded as an entry",
      body: trainRequestSchema,
      response: { 200: trainingSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ body: { unitId, from, to }, principal }) =>
      actions.trainModel(
        {
          unitId,
          fromMs: from === undefined ? undefined : parseIso(from),
          toMs: to === undefined ? undefined : parseIso(to),
        },
        present(principal, 'the caller of a guarded route').name,
      ),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/models/:digest/use',
    config: { access: 'engineer' },
    schema: {
      operationId: 'useModel',
      tags: ['models'],
      summary: 'Put an earlier model of the unit in force again; recorded as an entry',
      params: modelParamsSchema,
      body: useModelRequestSchema,
      response: { 200: modelSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { digest }, body: { unitId }, principal }) =>
      actions.useModel(digest, unitId, present(principal, 'the caller of a guarded route').name),
  });
}
