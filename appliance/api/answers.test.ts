import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { verifyCheckpoint } from '../../core/ledger/checkpoint.ts';
import { leafHash, verifyConsistency, verifyInclusion } from '../../core/ledger/merkle.ts';
import { parseVerifierKey } from '../../core/ledger/verifier-key.ts';
import { present } from '../../core/model/assert.ts';
import { BATCH, GAPS, READINGS, startTestApi, type TestApi } from '../../tests/fixtures/api.ts';
import { testKey } from '../../tests/fixtures/ledger.ts';
import { listOperations } from '../../tests/fixtures/openapi-operations.ts';
import { batchDetailSchema, batchPageSchema, foundBatchesSchema } from './schema/batch.ts';
import { batchProofSchema } from './schema/batch-proof.ts';
import { costsSchema } from './schema/cost.ts';
import { gapPageSchema } from './schema/gap.ts';
import { healthSchema, readinessSchema } from './schema/health.ts';
import { keyRotationSchema } from './schema/key.ts';
import { checkpointSchema, consistencyProofSchema, entrySchema, inclusionProofSchema } from './schema/ledger.ts';
import { entryPageSchema } from './schema/ledger-query.ts';
import { mainnetSchema } from './schema/mainnet.ts';
import { meterEventSchema, meterListSchema, meterWithdrawalSchema } from './schema/meter.ts';
import { modelListSchema, modelSchema, trainingSchema } from './schema/model.ts';
import { monthDetailSchema, monthListSchema } from './schema/month.ts';
import { problemSchema } from './schema/problem.ts';
import { batchReadingsSchema, readingPageSchema, readingSchema } from './schema/reading.ts';
import { expectedListSchema, reviewPageSchema } from './schema/review.ts';
import { serverTrustSchema } from './schema/server-trust.ts';
import { sessionSchema, signInLinkSchema } from './schema/session.ts';
import { pointListSchema, statusSchema } from './schema/status.ts';
import { deliveryListSchema, deliverySchema, syncSchema } from './schema/sync.ts';
import { mintProofSchema, tokensSchema } from './schema/token.ts';

const SIZE = 1 + GAPS + READINGS;
/** Index of the first reading. */
const FIRST = 1 + GAPS;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

async function get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  const response = await api.call(path, { as: 'viewer' });
  expect(response.status, path).toBe(200);
  return schema.parse(await response.json());
}

async function problem(path: string, options: Parameters<TestApi['call']>[1] = {}) {
  const response = await api.call(path, { as: 'viewer', ...options });
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return problemSchema.strict().parse(await response.json());
}

/** The schema of each call's success and an address to try it with; null where the answer is no JSON. */
const ANSWERS: Readonly<Record<string, { readonly path: string; readonly schema: z.ZodType | null }>> = {
  getHealth: { path: '/health', schema: healthSchema },
  getReadiness: { path: '/ready', schema: readinessSchema },
  getMetrics: { path: '/metrics', schema: null },
  getStatus: { path: '/api/v1/status', schema: statusSchema },
  listPoints: { path: '/api/v1/points', schema: pointListSchema },
  listReadings: { path: '/api/v1/readings?limit=7', schema: readingPageSchema },
  getReading: { path: `/api/v1/readings/${FIRST}`, schema: readingSchema },
  listGaps: { path: '/api/v1/gaps', schema: gapPageSchema },
  listEntries: { path: '/api/v1/ledger/entries', schema: entryPageSchema },
  getEntry: { path: '/api/v1/ledger/entries/0', schema: entrySchema },
  getCheckpoint: { path: '/api/v1/ledger/checkpoint', schema: checkpointSchema },
  getInclusionProof: { path: '/api/v1/ledger/proof?index=4', schema: inclusionProofSchema },
  getConsistencyProof: { path: '/api/v1/ledger/consistency?from=4', schema: consistencyProofSchema },
  openStream: { path: '/api/v1/stream', schema: null },
  getSession: { path: '/api/v1/session', schema: sessionSchema },
  createSession: { path: '/api/v1/session', schema: sessionSchema },
  deleteSession: { path: '/api/v1/session', schema: null },
  createSignInLink: { path: '/api/v1/sign-in-links', schema: signInLinkSchema },
  signIn: { path: '/sign-in', schema: null },
  getServerTrust: { path: '/api/v1/devices/plc1/trust', schema: serverTrustSchema },
  trustServer: { path: '/api/v1/devices/plc1/trust', schema: serverTrustSchema },
  rotateKey: { path: '/api/v1/keys/rotate', schema: keyRotationSchema },
  listMeters: { path: '/api/v1/meters', schema: meterListSchema },
  recordMeterExchange: { path: '/api/v1/meters/plc1%2Fenergy/exchange', schema: meterEventSchema },
  recordMeterReset: { path: '/api/v1/meters/plc1%2Fenergy/reset', schema: meterEventSchema },
  withdrawMeterEvent: { path: '/api/v1/meters/plc1%2Fenergy/withdraw', schema: meterWithdrawalSchema },
  listModels: { path: '/api/v1/models', schema: modelListSchema },
  trainModel: { path: '/api/v1/models/train', schema: trainingSchema },
  useModel: { path: '/api/v1/models/sha256:ab12cd34/use', schema: modelSchema },
  listMonths: { path: '/api/v1/months', schema: monthListSchema },
  getMonth: { path: '/api/v1/months/2026-10', schema: monthDetailSchema },
  closeMonth: { path: '/api/v1/months/2026-10/close', schema: monthDetailSchema },
  listReviews: { path: '/api/v1/reviews?state=decided', schema: reviewPageSchema },
  reviewReading: { path: `/api/v1/readings/${FIRST}/review`, schema: readingSchema },
  getExpectedPower: { path: `/api/v1/readings/${FIRST}/expected`, schema: expectedListSchema },
  getSync: { path: '/api/v1/sync', schema: syncSchema },
  runSync: { path: '/api/v1/sync/run', schema: syncSchema },
  listDeliveries: { path: '/api/v1/sync/file/deliveries?state=parked', schema: deliveryListSchema },
  retryDelivery: { path: '/api/v1/sync/file/deliveries/12/retry', schema: deliverySchema },
  listBatches: { path: '/api/v1/sync/batches?filter=open', schema: batchPageSchema },
  findBatches: { path: '/api/v1/sync/find?what=17', schema: foundBatchesSchema },
  getBatch: { path: `/api/v1/sync/batches/${BATCH}`, schema: batchDetailSchema },
  getSyncCosts: { path: '/api/v1/sync/costs', schema: costsSchema },
  getMainnet: { path: '/api/v1/sync/mainnet', schema: mainnetSchema },
  confirmMainnet: { path: '/api/v1/sync/mainnet', schema: mainnetSchema },
  proveBatch: { path: `/api/v1/sync/batches/${BATCH}/prove`, schema: batchProofSchema },
  listBatchReadings: { path: `/api/v1/sync/batches/${BATCH}/readings`, schema: batchReadingsSchema },
  parkDelivery: { path: '/api/v1/sync/file/deliveries/12/park', schema: deliverySchema },
  getTokens: { path: '/api/v1/tokens', schema: tokensSchema },
  proposeMint: { path: '/api/v1/tokens/plans', schema: tokensSchema },
  approveMint: { path: '/api/v1/tokens/plans/abababab/approve', schema: tokensSchema },
  withdrawMint: { path: '/api/v1/tokens/plans/abababab/withdraw', schema: tokensSchema },
  proveMint: { path: '/api/v1/tokens/mints/61/prove', schema: mintProofSchema },
  // Its answers are checked where a plant takes the push (tests/fault/http-push.test.ts).
  pushTelemetry: { path: '/api/v1/telemetry', schema: null },
};

test('every call of the document answers in its schema, with the headers that keep a browser safe', async () => {
  // An appliance of its own, since some of the calls record.
  const api = await startTestApi({ isSealed: true });
  onTestFinished(async () => void (await api.stop()));
  const operations = listOperations(await (await api.call('/openapi.json', { as: 'viewer' })).json());
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(ANSWERS).sort());
  const link = new URL(api.createSignInLink());
  const signIn = await api.call(`${link.pathname}${link.search}`);
  const headers = { cookie: present(signIn.headers.get('set-cookie')?.split(';')[0], 'cookie'), origin: api.url };
  const bodies: Readonly<Record<string, object>> = {
    createSession: { apiKey: api.keys.viewer.key },
    reviewReading: { decision: 'reject', reason: 'The runner was out' },
    trustServer: { thumbprint: 'A1'.repeat(20) },
    recordMeterExchange: { finalKwh: '17.5', initialKwh: '0', at: '2026-09-21T01:00:00Z' },
    recordMeterReset: { finalKwh: '19.5', initialKwh: '1', at: '2026-09-21T02:00:00Z' },
    rotateKey: { reason: 'two years have passed' },
    withdrawMeterEvent: { reason: 'digits swapped' },
    closeMonth: { leave: ['gaps'], seenNetWh: 17 },
    parkDelivery: { reason: 'the stick is away' },
    confirmMainnet: { account: '0.0.1001' },
    proposeMint: { month: '2026-10' },
    proveBatch: { reading: 5 },
    trainModel: { unitId: 'unit1', from: '2026-08-20T00:00:00+05:30' },
    useModel: { unitId: 'unit2' },
  };
  let parsed = 0;
  // Signing out comes last, so that every other call has its session.
  const inOrder = operations.sort((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));
  for (const { operationId, method } of inOrder) {
    const { path, schema } = present(ANSWERS[operationId], operationId);
    const body = bodies[operationId];
    const response = await api.call(path, { method, headers, ...(body === undefined ? {} : { body }) });
    expect(response.headers.get('content-security-policy'), path).toContain("default-src 'self'");
    expect(response.headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(response.headers.get('x-request-id'), path).toMatch(/^[0-9a-f]{16}$/);
    if (path.startsWith('/api/')) expect(response.headers.get('cache-control'), path).toBe('no-store');
    if (schema === null) {
      await response.body?.cancel();
      continue;
    }
    expect(response.ok, operationId).toBe(true);
    expect(z.safeParse(schema, await response.json()).error, operationId).toBeUndefined();
    parsed += 1;
  }
  expect(parsed).toBe(49);
});

test('the OpenAPI document is sound', async () => {
  const answer = await api.call('/openapi.json', { as: 'viewer' });
  const document = (await answer.json()) as { openapi: string; components: { schemas: object } };
  expect(document.openapi).toMatch(/^3\.1\./);
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] ?? '');
  expect(references.length).toBeGreaterThan(20);
  for (const name of references) expect(Object.keys(document.components.schemas)).toContain(name);
  expect([...text.matchAll(/"\$ref":"([^"]+)"/g)].length).toBe(references.length);
  const operations = listOperations(document);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { path, parameters, responses, operationId } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const named = parameters.filter((parameter) => parameter.in === 'path');
    expect(
      named.map(({ name }) => name),
      operationId,
    ).toEqual(inPath);
    expect(
      named.every(({ required }) => required === true),
      operationId,
    ).toBe(true);
    expect(
      Object.keys(responses).every((status) => /^[1-5](\d\d|XX)$/.test(status)),
      operationId,
    ).toBe(true);
    expect(
      Object.values(responses).every(({ description }) => typeof description === 'string'),
      operationId,
    ).toBe(true);
    expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(['4XX', '5XX']));
  }
});

test('pages of readings meet without overlap, in both directions', async () => {
  for (const order of ['asc', 'desc'] as const) {
    const indexes: number[] = [];
    let cursor: string | null = '';
    let pages = 0;
    while (cursor !== null) {
      const suffix: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: z.infer<typeof readingPageSchema> = await get(
        `/api/v1/readings?limit=7&order=${order}${suffix}`,
        readingPageSchema,
      );
      indexes.push(...page.items.map(({ index }) => index));
      cursor = page.nextCursor;
      pages += 1;
    }
    const all = Array.from({ length: READINGS }, (_, n) => FIRST + n);
    expect(indexes).toEqual(order === 'asc' ? all : all.reverse());
    expect(pages).toBe(4);
  }
});

test('readings are found by unit, time and status, and one by its index', async () => {
  const { items } = await get('/api/v1/readings?unit=unit2&limit=2', readingPageSchema);
  expect(items.map(({ unitId }) => unitId)).toEqual(['unit2', 'unit2']);
  const second = present(items[1], 'the second reading');
  const inSpan = await get(`/api/v1/readings?unit=unit2&from=${second.from}&to=${second.to}`, readingPageSchema);
  expect(inSpan.items.map(({ index }) => index)).toEqual([second.index]);
  expect((await get('/api/v1/readings?status=REJECTED', readingPageSchema)).items).toEqual([]);
  expect((await get('/api/v1/readings?status=APPROVED', readingPageSchema)).items).toHaveLength(READINGS);
  expect(await get(`/api/v1/readings/${second.index}`, readingSchema)).toEqual(second);
  expect(second.anchor).toEqual({ state: 'recorded', receipts: [] });
  expect(await problem('/api/v1/readings/0')).toMatchObject({ status: 404, code: 'API_NOT_FOUND' });
  expect(await problem('/api/v1/readings/9999')).toMatchObject({ status: 404, code: 'API_NOT_FOUND' });
});

test('gaps come in pages', async () => {
  const first = await get('/api/v1/gaps?limit=2', gapPageSchema);
  expect(first.items.map(({ index }) => index)).toEqual([1, 2]);
  expect(first.items[0]).toMatchObject({ unitId: 'unit1', reason: 'DRV_MODBUS_TIMEOUT' });
  const second = await get(`/api/v1/gaps?limit=2&cursor=${first.nextCursor}`, gapPageSchema);
  expect([second.items.map(({ index }) => index), second.nextCursor]).toEqual([[3], null]);
  expect((await get('/api/v1/gaps?unit=unit2', gapPageSchema)).items).toEqual([]);
  const begun = present(second.items[0], 'gap').from;
  expect((await get(`/api/v1/gaps?from=${begun}`, gapPageSchema)).items.map(({ index }) => index)).toEqual([3]);
  expect((await get(`/api/v1/gaps?to=${begun}`, gapPageSchema)).items.map(({ index }) => index)).toEqual([1, 2]);
});

test('entries, proofs and the checkpoint can be checked by whoever has the device key', async () => {
  const checkpoint = await get('/api/v1/ledger/checkpoint', checkpointSchema);
  const key = present(parseVerifierKey(testKey.verifierKey), 'key');
  const signed = present(verifyCheckpoint(checkpoint.note, key), 'a checkpoint signed by the device');
  expect([signed.size, Buffer.from(signed.root).toString('base64')]).toEqual([SIZE, checkpoint.root]);

  const page = await get('/api/v1/ledger/entries?limit=5', entryPageSchema);
  expect(page.items.map(({ index }) => index)).toEqual([SIZE - 1, SIZE - 2, SIZE - 3, SIZE - 4, SIZE - 5]);
  expect(page.nextBefore).toBe(SIZE - 5);
  const oldest = await get('/api/v1/ledger/entries?before=2', entryPageSchema);
  expect([oldest.items.map(({ kind }) => kind), oldest.nextBefore]).toEqual([['gap', 'genesis'], null]);

  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  let checked = 0;
  for (const index of [0, 1, FIRST, SIZE - 1]) {
    const entry = await get(`/api/v1/ledger/entries/${index}`, entrySchema);
    expect(bytes(entry.leafHash).equals(leafHash(Buffer.from(entry.canonical, 'utf8')))).toBe(true);
    expect(JSON.parse(entry.canonical)).toEqual(entry.entry);
    const proof = await get(`/api/v1/ledger/proof?index=${index}&size=${SIZE}`, inclusionProofSchema);
    const hashes = proof.hashes.map(bytes);
    expect(verifyInclusion(bytes(entry.leafHash), index, SIZE, hashes, signed.root)).toBe(true);
    checked += 1;
  }
  expect(checked).toBe(4);
  const { fromRoot, toRoot, hashes } = await get('/api/v1/ledger/consistency?from=5', consistencyProofSchema);
  expect(toRoot).toBe(checkpoint.root);
  expect(verifyConsistency(5, SIZE, bytes(fromRoot), bytes(toRoot), hashes.map(bytes))).toBe(true);
  expect(await problem('/api/v1/ledger/proof?index=99')).toMatchObject({ status: 404, code: 'LED_OUT_OF_RANGE' });
  expect(await problem('/api/v1/ledger/consistency?from=9&to=8')).toMatchObject({
    status: 404,
    code: 'LED_OUT_OF_RANGE',
  });
  expect(await problem('/api/v1/ledger/entries/99')).toMatchObject({ status: 404, code: 'API_NOT_FOUND' });
});

test('a wrong request is answered with the field that is wrong, and never with the insides', async () => {
  const cases: [string, RegExp][] = [
    ['/api/v1/readings?limit=0', /^query limit: /],
    ['/api/v1/readings?limit=1001', /^query limit: /],
    ['/api/v1/readings?limit=ten', /^query limit: /],
    ['/api/v1/readings?from=yesterday', /^query from: /],
    ['/api/v1/readings?status=GOOD&order=up', /^query status: .*; query order: /],
    ['/api/v1/ledger/entries/minus', /^path index: /],
    ['/api/v1/ledger/proof', /^query index: /],
    ['/api/v1/gaps?cursor=x', /^query cursor: is not a cursor/],
    ['/api/v1/%zz', /^The request cannot be read: /],
  ];
  for (const [path, detail] of cases) {
    const answer = await problem(path);
    expect(answer, path).toMatchObject({ status: 400, title: 'Bad Request', code: 'API_BAD_REQUEST' });
    expect(answer.detail, path).toMatch(detail);
  }
  expect(await problem('/api/v1/readings?cursor=nonsense')).toMatchObject({ status: 400, code: 'STO_BAD_CURSOR' });
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
  expect(await problem('/api/v1/session', { ...post, body: { apiKey: '', more: 1 } })).toMatchObject({ status: 400 });
  expect(await problem('/api/v1/session', { ...post, body: { apiKey: 'x'.repeat(70_000) } })).toMatchObject({
    status: 413,
    code: 'API_TOO_LARGE',
    detail: 'The request is larger than 64 KiB.',
  });
  expect(await problem('/api/v1/nothing')).toMatchObject({ status: 404, code: 'API_NOT_FOUND' });
  expect(await problem('/api/v1/status', { method: 'PUT' })).toMatchObject({ status: 404, code: 'API_NOT_FOUND' });
});

test('an error of our own is answered without a word about it', async () => {
  const other = await startTestApi({ status: () => ({}) as never });
  const response = await other.call('/api/v1/status', { as: 'viewer', headers: { 'x-request-id': 'mine-1' } });
  const answer = problemSchema.parse(await response.json());
  expect(answer).toMatchObject({ status: 500, code: 'API_INTERNAL', requestId: 'mine-1' });
  expect(JSON.stringify(answer)).not.toMatch(/\bat \w|\.ts|zod|plant/i);
  const log = await other.stop();
  expect(log).toContain('"requestId":"mine-1"');
  expect(other.errorOutput.join('')).toMatch(
    /error: API_INTERNAL: A request failed\. Response doesn't match the schema.{0,300}\n/,
  );
});

test('a request id of the caller is used if it is sane', async () => {
  const ask = async (id: string): Promise<string | null> =>
    (await api.call('/health', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
  expect(await ask('scada-7.a')).toBe('scada-7.a');
  expect(await ask('a b')).toMatch(/^[0-9a-f]{16}$/);
  expect(await ask('x'.repeat(65))).toMatch(/^[0-9a-f]{16}$/);
});

test('readiness says what is missing', async () => {
  api.setReady(['device plc1 has not answered yet']);
  const response = await api.call('/ready', { as: 'viewer' });
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ ready: false, reasons: ['device plc1 has not answered yet'] });
  api.setReady([]);
  expect((await api.call('/ready', { as: 'viewer' })).status).toBe(200);
});

test('figures for Prometheus', async () => {
  api.metrics.countReading('FLAGGED');
  api.metrics.countSamples(41);
  api.metrics.countMiss('DRV_MODBUS_TIMEOUT');
  api.metrics.observeIntervalClose(0.02);
  const first = await api.call('/metrics', { as: 'viewer' });
  expect(first.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  await first.text();
  const text = await (await api.call('/metrics', { as: 'viewer' })).text();
  const lines = [
    'forebay_readings_total{status="FLAGGED"} 1',
    'forebay_readings_total{status="REJECTED"} 0',
    'forebay_samples_total 41',
    'forebay_misses_total{fault="DRV_MODBUS_TIMEOUT"} 1',
    'forebay_interval_close_seconds_count 1',
    'forebay_device_up{device="plc1"} 1',
    'forebay_device_requests_total{device="plc1"} 1234',
    'forebay_device_timeouts_total{device="plc1"} 5',
    'forebay_device_strangers_total{device="plc1"} 2',
    'forebay_device_writes_total{device="plc1"} 0',
    `forebay_ledger_entries ${SIZE}`,
    'forebay_readings_to_review 0',
    'forebay_disk_free_bytes 1000001',
    'forebay_store_bytes 30003',
    'forebay_store_growth_bytes_per_day 4004',
    'forebay_disk_kept{what="samples"} 1',
    `forebay_backup_last_good_timestamp_seconds ${Date.parse('2026-11-20T05:06:07Z') / 1000}`,
    'forebay_backup_overdue 0',
    'forebay_backup_failures_total 6',
    'forebay_ledger_other_history 0',
  ];
  for (const line of lines) expect(text.split('\n')).toContain(line);
  expect(text).toMatch(
    /^forebay_http_requests_total\{method="GET",route="\/api\/v1\/ledger\/entries\/:index",status="200"\} \d+$/m,
  );
  expect(text).toMatch(/^forebay_process_resident_memory_bytes \d+$/m);
});
