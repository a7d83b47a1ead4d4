import { expect, it } from 'vitest';
import { isBreakerState } from '../model/breaker-state.ts';
import type { Sample } from './sample.ts';
import { StateSlots } from './state-slots.ts';

const sample = (point: string, value: Sample['value']): Sample => ({
  ...{ kind: 'sample', point, value, unit: '', quality: 'good', readAtMs: 1 },
  raw: Buffer.from(''),
  recipe: { v: 1, driver: 'test' },
});

it('counts the seconds of each state of its own point, and nothing of what is no state', () => {
  const slots = new StateSlots('plc1/breaker', isBreakerState, 2000);
  expect(slots.seconds()).toBeUndefined();
  for (const value of ['open', 'closed', 'closed', 'generating', 7]) slots.take(sample('plc1/breaker', value));
  slots.take(sample('plc1/status', 'open'));
  expect(slots.seconds()).toEqual({ open: 2, closed: 4 });
  slots.begin();
  expect(slots.seconds()).toBeUndefined();
});
