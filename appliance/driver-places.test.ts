import { expect, test } from 'vitest';
import { parseConfig } from '../core/config/parse-config.ts';
import { drivers } from './drivers.ts';
import { driverOf } from './plant-origin.ts';
import { pointPlaces } from './plant-status.ts';

const DEVICES: readonly (readonly [device: string, where: string, address: string])[] = [
  [
    'driver: modbus-tcp, connection: { host: 192.0.2.10, port: 1502, unitId: 3 }, points: [{ id: p, register: holding, address: 3000, type: float32, order: CDAB, unit: kW }]',
    '192.0.2.10:1502, unit id 3',
    'holding 3000, float32 CDAB',
  ],
  [
    'driver: modbus-rtu, connection: { path: /dev/ttyUSB0, baudRate: 9600, parity: even, unitId: 7 }, points: [{ id: p, register: input, address: 9, type: int16, unit: kW }]',
    '/dev/ttyUSB0, unit id 7',
    'input 9, int16',
  ],
  [
    'driver: modbus-tcp, connection: { host: PLC.example }, points: [{ id: p, register: holding, address: 4, bit: 3, kind: state, map: { 0: stopped, 1: generating } }]',
    'plc.example:502, unit id 1',
    'holding 4, bit 3',
  ],
  [
    'driver: opcua, connection: { endpoint: "opc.tcp://192.0.2.11:4840", securityMode: None }, points: [{ id: p, nodeId: "nsu=urn:plant;s=Unit1.Power", unit: kW }]',
    'opc.tcp://192.0.2.11:4840',
    'nsu=urn:plant;s=Unit1.Power',
  ],
  [
    'driver: s7, connection: { host: 192.0.2.12, slot: 1 }, points: [{ id: p, address: "DB1,REAL4", unit: kW }]',
    '192.0.2.12:102, rack 0, slot 1',
    'DB1,REAL4',
  ],
  [
    'driver: mqtt, connection: { url: "mqtt://192.0.2.13" }, points: [{ id: p, topic: plant/unit1, path: $.power, unit: kW }]',
    '192.0.2.13:1883',
    'plant/unit1 $.power',
  ],
  [
    'driver: sparkplug-b, connection: { url: "mqtt://192.0.2.13", group: HP, node: edge1 }, points: [{ id: p, metric: Unit1/Power, device: plc, unit: kW }]',
    '192.0.2.13:1883, HP/edge1',
    'plc: Unit1/Power',
  ],
  [
    'driver: csv, connection: { folder: /exports, pattern: "*.csv", delimiter: ";", timestamp: { column: t, format: iso } }, points: [{ id: p, column: value, where: { tag: P1 }, unit: kW }]',
    '/exports, *.csv',
    'value, rows with tag = P1',
  ],
  ['driver: http, points: [{ id: p, field: P_ACT, unit: kW }]', 'sends to /api/v1/telemetry', 'P_ACT'],
];

test.each(DEVICES)('%s is found at the plant', (device, where, address) => {
  const quantity = device.includes('map:') ? 'status' : 'power';
  const text = `version: 1
plant: { id: HP, name: HP, timezone: UTC, ratedPowerKw: 2000 }
interval: 5m
units:
  - { id: u, turbine: francis, ratedPowerKw: 2000, ratedFlowM3s: 2.5, ratedHeadM: 95, signals: { ${quantity}: d/p } }
devices:
  - { id: d, period: 1s, ${device} }
`;
  const result = parseConfig(text, { drivers, file: 'plant.yaml' });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.issues));
  const [parsed] = result.config.devices;
  expect(driverOf(drivers, parsed?.driver ?? '').places.device(parsed?.connection)).toBe(where);
  expect([...pointPlaces(result.config)]).toEqual([[`d/p`, address]]);
});

test('every driver has been looked at', () => {
  const seen = DEVICES.map(([device]) => /driver: ([a-z0-9-]+)/.exec(device)?.[1]);
  const others = [...drivers.keys()].filter((name) => !seen.includes(name));
  expect(others.toSorted()).toEqual(['modbus-rtu-over-tcp', 'simulator']);
});
