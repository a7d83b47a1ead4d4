import { afterAll, beforeAll, expect, test } from 'vitest';
import { present } from '../../core/model/assert.ts';
import { refusingActions, startTestApi, type TestApi } from '../../tests/fixtures/api.ts';
import type { PushOutcome, PushRequest } from '../push-intake.ts';
import { problemSchema } from './schema/problem.ts';
import { flatTelemetrySchema, signedTelemetrySchema, telemetryAnswerSchema } from './schema/telemetry.ts';

const PATH = '/api/v1/telemetry';

const recorded: PushOutcome = {
  kind: 'recorded',
  index: 417,
  from: '2026-11-25T12:00:00.000Z',
  to: '2026-11-25T12:05:00.000Z',
  verdict: {
    status: 'FLAGGED',
    trustScore: 0.77,
    layers: [],
    findings: [
      { code: 'VER_X', layer: 'physics', severity: 'flag', message: 'm', action: 'a', evidence: { powerKw: 12.5 } },
    ],
    engine: { version: '9', config: 'c' },
  },
  unused: [{ field: 'ph', reason: 'no signal of the unit names it' }],
};

interface OpenApiPart {
  readonly paths: Record<
    string,
    {
      readonly post: {
        readonly requestBody: { content: Record<string, { schema: { anyOf?: Reference[]; oneOf?: Reference[] } }> };
        readonly responses: object;
      };
    }
  >;
  readonly components: { readonly schemas: Record<string, { readonly examples?: readonly unknown[] }> };
}
type Reference = { readonly $ref: string };

let api: TestApi;
let taken: PushRequest[] = [];
let outcome: PushOutcome = recorded;
beforeAll(async () => {
  const actions = {
    ...refusingActions,
    takePush: (request: PushRequest) => {
      taken.push(request);
      return outcome;
    },
  };
  api = await startTestApi({ actions, isSealed: true });
});
afterAll(async () => void (await api.stop()));

function send(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  role: 'ingest' | 'viewer' = 'ingest',
) {
  return fetch(`${api.url}${PATH}`, {
    method: 'POST',
    headers: { 'x-api-key': api.keys[role].key, ...headers },
    body: typeof body === 'string' ? Buffer.from(body, 'utf8') : body,
  });
}

test('a recorded push is answered as the contract says, and its bytes are handed on as they came', async () => {
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain; charset=utf-8']) {
    taken = [];
    outcome = recorded;
    const response = await send('{ "a":\t1.50 }\r\n', { 'content-type': type, 'x-nonce': 'n-1' });
    expect(response.status, type).toBe(201);
    expect(response.headers.get('location')).toBe('/api/v1/readings/417');
    expect(telemetryAnswerSchema.strict().parse(await response.json())).toEqual({
      status: 'FLAGGED',
      trust_score: 0.77,
      entry_index: 417,
      from: recorded.kind === 'recorded' ? recorded.from : '',
      to: recorded.kind === 'recorded' ? recorded.to : '',
      anchor: { state: 'recorded', receipts: [], hedera_tx_id: null, hashscan_url: null },
      findings: recorded.kind === 'recorded' ? recorded.verdict.findings : [],
      unused: [{ field: 'ph', reason: 'no signal of the unit names it' }],
    });
    expect(taken.map(({ body, nonce }) => [Buffer.from(body).toString('utf8'), nonce])).toEqual([
      ['{ "a":\t1.50 }\r\n', 'n-1'],
    ]);
  }
});

test('a refusal is a problem document with every wrong field, the entry, and when to try again', async () => {
  const refusal = { code: 'DRV_HTTP_SHAPE', message: 'Wrong.', hint: 'see', status: 400 } as const;
  const errors = [{ path: 'readings.ph', message: 'expected a number', hint: 'x' }];
  outcome = { kind: 'refused', refusal: { ...refusal, errors } };
  const shape = problemSchema.strict().parse(await (await send('{}')).json());
  expect(shape).toMatchObject({ status: 400, code: 'DRV_HTTP_SHAPE', detail: 'Wrong.', hint: 'see', errors });
  outcome = { kind: 'refused', refusal: { ...refusal, status: 409, entryIndex: 12, isIdentical: true } };
  const twice = await send('{}');
  expect(twice.status).toBe(409);
  expect(problemSchema.strict().parse(await twice.json())).toMatchObject({
    entry_index: 12,
    identical: true,
    anchor: { state: 'recorded', hedera_tx_id: null },
  });
  outcome = { kind: 'refused', refusal: { ...refusal, status: 409, entryIndex: 5 } };
  expect(await (await send('{}')).json()).toMatchObject({
    anchor: {
      state: 'anchored',
      hedera_tx_id: '0.0.1001@1789999990.000000017',
      hashscan_url: 'https://hashscan.io/testnet/transaction/0.0.1001@1789999990.000000017',
    },
  });
  outcome = { kind: 'refused', refusal: { ...refusal, status: 503, retryAfterS: 5 } };
  const later = await send('{}');
  expect([later.status, later.headers.get('retry-after')]).toEqual([503, '5']);
  expect(problemSchema.strict().parse(await later.json())).not.toHaveProperty('retryAfterS');
});

test('only ingest keys and operators or above may push, and nothing is taken of others', async () => {
  outcome = recorded;
  taken = [];
  const statuses: Record<string, number> = {};
  for (const role of ['ingest', 'viewer', 'operator', 'engineer', 'admin'] as const) {
    statuses[role] = (await api.call(PATH, { as: role, method: 'POST', body: {} })).status;
  }
  expect(statuses).toEqual({ ingest: 201, viewer: 403, operator: 201, engineer: 201, admin: 201 });
  expect((await api.call('/api/v1/status', { as: 'ingest' })).status).toBe(403);
  expect((await fetch(`${api.url}${PATH}`, { method: 'POST', body: '{}' })).status).toBe(401);
  expect((await send(new Uint8Array(64 * 1024 + 1).fill(32))).status).toBe(413);
  expect(taken).toHaveLength(4);
});

test('what becomes of pushes is counted', async () => {
  outcome = { kind: 'refused', refusal: { status: 403, code: 'DRV_HTTP_SIGNATURE_WRONG', message: 'Wrong.' } };
  await send('{}');
  await send('{}');
  const text = await (await api.call('/metrics', { as: 'viewer' })).text();
  expect(text).toContain('forebay_pushes_total{result="DRV_HTTP_SIGNATURE_WRONG"} 2');
  expect(text).toMatch(/forebay_pushes_total\{result="recorded"\} \d+/);
});

test('the OpenAPI document shows both forms, each with an example that is one', async () => {
  const document = (await (await api.call('/openapi.json', { as: 'viewer' })).json()) as OpenApiPart;
  const call = present(document.paths[PATH]?.post, PATH);
  const body = call.requestBody.content['application/json']?.schema;
  const names = (body?.anyOf ?? body?.oneOf ?? []).map(({ $ref }) => $ref.split('/').at(-1) ?? '');
  expect(names.map((name) => name.replace('Input', ''))).toEqual(['FlatPush', 'SignedPush']);
  expect(Object.keys(call.responses)).toContain('201');
  const examples = names.map((name) => document.components.schemas[name]?.examples?.[0]);
  expect(flatTelemetrySchema.safeParse(examples[0]).success).toBe(true);
  expect(signedTelemetrySchema.safeParse(examples[1]).success).toBe(true);
});

test('a key that pushes without end is told to wait, and the others are not', async () => {
  const other = await startTestApi({ actions: { ...refusingActions, takePush: () => recorded }, pushesPerMinute: 7 });
  const push = async (role: 'ingest' | 'operator') => other.call(PATH, { as: role, method: 'POST', body: {} });
  const statuses: number[] = [];
  for (let sent = 0; sent < 7; sent += 1) statuses.push((await push('ingest')).status);
  expect(statuses).toEqual(Array(7).fill(201));
  const limited = await push('ingest');
  expect(limited.status).toBe(429);
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(problemSchema.strict().parse(await limited.json())).toMatchObject({ code: 'API_TOO_MANY_REQUESTS' });
  expect((await push('operator')).status).toBe(201);
  await other.stop();
});
