import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { BATCH, GAPS, startTestApi, type TestApi } from '../../tests/fixtures/api.ts';
import { hederaReceipt } from '../../tests/fixtures/sealed-ledger.ts';
import { batchDetailSchema, batchPageSchema, foundBatchesSchema } from './schema/batch.ts';
import { problemSchema } from './schema/problem.ts';
import { batchReadingsSchema, readingSchema } from './schema/reading.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ isSealed: true });
});
afterAll(async () => void (await api.stop()));

async function get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  const response = await api.call(`/api/v1${path}`, { as: 'viewer' });
  expect(response.status, path).toBe(200);
  return schema.parse(await response.json());
}

test('a reading leads to its batch, to the message at Hedera and to the entry of the receipt', async () => {
  const { anchor } = await get(`/readings/${GAPS + 2}`, readingSchema);
  expect(anchor).toMatchObject({ state: 'anchored', batch: BATCH });
  const batch = await get(`/sync/batches/${anchor.batch}`, batchDetailSchema);
  expect(batch).toMatchObject({ index: BATCH, first: 0, end: 10, state: 'anchored', readings: 6 });
  expect(batch.stated).toMatchObject({ approved: 6, creditedWh: 1000 });
  expect(batch.deliveries).toEqual([
    {
      target: 'file',
      isPublic: false,
      state: 'waiting',
      withBatch: null,
      attempts: 0,
      fault: null,
      receiptIndex: null,
      receipt: null,
    },
    {
      target: 'hedera',
      isPublic: true,
      state: 'delivered',
      withBatch: null,
      attempts: 0,
      fault: null,
      receiptIndex: BATCH + 1,
      receipt: hederaReceipt(17),
    },
  ]);
  expect(anchor.receipts).toEqual(batch.receipts);
});

test('the readings of a batch come in pages', async () => {
  const first = await get(`/sync/batches/${BATCH}/readings?limit=4`, batchReadingsSchema);
  expect(first.items.map(({ index }) => index)).toEqual([4, 5, 6, 7]);
  const second = await get(`/sync/batches/${BATCH}/readings?limit=4&after=${first.nextAfter}`, batchReadingsSchema);
  expect(second.items.map(({ index }) => index)).toEqual([8, 9]);
  expect(second.nextAfter).toBeNull();
  expect(second.items.every(({ anchor }) => anchor.batch === BATCH)).toBe(true);
});

test.each([
  ['17', 'sequence'],
  ['0.0.5005/17', 'sequence'],
  ['0.0.1001@1789999990.000000017', 'transaction'],
  ['0.0.1001-1789999990-000000017', 'transaction'],
  [String(BATCH), 'batch'],
  ['9', 'entry'],
])('%s leads back to the batch as a %s', async (what, by) => {
  const { items } = await get(`/sync/find?what=${encodeURIComponent(what)}`, foundBatchesSchema);
  expect(items.map((item) => [item.by, item.batch.index])).toContainEqual([by, BATCH]);
});

test('the first digits of an id lead back to the batch, and nothing else is found', async () => {
  const { id } = await get(`/sync/batches/${BATCH}`, batchDetailSchema);
  for (const digits of [8, 9, 12, 63, 64]) {
    const { items } = await get(`/sync/find?what=${id.slice(0, digits).toUpperCase()}`, foundBatchesSchema);
    expect(
      items.map(({ batch }) => batch.index),
      `${digits} digits`,
    ).toContain(BATCH);
  }
  for (const what of ['0.0.5006/17', '18', 'no such thing', '0.0.1001@1789999990.000000018', '%25', 'f'.repeat(64)]) {
    const { items } = await get(`/sync/find?what=${encodeURIComponent(what)}`, foundBatchesSchema);
    expect(items, what).toEqual([]);
  }
});

test('batches that wait for a target, and none that a person must decide on', async () => {
  const list = (filter: string) => get(`/sync/batches?filter=${filter}`, batchPageSchema);
  expect((await list('all')).items.map(({ index }) => index)).toEqual([BATCH]);
  expect((await list('open')).items.map(({ index }) => index)).toEqual([BATCH]);
  expect(await list('parked')).toEqual({ items: [], nextBefore: null });
  expect((await get(`/sync/batches?before=${BATCH}`, batchPageSchema)).items).toEqual([]);
});

test('an entry that is no batch is answered as such', async () => {
  for (const path of ['/sync/batches/4', '/sync/batches/9999', '/sync/batches/4/readings']) {
    const response = await api.call(`/api/v1${path}`, { as: 'viewer' });
    expect(problemSchema.parse(await response.json()), path).toMatchObject({ status: 404, code: 'API_NOT_FOUND' });
  }
});
