import { beforeEach, describe, expect, test } from 'vitest';
import type { Sample } from '../../core/acquisition/sample.ts';
import type { Delivery, MessageAge } from './broker-link.ts';
import { LatestValue } from './latest-value.ts';

const BEGIN_MS = Date.UTC(2026, 2, 1, 6, 0, 0);
const LIMITS = { staleAfterMs: 10_000, clockToleranceMs: 60_000 };

let latest: LatestValue;

beforeEach(() => {
  latest = new LatestValue('plant/unit1', LIMITS, BEGIN_MS);
});

/** A message that comes so many milliseconds after the begin, with the value's own time, if any. */
function hear(afterMs: number, value: number, { age = 'live', ownMs }: { age?: MessageAge; ownMs?: number } = {}) {
  const delivery: Delivery = {
    topic: 'plant/unit1',
    payload: Buffer.from(String(value)),
    age,
    atMs: BEGIN_MS + afterMs,
    atMonotonicMs: afterMs,
  };
  const sample: Sample = {
    kind: 'sample',
    point: 'plc1/flow',
    value,
    unit: 'm3/s',
    quality: 'good',
    readAtMs: delivery.atMs,
    ...(ownMs === undefined ? {} : { deviceAtMs: BEGIN_MS + ownMs }),
    raw: Buffer.from(`${value} ${ownMs}`),
    recipe: { v: 1, driver: 'mqtt' },
  };
  return latest.take(delivery, { kind: 'sample', sample });
}

function momentOf(afterMs: number) {
  return { atMs: BEGIN_MS + afterMs, atMonotonicMs: afterMs };
}

/** The value at a moment, or the code of its fault. */
function at(afterMs: number): unknown {
  const value = latest.valueAt(momentOf(afterMs));
  return 'kind' in value ? value.value : value.code;
}

describe('a message without a time of its own', () => {
  test('counts from its arrival for as long as it may, and then never again', () => {
    expect(at(0)).toBe('DRV_MQTT_WAITING');
    hear(1000, 1.5);
    expect([at(1000), at(11_000), at(11_001)]).toEqual([1.5, 1.5, 'DRV_MQTT_SILENT']);
    expect(latest.valueAt(momentOf(11_001))).toBe(latest.valueAt(momentOf(20_000)));
    hear(30_000, 2.5);
    expect(at(30_000)).toBe(2.5);
  });

  test.each(['retained', 'waited', 'repeated'] as const)('is no value when it is %s', (age) => {
    expect(hear(1000, 1.5, { age })).toBe('taken');
    expect(at(1000)).toBe(age === 'retained' ? 'DRV_MQTT_RETAINED' : 'DRV_MQTT_WAITED');
    hear(2000, 2.5);
    expect(hear(3000, 3.5, { age })).toBe('ignored');
    expect(at(3000)).toBe(2.5);
    // Not even once the live one is too old: nobody knows that this is younger.
    expect(hear(60_000, 4.5, { age })).toBe('ignored');
    expect(at(60_000)).toBe('DRV_MQTT_SILENT');
  });

  test('that cannot be read takes the place of one that could', () => {
    hear(1000, 1.5);
    const fault = { code: 'DRV_MQTT_NULL', message: 'No value.', policy: 'retry' } as const;
    const delivery = {
      topic: 't',
      payload: new Uint8Array(),
      age: 'live',
      atMs: BEGIN_MS,
      atMonotonicMs: 2000,
    } as const;
    latest.take(delivery, { kind: 'fault', fault });
    expect(at(2000)).toBe('DRV_MQTT_NULL');
    expect(at(12_001)).toBe('DRV_MQTT_SILENT');
  });
});

describe('a message with a time of its own', () => {
  test('that is older than what is known changes nothing', () => {
    hear(1000, 1.5, { ownMs: 900 });
    expect(hear(2000, 2.5, { ownMs: 899 })).toBe('ignored');
    expect(at(2000)).toBe(1.5);
    expect(hear(2100, 3.5, { ownMs: 901 })).toBe('taken');
    expect(at(2100)).toBe(3.5);
  });

  test('that comes twice is one sample', () => {
    hear(1000, 1.5, { ownMs: 900 });
    const first = latest.valueAt(momentOf(1000));
    expect(hear(1500, 1.5, { ownMs: 900 })).toBe('ignored');
    expect(latest.valueAt(momentOf(1500))).toBe(first);
  });

  test('may be as far off as the clocks may, when it is live', () => {
    hear(0, 1.5, { ownMs: -70_000 });
    expect(at(0)).toBe(1.5);
    hear(0, 2.5, { ownMs: 60_000 });
    expect(at(0)).toBe(2.5);
  });

  test('is refused beyond that', () => {
    hear(0, 1.5, { ownMs: -70_001 });
    expect(at(0)).toBe('DRV_MQTT_OLD_VALUE');
    hear(0, 2.5, { ownMs: 60_001 });
    expect(at(0)).toBe('DRV_MQTT_CLOCK_AHEAD');
  });

  test('counts when it was kept and is fresh, and not when it is older than a value may be', () => {
    hear(0, 1.5, { age: 'retained', ownMs: -10_001 });
    expect(at(0)).toBe('DRV_MQTT_OLD_VALUE');
    hear(0, 2.5, { age: 'waited', ownMs: -10_000 });
    expect(at(0)).toBe(2.5);
    expect(hear(100, 3.5, { age: 'retained', ownMs: 70_000 })).toBe('ignored');
    expect(at(100)).toBe(2.5);
  });

  test("is believed again after the publisher's clock was put back", () => {
    hear(0, 1.5, { ownMs: 50_000 });
    expect(hear(5000, 2.5, { ownMs: 5000 })).toBe('ignored');
    expect(hear(15_000, 3.5, { ownMs: 15_000 })).toBe('taken');
    expect(at(15_000)).toBe(3.5);
  });
});

test('what made the values void is said until a message comes', () => {
  hear(1000, 1.5);
  latest.invalidate({ code: 'DRV_MQTT_PUBLISHER_OFFLINE', message: 'Gone.', policy: 'retry' });
  expect([at(1000), at(99_000)]).toEqual(['DRV_MQTT_PUBLISHER_OFFLINE', 'DRV_MQTT_PUBLISHER_OFFLINE']);
  expect(latest.isAbsentFor('DRV_MQTT_PUBLISHER_OFFLINE')).toBe(true);
  latest.explain({ code: 'DRV_MQTT_PUBLISHER_BACK', message: 'Back.', policy: 'retry' });
  expect(at(99_000)).toBe('DRV_MQTT_PUBLISHER_BACK');
  hear(99_100, 2.5);
  expect(at(99_100)).toBe(2.5);
});
