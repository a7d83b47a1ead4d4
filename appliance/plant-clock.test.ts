import { expect, test } from 'vitest';
import type { Cycle } from '../core/acquisition/sample.ts';
import { parseConfig } from '../core/config/parse-config.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { silentLog } from '../core/model/log.ts';
import { seededRandom } from '../core/model/random.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { drivers } from './drivers.ts';
import { PlantClock } from './plant-clock.ts';

const START_MS = Date.UTC(2026, 10, 26, 12);
const TEXT = `version: 1
plant: { id: HP-005, name: Clocks, timezone: UTC, ratedPowerKw: 2000 }
interval: 5m
units:
  - { id: unit1, name: Unit 1, turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95, signals: { flow: files/flow, power: opc/power } }
devices:
  - id: files
    driver: csv
    connection: { folder: /exports, timestamp: { column: Time, format: iso } }
    period: 1s
    points: [{ id: flow, column: Flow, unit: m3/s }]
  - id: opc
    driver: opcua
    connection: { endpoint: "opc.tcp://127.0.0.1:4840" }
    period: 1s
    points: [{ id: power, nodeId: "nsu=urn:plant;s=Power", unit: kW }]
`;

function plant(): PlantConfig {
  const parsed = parseConfig(TEXT, { drivers, file: 'plant.yaml' });
  if (parsed.kind === 'invalid') throw new Error(parsed.issues.map(({ message }) => message).join('; '));
  return parsed.config;
}

function poll(deviceId: string, atMs: number, deviceAtMs: number): Cycle {
  const recipe = { v: 1, driver: 'test' };
  const common = {
    kind: 'sample',
    value: 3.5,
    unit: 'kW',
    quality: 'good',
    readAtMs: atMs,
    raw: new Uint8Array(1),
  } as const;
  const outcomes = [{ ...common, point: `${deviceId}/p`, recipe, deviceAtMs }];
  return { deviceId, cycleId: `${deviceId}-${atMs}`, slotMs: atMs, startedAtMs: atMs, endedAtMs: atMs, outcomes };
}

test('rows that were written minutes ago say nothing of a clock, and standing rows are not doubted', () => {
  const clock = new PlantClock({
    config: plant(),
    drivers,
    clock: new ManualClock(START_MS),
    random: seededRandom(1),
    log: silentLog,
    askTimeServer: () => new Promise(() => undefined),
    record: () => undefined,
    onStep: () => undefined,
  });
  for (let at = 0; at < 400; at += 1) {
    const atMs = START_MS + at * 1000;
    clock.weigh(poll('opc', atMs, atMs - 120_000));
    // A new row once a minute, three minutes old when it comes; at last none at all.
    const rowMs = START_MS - 180_000 + Math.floor(Math.min(at, 60) / 60) * 60_000;
    const weighed = clock.weigh(poll('files', atMs, rowMs));
    expect(weighed.isStill).toBe(false);
    expect(weighed.cycle.outcomes[0]).toMatchObject({ quality: 'good' });
  }
  expect(clock.device('files')).toBeUndefined();
  expect(clock.device('opc')).toEqual({ offsetMs: -120_000, isWrong: true });
});
