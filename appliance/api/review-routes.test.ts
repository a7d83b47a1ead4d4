import { afterEach, beforeEach, expect, test } from 'vitest';
import type { z } from 'zod';
import { fsck } from '../../core/ledger/fsck.ts';
import { present } from '../../core/model/assert.ts';
import { type ApiRole, createApiKey } from '../../core/store/api-keys.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { startTestApi, type TestApi, type TestApiOptions } from '../../tests/fixtures/api.ts';
import { FLAG, judgedReading, PHYSICS_VETO } from '../../tests/fixtures/judged-reading.ts';
import { problemSchema } from './schema/problem.ts';
import { readingPageSchema, readingSchema } from './schema/reading.ts';
import { expectedListSchema } from './schema/review.ts';
import { statusSchema } from './schema/status.ts';

let api: TestApi;
let flagged: number;
let rejected: number;

async function start(options: TestApiOptions = {}): Promise<void> {
  api = await startTestApi(options);
  const indexes = api.record([
    judgedReading(800, { status: 'FLAGGED', finding: FLAG }),
    judgedReading(804, { status: 'REJECTED', finding: PHYSICS_VETO }),
  ]);
  [flagged = -1, rejected = -1] = indexes;
}
beforeEach(() => start());
afterEach(() => api.stop());

type Body = { decision?: unknown; reason?: unknown; seen?: unknown };

function review(index: number | string, as: ApiRole, body: Body = {}): Promise<Response> {
  const whole = { decision: 'approve', reason: `${as} looked at it`, ...body };
  return api.call(`/api/v1/readings/${index}/review`, { as, method: 'POST', body: whole });
}

async function reviewed(index: number, as: ApiRole, body?: Body): Promise<z.infer<typeof readingSchema>> {
  const answer = await review(index, as, body);
  expect(answer.status).toBe(200);
  return readingSchema.parse(await answer.json());
}

async function refusal(answer: Promise<Response>): Promise<string> {
  const response = await answer;
  const { code } = problemSchema.strict().parse(await response.json());
  return `${response.status} ${code}`;
}

async function get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  return schema.parse(await (await api.call(path, { as: 'viewer' })).json());
}

test('an operator approves a flagged reading, and its energy is credited wherever it is asked', async () => {
  const before = await get(`/api/v1/readings/${flagged}`, readingSchema);
  expect(before).toMatchObject({
    review: { state: 'none', decision: null, items: [] },
    credit: { state: 'awaiting-review', creditedWh: 0 },
  });
  const queue = await get('/api/v1/reviews?state=open', readingPageSchema);
  expect(queue.items.map(({ index }) => index)).toEqual([flagged, rejected]);
  expect((await get('/api/v1/status', statusSchema)).reviews).toMatchObject({ open: 2, oldestFrom: before.from });

  const answer = await reviewed(flagged, 'operator', { reason: ' The gate log shows it ' });
  expect(answer.credit).toEqual({ state: 'credited', creditedWh: 150_800, reason: 'Approved by a operator.' });
  const [item] = answer.review.items;
  expect(item).toMatchObject({
    decision: 'approve',
    by: 'a operator',
    role: 'operator',
    reason: 'The gate log shows it',
    fourEyes: false,
  });
  const entry = await (await api.call(`/api/v1/ledger/entries/${item?.index}`, { as: 'viewer' })).json();
  expect(entry).toMatchObject({
    kind: 'review',
    entry: { body: { v: 1, readingIndex: flagged, unitId: 'unit1', account: `key:${api.keys.operator.id}` } },
  });
  expect(await get(`/api/v1/readings/${flagged}`, readingSchema)).toEqual(answer);
  const listed = await get(`/api/v1/readings?unit=unit1&from=${answer.from}&to=${answer.to}`, readingPageSchema);
  expect(listed.items).toEqual([answer]);
  expect((await get('/api/v1/reviews', readingPageSchema)).items.map(({ index }) => index)).toEqual([rejected]);
  expect((await get('/api/v1/reviews?state=decided', readingPageSchema)).items).toEqual([answer]);
  expect((await get('/api/v1/status', statusSchema)).reviews.open).toBe(1);
  expect(fsck(ledgerReader(api.store))).toMatchObject({ ok: true });
});

test('whoever may not is refused, and nothing is recorded', async () => {
  const size = ledgerReader(api.store).size();
  const tried = [
    review(flagged, 'viewer'),
    review(flagged, 'ingest'),
    review(rejected, 'operator'),
    review(5, 'operator', { decision: 'reject' }),
    review(5, 'engineer'),
    review(0, 'admin'),
    review(1, 'admin'),
    review(99_999, 'admin'),
    review('x', 'admin'),
    review(flagged, 'operator', { decision: 'maybe' }),
    review(flagged, 'operator', { reason: undefined }),
    review(flagged, 'operator', { reason: '' }),
    review(flagged, 'operator', { reason: ' \n' }),
    review(flagged, 'operator', { reason: 'x'.repeat(501) }),
    review(flagged, 'operator', { reason: 'a\u0000b' }),
    review(flagged, 'operator', { seen: -1 }),
    review(flagged, 'operator', { seen: 1 }),
  ];
  expect(await Promise.all(tried.map(refusal))).toEqual([
    '403 API_FORBIDDEN',
    '403 API_FORBIDDEN',
    '403 REV_ROLE',
    '403 REV_ROLE',
    '409 REV_NOTHING_TO_REVIEW',
    '404 REV_NO_READING',
    '404 REV_NO_READING',
    '404 REV_NO_READING',
    '400 API_BAD_REQUEST',
    '400 API_BAD_REQUEST',
    '400 API_BAD_REQUEST',
    '400 API_BAD_REQUEST',
    '400 REV_BAD_REASON',
    '400 API_BAD_REQUEST',
    '400 REV_BAD_REASON',
    '400 API_BAD_REQUEST',
    '409 REV_CHANGED_MEANWHILE',
  ]);
  expect(ledgerReader(api.store).size()).toBe(size);
});

test('of two people at once who saw the same, one decides and the other is told', async () => {
  const both = await Promise.all([
    review(flagged, 'operator', { seen: 0 }),
    review(flagged, 'engineer', { decision: 'reject', seen: 0 }),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  const { review: standing } = await get(`/api/v1/readings/${flagged}`, readingSchema);
  expect(standing.items).toHaveLength(1);
  await reviewed(flagged, 'admin', { decision: 'reject', seen: 1 });
  const after = await get(`/api/v1/readings/${flagged}`, readingSchema);
  expect(after.review).toMatchObject({ state: 'decided', decision: 'reject' });
  expect(after.credit).toMatchObject({ state: 'refused', creditedWh: 0 });
});

test('a veto of physics takes two persons, and a second key of the same name is none', async () => {
  const first = await reviewed(rejected, 'engineer');
  expect(first).toMatchObject({ review: { state: 'open' }, credit: { state: 'refused', creditedWh: 0 } });
  const role = 'admin';
  const { key } = createApiKey(api.store, { name: 'A Engineer', role, nowMs: 3 }, (count) => Buffer.alloc(count, 7));
  const headers = { 'x-api-key': key };
  const body = { decision: 'approve', reason: 'Me again' };
  const again = api.call(`/api/v1/readings/${rejected}/review`, { method: 'POST', headers, body });
  expect(await refusal(again)).toBe('409 REV_ALREADY_DECIDED');
  const second = await reviewed(rejected, 'admin');
  expect(second.credit).toEqual({
    state: 'credited',
    creditedWh: 150_804,
    reason: 'Approved by a engineer and a admin.',
  });
});

test('with four eyes one person is not enough, and a disagreement stays open and says so', async () => {
  await api.stop();
  await start({ fourEyes: true });
  const one = await reviewed(flagged, 'operator');
  expect(one.credit).toMatchObject({ state: 'awaiting-review', creditedWh: 0 });
  const two = await reviewed(flagged, 'engineer', { decision: 'reject' });
  expect(two.credit.reason).toBe(
    'Rejected by a engineer, approved by a operator: the disagreement is open until two persons agree.',
  );
  expect((await get('/api/v1/reviews', readingPageSchema)).items.map(({ index }) => index)).toContain(flagged);
  const three = await reviewed(flagged, 'admin', { decision: 'approve' });
  expect(three.credit).toMatchObject({ state: 'credited', creditedWh: 150_800 });
});

test('a key that is revoked decides no more, and what it had decided stands', async () => {
  const opened = await api.call('/api/v1/session', { method: 'POST', body: { apiKey: api.keys.operator.key } });
  const cookie = present(opened.headers.get('set-cookie')?.split(';')[0], 'the cookie');
  await reviewed(flagged, 'operator');
  api.revoke('operator');
  expect(await refusal(review(rejected, 'operator', { decision: 'reject' }))).toBe('401 API_UNAUTHORIZED');
  const headers = { cookie, origin: api.url };
  const body = { decision: 'reject', reason: 'Still here' };
  const bySession = api.call(`/api/v1/readings/${rejected}/review`, { method: 'POST', headers, body });
  expect(await refusal(bySession)).toBe('401 API_UNAUTHORIZED');
  expect((await get(`/api/v1/readings/${flagged}`, readingSchema)).credit.state).toBe('credited');
});

test('a reading of an interval that has not ended is reviewed by nobody', async () => {
  const { to } = await get(`/api/v1/readings/${flagged}`, readingSchema);
  await api.stop();
  await start({ nowMs: Date.parse(to) - 1 });
  expect(await refusal(review(flagged, 'admin'))).toBe('422 REV_IN_FUTURE');
  await api.stop();
  await start({ nowMs: Date.parse(to) });
  await reviewed(flagged, 'admin');
});

test('a page of another site cannot make a browser review', async () => {
  const opened = await api.call('/api/v1/session', { method: 'POST', body: { apiKey: api.keys.admin.key } });
  const cookie = present(opened.headers.get('set-cookie')?.split(';')[0], 'the cookie');
  const body = { decision: 'approve', reason: 'Forged' };
  for (const origin of ['http://evil.example', 'http://127.0.0.1:1']) {
    const headers = { cookie, origin };
    const forged = api.call(`/api/v1/readings/${flagged}/review`, { method: 'POST', headers, body });
    expect(await refusal(forged)).toBe('403 API_CROSS_ORIGIN');
  }
});

test('every window hears of a review', async () => {
  const stream = await api.call('/api/v1/stream', { as: 'viewer' });
  const reader = present(stream.body, 'the stream').getReader();
  await reviewed(flagged, 'engineer', { decision: 'reject' });
  let text = '';
  while (!/event: review\n.*\n\n/.test(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error('the stream ended');
    text += Buffer.from(value).toString('utf8');
  }
  await reader.cancel();
  const data = /event: review\ndata: (.*)\n\n/.exec(text)?.[1] ?? '';
  expect(readingSchema.parse(JSON.parse(data))).toMatchObject({ index: flagged, credit: { state: 'refused' } });
});

test('the expected power comes for the unit alone, up to the reading and no further', async () => {
  const { items } = await get(`/api/v1/readings/${flagged}/expected?limit=3`, expectedListSchema);
  expect(items).toHaveLength(3);
  expect(items.at(-1)).toMatchObject({ index: flagged, status: 'FLAGGED', basis: 'textbook' });
  const readings = await Promise.all(items.map(({ index }) => get(`/api/v1/readings/${index}`, readingSchema)));
  expect(new Set(readings.map(({ unitId }) => unitId))).toEqual(new Set(['unit1']));
  expect(items.map(({ powerKw }) => powerKw)).toEqual(readings.map(({ powerKw }) => powerKw?.mean));
  expect(items.map(({ from }) => from)).toEqual(items.map(({ from }) => from).sort());
  expect(await refusal(api.call('/api/v1/readings/0/expected', { as: 'viewer' }))).toBe('404 API_NOT_FOUND');
});
