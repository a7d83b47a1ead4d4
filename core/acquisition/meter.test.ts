import { expect, it } from 'vitest';
import type { PointConfig, UnitConfig } from '../config/plant.ts';
import { Meter } from './meter.ts';
import type { Sample } from './sample.ts';

const START_MS = Date.UTC(2026, 2, 1, 6);
const HOUR_MS = 3_600_000;
const UNIT: UnitConfig = {
  id: 'unit1',
  name: 'Unit 1',
  turbine: 'francis',
  ratedPowerKw: 1800,
  ratedFlowM3s: 2.5,
  ratedHeadM: 95,
  signals: { energyExport: 'plc1/energy' },
};
const POINT: PointConfig = { ref: 'plc1/energy', id: 'energy', unit: 'kWh', kind: 'counter', settings: {} };

function sampleOf(kwh: number, afterMs: number): Sample {
  return {
    kind: 'sample',
    point: 'plc1/energy',
    value: kwh,
    register: { digits: BigInt(kwh), places: 0 },
    unit: 'kWh',
    quality: 'good',
    readAtMs: START_MS + afterMs,
    raw: Buffer.from(String(kwh)),
    recipe: { v: 1, driver: 'mqtt' },
  };
}

it('does not take one message for many because steps of the clock gave its time anew', () => {
  const meter = new Meter(UNIT, POINT, undefined, 1000);
  for (const atMs of [0, 100, 200]) meter.take(sampleOf(1000, atMs));
  let held = sampleOf(9000, 1000);
  expect(meter.take(held).accepted).toBe(false);
  for (const stepMs of [-HOUR_MS, HOUR_MS, -HOUR_MS]) {
    meter.shiftClock(stepMs);
    held = { ...held, readAtMs: held.readAtMs + stepMs };
    expect(meter.take(held).accepted).toBe(false);
  }
  expect(meter.state?.suspicion?.reads).toBe(1);
  // Another message with the same register does confirm it.
  meter.take({ ...sampleOf(9000, 2000), readAtMs: held.readAtMs + 1000 });
  expect(meter.state?.suspicion?.reads).toBe(2);
});

it('says of a register that is read and not believed what it showed, and of the first value that it is the first', () => {
  const meter = new Meter(UNIT, POINT, undefined, 1000);
  meter.take(sampleOf(1000, 0));
  expect(meter.takeUncounted()).toMatchObject({ startKwh: '1000', endKwh: '1000', reason: 'ACQ_COUNTER_BEGINS' });
  // Watt-hours taken for kilowatt-hours: 500 in each second at 1800 kW.
  for (let second = 1; second <= 60; second += 1) meter.take(sampleOf(1000 + 500 * second, 1000 * second));
  expect(meter.hasMoved).toBe(false);
  expect(meter.takeUncounted()).toEqual({
    startKwh: '1500',
    startAt: '2026-03-01T06:00:01.000Z',
    endKwh: '31000',
    endAt: '2026-03-01T06:01:00.000Z',
    reason: 'ACQ_COUNTER_UNCONFIRMED',
  });
  expect(meter.takeUncounted()).toBeUndefined();
});

it('says of an interval that its rise pays for what was counted too early', () => {
  const meter = new Meter(UNIT, POINT, undefined, 60_000);
  const minutes = (from: number, ...registers: number[]) =>
    registers.map((kwh, n) => meter.take(sampleOf(kwh, (from + n) * 60_000)).accepted);
  minutes(0, 1000, 1000, 1000, 1000);
  meter.close();
  // A step up that a unit of 1800 kW can make, and that proves false.
  minutes(4, 1030, 1010, 1010, 1010);
  expect(meter.close()).toMatchObject({ energyWh: 30_000, span: { events: [{ kind: 'correction' }] } });
  minutes(8, 1015);
  expect(meter.close()).toMatchObject({
    energyWh: 0,
    span: { startKwh: '1010', endKwh: '1015', events: [{ kind: 'correction', fromKwh: '1010', toKwh: '1015' }] },
  });
  minutes(9, 1040);
  expect(meter.close()).toMatchObject({ energyWh: 10_000, span: { events: [{ kind: 'correction' }] } });
  minutes(10, 1050);
  expect(meter.close()).toMatchObject({ energyWh: 10_000, span: { events: [] } });
});
