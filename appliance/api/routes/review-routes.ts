import type { z } from 'zod';
import { projectReading } from '../../../core/ledger/projection.ts';
import { present } from '../../../core/model/assert.ts';
import { readEntry } from '../../../core/store/entries.ts';
import { queryReviews } from '../../../core/store/reviews.ts';
import type { PowerExpectation } from '../../../core/verification/power-expectations.ts';
import type { ApplianceActions } from '../actions.ts';
import { notFound } from '../api-problem.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import { JudgedWindow, type KeptReading } from '../judged-window.ts';
import { toReadingAnswers } from '../reading-answer.ts';
import { indexParamsSchema } from '../schema/ledger-query.ts';
import { readingSchema } from '../schema/reading.ts';
import {
  expectedListSchema,
  expectedQuerySchema,
  reviewPageSchema,
  reviewQuerySchema,
  reviewRequestSchema,
} from '../schema/review.ts';
import type { ApplianceView } from '../view.ts';

type ExpectedPoint = z.infer<typeof expectedListSchema>['items'][number];

/** What persons decide on readings, and what waits for them. */
export function addReviewRoutes(app: ApiServer, view: ApplianceView, actions: ApplianceActions): void {
  const { store } = view;
  addExpectedRoute(app, view);
  app.route({
    method: 'GET',
    url: '/api/v1/reviews',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listReviews',
      tags: ['reviews'],
      summary: 'Readings that wait for a person, or that persons decided on, oldest interval first',
      querystring: reviewQuerySchema,
      response: { 200: reviewPageSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ query: { state, unit, limit, cursor } }) => {
      const page = queryReviews(store, {
        state,
        limit,
        ...(unit === undefined ? {} : { unitId: unit }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { items: toReadingAnswers(store, page.items), nextCursor: page.nextCursor };
    },
  });
  app.route({
    method: 'POST',
    url: '/api/v1/readings/:index/review',
    config: { access: 'operator' },
    schema: {
      operationId: 'reviewReading',
      tags: ['reviews'],
      summary: 'Approve or reject a reading; recorded as an entry, answered with the reading as it then stands',
      params: indexParamsSchema,
      body: reviewRequestSchema,
      response: { 200: readingSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { index }, body, principal }) => {
      const { name, role, account } = present(principal, 'the caller of a guarded route');
      return actions.reviewReading({ ...body, readingIndex: index, by: name, role, account });
    },
  });
}

function addExpectedRoute(app: ApiServer, view: ApplianceView): void {
  const window = new JudgedWindow(view.store);
  app.route({
    method: 'GET',
    url: '/api/v1/readings/:index/expected',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getExpectedPower',
      tags: ['readings'],
      summary: "Power of the unit's last readings up to this one, beside what their water should have given",
      params: indexParamsSchema,
      querystring: expectedQuerySchema,
      response: { 200: expectedListSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { index }, query: { limit } }) => {
      const entry = readEntry(view.store, index);
      if (entry?.kind !== 'reading') throw notFound(`Entry ${index} of the ledger is no reading.`);
      const { unitId, toMs } = projectReading(entry);
      const readings = window.upTo(unitId, toMs, limit, FOLLOWED_BEFORE);
      const expected = view.expectedPowers(unitId, readings);
      return { items: readings.map((each, at) => toExpectedPoint(each, expected[at])).slice(-limit) };
    },
  });
}

/** Readings before the first one shown, through which a model follows wear and clogging: half again what it averages over. */
const FOLLOWED_BEFORE = 864;

function toExpectedPoint(
  { index, reading, verdict }: KeptReading,
  expected: PowerExpectation | undefined,
): ExpectedPoint {
  return {
    index,
    from: reading.from,
    to: reading.to,
    status: verdict.status,
    powerKw: reading.powerKw?.mean ?? null,
    expectedKw: expected?.expectedKw ?? null,
    lowKw: expected?.lowKw ?? null,
    highKw: expected?.highKw ?? null,
    basis: expected?.basis ?? null,
    model: expected?.model ?? null,
  };
}
