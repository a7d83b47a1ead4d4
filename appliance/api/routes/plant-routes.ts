import { parseIso } from '../../../core/model/time.ts';
import { readEntry } from '../../../core/store/entries.ts';
import { queryGaps } from '../../../core/store/gaps.ts';
import { queryReadings } from '../../../core/store/readings.ts';
import { openGapAnswers, toGapAnswer } from '../../gap-answer.ts';
import { notFound } from '../api-problem.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import { toReadingAnswer, toReadingAnswers } from '../reading-answer.ts';
import { gapPageSchema, gapQuerySchema } from '../schema/gap.ts';
import { indexParamsSchema } from '../schema/ledger-query.ts';
import { readingPageSchema, readingQuerySchema, readingSchema } from '../schema/reading.ts';
import { pointListSchema, statusSchema } from '../schema/status.ts';
import type { ApplianceView } from '../view.ts';

/** The plant now, and what was recorded of it. */
export function addPlantRoutes(app: ApiServer, view: ApplianceView): void {
  app.route({
    method: 'GET',
    url: '/api/v1/status',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getStatus',
      tags: ['plant'],
      summary: 'Plant, units, devices, ledger, targets, clock and disk',
      response: { 200: statusSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => view.status(),
  });
  app.route({
    method: 'GET',
    url: '/api/v1/points',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listPoints',
      tags: ['plant'],
      summary: 'The latest sample or miss of every point',
      response: { 200: pointListSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => ({ items: [...view.points()] }),
  });
  addReadingRoutes(app, view);
  addGapRoute(app, view);
}

function addReadingRoutes(app: ApiServer, { store }: ApplianceView): void {
  app.route({
    method: 'GET',
    url: '/api/v1/readings',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listReadings',
      tags: ['readings'],
      summary: 'Readings with their verdicts, page by page',
      querystring: readingQuerySchema,
      response: { 200: readingPageSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ query }) => {
      const { unit, from, to, status, order, limit, cursor } = query;
      const page = queryReadings(store, {
        order,
        limit,
        ...(unit === undefined ? {} : { unitId: unit }),
        ...spanOf(from, to),
        ...(status === undefined ? {} : { status }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { items: toReadingAnswers(store, page.items), nextCursor: page.nextCursor };
    },
  });
  app.route({
    method: 'GET',
    url: '/api/v1/readings/:index',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getReading',
      tags: ['readings'],
      summary: 'The reading that a ledger entry holds',
      params: indexParamsSchema,
      response: { 200: readingSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { index } }) => {
      const entry = readEntry(store, index);
      if (entry === undefined) throw notFound(`The ledger has no entry ${index}.`);
      if (entry.kind !== 'reading') throw notFound(`Entry ${index} is a ${entry.kind} and no reading.`);
      return toReadingAnswer(store, { index, recordedAtMs: Date.parse(entry.at), body: entry.body });
    },
  });
}

function addGapRoute(app: ApiServer, view: ApplianceView): void {
  const { store } = view;
  app.route({
    method: 'GET',
    url: '/api/v1/gaps',
    config: { access: 'viewer' },
    schema: {
      operationId: 'listGaps',
      tags: ['readings'],
      summary: 'Stretches without a usable value of a unit, with what became of their energy',
      querystring: gapQuerySchema,
      response: { 200: gapPageSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ query: { unit, from, to, limit, cursor } }) => {
      const rows = queryGaps(store, {
        limit: limit + 1,
        ...(unit === undefined ? {} : { unitId: unit }),
        ...spanOf(from, to),
        ...(cursor === undefined ? {} : { afterIndex: Number(cursor) }),
      });
      const items = rows.slice(0, limit).map(toGapAnswer);
      const units = view.status().plant.units.map(({ id }) => id);
      const asked = units.filter((id) => unit === undefined || id === unit);
      const open = openGapAnswers(store, asked, view.clock.wallMs());
      return { items, open, nextCursor: rows.length > limit ? String(items.at(-1)?.index) : null };
    },
  });
}

function spanOf(from: string | undefined, to: string | undefined): { fromMs?: number; toMs?: number } {
  const fromMs = from === undefined ? undefined : parseIso(from);
  const toMs = to === undefined ? undefined : parseIso(to);
  return { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
}
