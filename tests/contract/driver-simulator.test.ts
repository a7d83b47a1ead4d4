import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfig } from '../../core/config/parse-config.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { present } from '../../core/model/assert.ts';
import { toNumber } from '../../core/model/decimal.ts';
import { simulator } from '../../drivers/simulator/simulator.ts';
import { driverContract } from './driver-contract.ts';

const FILE = new URL('../../drivers/simulator/demo-plant.yaml', import.meta.url);

function demoDevice(): DeviceConfig {
  const result = parseConfig(readFileSync(FILE, 'utf8'), {
    drivers: new Map([[simulator.name, simulator]]),
    file: 'demo-plant.yaml',
  });
  if (!('config' in result)) throw new Error(JSON.stringify(result));
  return present(result.config.devices[0], 'the simulated device');
}

driverContract('simulator', async () => ({
  driver: simulator,
  device: demoDevice(),
  decode: (recipe, raw) => {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    if (recipe.type === 'float64') return { value: view.getFloat64(0) };
    if (recipe.type === 'uint8') {
      const state = (recipe.map as Record<string, string>)[String(view.getUint8(0))];
      return { value: present(state, 'a state of the map') };
    }
    const register = { digits: view.getBigUint64(0), places: String(recipe.scale).length - '0.'.length };
    return { value: toNumber(register), register };
  },
  sendsNothing: true,
  close: async () => {},
}));

test('the plant that npm start shows is a valid configuration of 30 points', () => {
  const device = demoDevice();
  expect(device.points).toHaveLength(30);
  const counters = device.points.filter(({ kind }) => kind === 'counter');
  expect(counters.map(({ modulus }) => modulus)).toEqual(Array(6).fill(10_000_000_000n));
});
