import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ReadableStore } from '../../../core/store/handle.ts';
import { anchorOf } from '../../../core/sync/anchor.ts';
import type { PushRefusal } from '../../../drivers/http/push-refusal.ts';
import { receiverWord } from '../../courier/receiver-word.ts';
import type { PushOutcome } from '../../push-intake.ts';
import type { ApplianceActions } from '../actions.ts';
import { ApiProblem } from '../api-problem.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import { keyOf } from '../authenticator.ts';
import { refuseTooMany } from '../guard-requests.ts';
import type { telemetryAnchorSchema } from '../schema/anchor.ts';
import { telemetryAnswerSchema, telemetryHeadersSchema, telemetrySchema } from '../schema/telemetry.ts';
import type { ApplianceView } from '../view.ts';

export interface TelemetryRouteParts {
  readonly actions: ApplianceActions;
  readonly view: ApplianceView;
  /** That one key may send. */
  readonly pushesPerMinute: number;
}

/** Where a SCADA pushes. The body is taken as bytes, since the bytes are the evidence. */
export async function addTelemetryRoute(app: ApiServer, parts: TelemetryRouteParts): Promise<void> {
  await app.register(async (scope) => {
    // Whatever type the sender names: a body that is no JSON is told so in words.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => body);
    addRoute(scope as ApiServer, parts);
  });
}

function addRoute(app: ApiServer, { actions, view, pushesPerMinute }: TelemetryRouteParts): void {
  const countPush = app.createRateLimit({
    max: pushesPerMinute,
    timeWindow: '1 minute',
    keyGenerator: (request) => `push ${keyOf(request) ?? request.ip}`,
  });
  app.route({
    method: 'POST',
    url: '/api/v1/telemetry',
    config: { access: 'push' },
    // The schema describes; what is wrong with a body the driver says, field by field.
    validatorCompiler: () => (value: unknown) => ({ value }),
    schema: {
      operationId: 'pushTelemetry',
      tags: ['telemetry'],
      summary:
        "Push one unit's values: they become its reading of the interval that ends at timestamp (now, if absent)",
      headers: telemetryHeadersSchema,
      body: telemetrySchema,
      response: { 201: telemetryAnswerSchema, ...PROBLEM_RESPONSES },
    },
    handler: async (request, reply) => {
      refuseTooMany(await countPush(request));
      const outcome = actions.takePush({ body: bytesOf(request.body), nonce: headerOf(request, 'x-nonce') });
      view.metrics.countPush(outcome.kind === 'recorded' ? 'recorded' : outcome.refusal.code);
      if (outcome.kind === 'refused') throw toProblem(outcome.refusal, view.store);
      reply.header('location', `/api/v1/readings/${outcome.index}`);
      return reply.code(201).send(answerOf(outcome, view.store));
    },
  });
}

function answerOf(
  recorded: Extract<PushOutcome, { kind: 'recorded' }>,
  store: ReadableStore,
): z.input<typeof telemetryAnswerSchema> {
  const { index, verdict, from, to, unused } = recorded;
  return {
    status: verdict.status,
    trust_score: verdict.trustScore,
    entry_index: index,
    from,
    to,
    anchor: anchorAt(store, index),
    findings: [...verdict.findings],
    unused: [...unused],
  };
}

/** As whoever pushes knows it: the first message at Hedera that holds the reading, if there is one. */
function anchorAt(store: ReadableStore, index: number): z.input<typeof telemetryAnchorSchema> {
  const anchor = anchorOf(store, index, receiverWord(store));
  const message = anchor.receipts.flatMap((receipt) => receipt.message ?? []).at(0);
  return { ...anchor, hedera_tx_id: message?.transactionId ?? null, hashscan_url: message?.hashscanUrl ?? null };
}

function toProblem({ status, code, message, hint, ...more }: PushRefusal, store: ReadableStore): ApiProblem {
  return new ApiProblem(status, code, message, hint, {
    ...(more.errors === undefined ? {} : { errors: [...more.errors] }),
    ...(more.entryIndex === undefined
      ? {}
      : { entry_index: more.entryIndex, anchor: anchorAt(store, more.entryIndex) }),
    ...(more.isIdentical === undefined ? {} : { identical: more.isIdentical }),
    ...(more.retryAfterS === undefined ? {} : { retryAfterS: more.retryAfterS }),
  });
}

function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
