import { expect, test } from 'vitest';
import type { Fault } from '../api/types.ts';
import type { HeldPoint } from './freshness.ts';
import { isAwaited, pointFaultsOf } from './point-faults.ts';

const TIMEOUT: Fault = { code: 'DRV_MODBUS_TIMEOUT', message: 'No answer' };
const CONNECTING: Fault = { code: 'ACQ_CONNECTING', message: 'First connection' };

function held(name: string, fault?: Fault): HeldPoint {
  const point = { point: name, unit: 'kW', quality: 'missing', staleAfterMs: 3000 } as const;
  return { point: fault === undefined ? point : { ...point, fault }, receivedAtMs: 0 };
}

test('a reason shared by many values is one reason, the widest first', () => {
  const probe = { code: 'DRV_MODBUS_NOT_AVAILABLE', message: 'No probe' };
  const faults = pointFaultsOf([held('a/ph', probe), held('a/flow', TIMEOUT), held('a/head', { ...TIMEOUT })]);
  expect(faults).toEqual([
    { fault: TIMEOUT, count: 2 },
    { fault: probe, count: 1 },
  ]);
});

test('a value on its way is awaited, not faulty', () => {
  expect(pointFaultsOf([held('a/flow', CONNECTING), held('a/head')])).toEqual([]);
  expect([undefined, held('a/head'), held('a/flow', CONNECTING)].map(isAwaited)).toEqual([true, true, true]);
  const readBefore = held('a/flow');
  expect(isAwaited(held('a/flow', TIMEOUT))).toBe(false);
  expect(isAwaited({ ...readBefore, point: { ...readBefore.point, readAt: '2026-11-20T10:00:00Z' } })).toBe(false);
});
