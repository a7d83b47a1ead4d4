import { present } from '../../../core/model/assert.ts';
import type { ApplianceActions } from '../actions.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import { costsSchema } from '../schema/cost.ts';
import { mainnetRequestSchema, mainnetSchema } from '../schema/mainnet.ts';
import {
  deliveryListSchema,
  deliveryParamsSchema,
  deliveryQuerySchema,
  deliverySchema,
  parkRequestSchema,
  syncSchema,
  targetParamsSchema,
} from '../schema/sync.ts';

/** What waits for which target, and what a person does about it. */
export function addSyncRoutes(app: ApiServer, { sync }: Pick<ApplianceActions, 'sync'>): void {
  app.route({
    method: 'GET',
    url: '/api/v1/sync',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getSync',
      tags: ['sync'],
      summary: 'Each target with what it was given and what waits',
      response: { 200: syncSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => ({ link: sync.link(), targets: [...sync.targets()], unsealed: sync.unsealed() }),
  });
  addCostRoute(app, sync);
  addMainnetRoutes(app, sync);
  app.route({
    method: 'POST',
    url: '/api/v1/sync/run',
    config: { access: 'operator' },
    schema: {
      operationId: 'runSync',
      tags: ['sync'],
      summary: 'Try every target again at once; answered as it then stands',
      response: { 200: syncSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => {
      const targets = [...sync.run()];
      return { link: sync.link(), targets, unsealed: sync.unsealed() };
    },
  });
  app.route({
    method: 'GET',
    url: '/api/v1/sync/:target/deliveries',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listDeliveries',
      tags: ['sync'],
      summary: 'Batches of a target in one state, oldest first',
      params: targetParamsSchema,
      querystring: deliveryQuerySchema,
      response: { 200: deliveryListSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { target }, query: { state, after, limit } }) => {
      const items = sync.list(target, state, { limit, ...(after === undefined ? {} : { afterIndex: after }) });
      return { items: [...items], nextAfter: items.length < limit ? null : (items.at(-1)?.batch ?? null) };
    },
  });
  addDecisionRoutes(app, sync);
}

function addCostRoute(app: ApiServer, sync: ApplianceActions['sync']): void {
  app.route({
    method: 'GET',
    url: '/api/v1/sync/costs',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getSyncCosts',
      tags: ['sync'],
      summary: "What the plant's messages cost in a year, as they are sealed now and under each preset; in USD",
      response: { 200: costsSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => sync.costs(),
  });
}

function addMainnetRoutes(app: ApiServer, sync: ApplianceActions['sync']): void {
  app.route({
    method: 'GET',
    url: '/api/v1/sync/mainnet',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getMainnet',
      tags: ['sync'],
      summary: 'What messages to the mainnet of Hedera cost in a year, and who confirmed that they are sent',
      response: { 200: mainnetSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => sync.mainnet(),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/sync/mainnet',
    config: { access: 'admin' },
    schema: {
      operationId: 'confirmMainnet',
      tags: ['sync'],
      summary: 'Confirm that messages go to the mainnet, where they cost real money and stay public for ever',
      body: mainnetRequestSchema,
      response: { 200: mainnetSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ body: { account, by }, principal }) => {
      const { name, role } = present(principal, 'the caller of a guarded route');
      return sync.confirmMainnet({ account, by: by ?? name, told: { name, role } });
    },
  });
}

function addDecisionRoutes(app: ApiServer, sync: ApplianceActions['sync']): void {
  app.route({
    method: 'POST',
    url: '/api/v1/sync/:target/deliveries/:batch/retry',
    config: { access: 'operator' },
    schema: {
      operationId: 'retryDelivery',
      tags: ['sync'],
      summary: 'Try a parked batch again; the target is asked first whether it has it',
      params: deliveryParamsSchema,
      response: { 200: deliverySchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { target, batch } }) => sync.retry(target, batch),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/sync/:target/deliveries/:batch/park',
    config: { access: 'operator' },
    schema: {
      operationId: 'parkDelivery',
      tags: ['sync'],
      summary: 'Leave a batch alone until somebody retries it; it is kept',
      params: deliveryParamsSchema,
      body: parkRequestSchema,
      response: { 200: deliverySchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { target, batch }, body: { reason } }) => sync.park(target, batch, reason),
  });
}
