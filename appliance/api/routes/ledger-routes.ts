import { proveConsistency, proveInclusion } from '../../../core/ledger/proof.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import { notFound } from '../api-problem.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import { latestCheckpointAnswer, toConsistencyAnswer, toEntryAnswer, toInclusionAnswer } from '../ledger-answer.ts';
import { checkpointSchema, consistencyProofSchema, entrySchema, inclusionProofSchema } from '../schema/ledger.ts';
import {
  consistencyQuerySchema,
  entryPageQuerySchema,
  entryPageSchema,
  inclusionQuerySchema,
  indexParamsSchema,
} from '../schema/ledger-query.ts';
import type { ApplianceView } from '../view.ts';

/** The ledger: its entries, and the proofs that they are in it and stay in it. */
export function addLedgerRoutes(app: ApiServer, view: ApplianceView): void {
  addEntryRoutes(app, view);
  addProofRoutes(app, view);
}

function addEntryRoutes(app: ApiServer, view: ApplianceView): void {
  const reader = ledgerReader(view.store);
  app.route({
    method: 'GET',
    url: '/api/v1/ledger/entries',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listEntries',
      tags: ['ledger'],
      summary: 'Entries from the newest backwards',
      querystring: entryPageQuerySchema,
      response: { 200: entryPageSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ query: { before, limit } }) => {
      const { size } = view.head();
      const end = Math.min(before ?? size, size);
      const begin = Math.max(0, end - limit);
      const items = [...reader.entries(begin, end)].reverse().map(toEntryAnswer);
      return { items, nextBefore: begin > 0 ? begin : null };
    },
  });
  app.route({
    method: 'GET',
    url: '/api/v1/ledger/entries/:index',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getEntry',
      tags: ['ledger'],
      summary: 'One entry with its canonical form',
      params: indexParamsSchema,
      response: { 200: entrySchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { index } }) => {
      const entry = reader.entry(index);
      if (entry === undefined) throw notFound(`The ledger has no entry ${index}.`);
      return toEntryAnswer(entry);
    },
  });
}

function addProofRoutes(app: ApiServer, { store }: ApplianceView): void {
  const reader = ledgerReader(store);
  app.route({
    method: 'GET',
    url: '/api/v1/ledger/checkpoint',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getCheckpoint',
      tags: ['ledger'],
      summary: 'The newest signed checkpoint',
      response: { 200: checkpointSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => {
      const checkpoint = latestCheckpointAnswer(reader);
      if (checkpoint === undefined) throw notFound('The ledger is still empty.');
      return checkpoint;
    },
  });
  app.route({
    method: 'GET',
    url: '/api/v1/ledger/proof',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getInclusionProof',
      tags: ['ledger'],
      summary: 'Proof that an entry is in the ledger',
      querystring: inclusionQuerySchema,
      response: { 200: inclusionProofSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ query: { index, size } }) => toInclusionAnswer(proveInclusion(reader, index, size)),
  });
  app.route({
    method: 'GET',
    url: '/api/v1/ledger/consistency',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getConsistencyProof',
      tags: ['ledger'],
      summary: 'Proof that an earlier ledger is the beginning of a later one',
      querystring: consistencyQuerySchema,
      response: { 200: consistencyProofSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ query: { from, to } }) => toConsistencyAnswer(proveConsistency(reader, from, to)),
  });
}
