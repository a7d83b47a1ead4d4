import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusingActions, startTestApi, type TestApi } from '../../tests/fixtures/api.ts';
import type { MeterChangeRequest } from '../meter-change.ts';

const asked: MeterChangeRequest[] = [];
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({
    actions: {
      ...refusingActions,
      listMeters: () => [
        {
          point: 'plc1/energy_export',
          unitId: 'unit1',
          quantity: 'energyExport',
          registerKwh: '12345.6',
          readAt: '2026-09-21T00:00:00.000Z',
          waiting: null,
          lastEvent: null,
          uncounted: null,
        },
      ],
      changeMeter: (request) => {
        asked.push(request);
        return refusingActions.changeMeter(request);
      },
    },
  });
});

afterAll(() => api.stop());

const body = { finalKwh: '12350', initialKwh: '0.5', at: '2026-09-21T01:00:00Z', reason: 'photo 3' };
const path = `/api/v1/meters/${encodeURIComponent('plc1/energy_export')}/exchange`;

test('an operator records an exchange in his own name, or in that of who did it', async () => {
  const own = await api.call(path, { as: 'operator', method: 'POST', body });
  expect(own.status).toBe(200);
  expect(await own.json()).toMatchObject({
    index: 77,
    by: 'a operator',
    account: { name: 'a operator', role: 'operator' },
  });
  const told = await api.call(path.replace('exchange', 'reset'), {
    as: 'admin',
    method: 'POST',
    body: { ...body, by: 'R. Negi' },
  });
  expect(await told.json()).toMatchObject({ by: 'R. Negi', account: { name: 'a admin', role: 'admin' } });
  expect(asked.map(({ point, event }) => [point, event])).toEqual([
    ['plc1/energy_export', 'exchange'],
    ['plc1/energy_export', 'reset'],
  ]);
});

test('nobody below an operator does, and no field is guessed', async () => {
  const before = asked.length;
  for (const as of ['viewer', 'ingest'] as const) {
    expect((await api.call(path, { as, method: 'POST', body })).status).toBe(403);
  }
  expect((await api.call(path, { method: 'POST', body })).status).toBe(401);
  const { finalKwh: _left, ...lacking } = body;
  expect((await api.call(path, { as: 'operator', method: 'POST', body: lacking })).status).toBe(400);
  expect((await api.call(path, { as: 'operator', method: 'POST', body: { ...body, finalWh: 1 } })).status).toBe(400);
  expect(asked).toHaveLength(before);
});

test('a viewer sees the meters', async () => {
  const answer = await api.call('/api/v1/meters', { as: 'viewer' });
  expect(await answer.json()).toMatchObject({ items: [{ point: 'plc1/energy_export', registerKwh: '12345.6' }] });
});

test('an operator takes back what waits, and a viewer does not', async () => {
  const withdraw = path.replace(/exchange$/, 'withdraw');
  const body = { reason: 'digits swapped' };
  expect((await api.call(withdraw, { as: 'viewer', method: 'POST', body })).status).toBe(403);
  const answer = await api.call(withdraw, { as: 'operator', method: 'POST', body });
  expect(await answer.json()).toMatchObject({ event: 'withdraw', point: 'plc1/energy_export', withdraws: 42 });
});
