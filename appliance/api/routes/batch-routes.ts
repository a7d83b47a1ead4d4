import { readingsWithin } from '../../../core/store/readings.ts';
import { batchAt } from '../../../core/sync/sealed-batches.ts';
import { batchDetail, batchPage, foundBatches } from '../../sync/batch-answer.ts';
import type { ApplianceActions } from '../actions.ts';
import { notFound } from '../api-problem.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import { keyOf } from '../authenticator.ts';
import { refuseTooMany } from '../guard-requests.ts';
import { toReadingAnswers } from '../reading-answer.ts';
import {
  batchDetailSchema,
  batchFindSchema,
  batchPageSchema,
  batchQuerySchema,
  batchReadingsQuerySchema,
  foundBatchesSchema,
} from '../schema/batch.ts';
import { batchProofSchema, proofRequestSchema } from '../schema/batch-proof.ts';
import { indexParamsSchema } from '../schema/ledger-query.ts';
import { batchReadingsSchema } from '../schema/reading.ts';
import type { ApplianceView } from '../view.ts';

/** From the ledger to what the targets hold, and back. */
export function addBatchRoutes(
  app: ApiServer,
  { store }: Pick<ApplianceView, 'store'>,
  actions: Pick<ApplianceActions, 'sync'>,
): void {
  addProofRoute(app, store, actions);
  app.route({
    method: 'GET',
    url: '/api/v1/sync/batches',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listBatches',
      tags: ['sync'],
      summary: 'Sealed batches with how far each has come, newest first',
      querystring: batchQuerySchema,
      response: { 200: batchPageSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ query: { filter, before, limit } }) => {
      const items = batchPage(store, { filter, limit, ...(before === undefined ? {} : { before }) });
      return { items, nextBefore: items.length < limit ? null : (items.at(-1)?.index ?? null) };
    },
  });
  app.route({
    method: 'GET',
    url: '/api/v1/sync/find',
    config: { access: 'viewer' },
    schema: {
      operationId: 'findBatches',
      tags: ['sync'],
      summary: 'The batches that a number or an id found at a target may mean',
      querystring: batchFindSchema,
      response: { 200: foundBatchesSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ query: { what } }) => ({ items: foundBatches(store, what) }),
  });
  addDetailRoutes(app, store);
}

function addDetailRoutes(app: ApiServer, store: ApplianceView['store']): void {
  app.route({
    method: 'GET',
    url: '/api/v1/sync/batches/:index',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getBatch',
      tags: ['sync'],
      summary: 'A batch with its message, its deliveries and what each target said',
      params: indexParamsSchema,
      response: { 200: batchDetailSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { index } }) => {
      const batch = batchDetail(store, index);
      if (batch === undefined) throw noBatch(index);
      return batch;
    },
  });
  app.route({
    method: 'GET',
    url: '/api/v1/sync/batches/:index/readings',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listBatchReadings',
      tags: ['sync'],
      summary: 'The readings that a batch holds, in the order in which they were recorded',
      params: indexParamsSchema,
      querystring: batchReadingsQuerySchema,
      response: { 200: batchReadingsSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { index }, query: { after, limit } }) => {
      const batch = batchAt(store, index);
      if (batch === undefined) throw noBatch(index);
      const first = after === undefined ? batch.first : Math.max(batch.first, after + 1);
      const items = toReadingAnswers(store, readingsWithin(store, first, batch.end, limit));
      return { items, nextAfter: items.length < limit ? null : (items.at(-1)?.index ?? null) };
    },
  });
}

/** Proofs that one sender may ask for in a minute: each asks a mirror a few times, which counts them too. */
const PROOFS_PER_MINUTE = 30;

function addProofRoute(app: ApiServer, store: ApplianceView['store'], { sync }: Pick<ApplianceActions, 'sync'>): void {
  const countProof = app.createRateLimit({
    max: PROOFS_PER_MINUTE,
    timeWindow: '1 minute',
    keyGenerator: (request) => `proof ${keyOf(request) ?? request.ip}`,
  });
  app.route({
    method: 'POST',
    url: '/api/v1/sync/batches/:index/prove',
    // It reads here and at the mirror, and changes nothing: whoever may read may hold us to it.
    config: { access: 'viewer' },
    schema: {
      operationId: 'proveBatch',
      tags: ['sync'],
      summary:
        "Fetch the batch's message from a Hedera mirror and hold it, the ledger and a reading against each other",
      params: indexParamsSchema,
      body: proofRequestSchema,
      response: { 200: batchProofSchema, ...PROBLEM_RESPONSES },
    },
    handler: async (request) => {
      refuseTooMany(await countProof(request));
      const { params, body } = request;
      if (batchAt(store, params.index) === undefined) throw noBatch(params.index);
      return sync.prove(params.index, body.reading);
    },
  });
}

function noBatch(index: number): Error {
  return notFound(`Entry ${index} is no batch.`);
}
