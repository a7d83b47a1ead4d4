import type { DeviceConfig } from '../../core/config/plant.ts';
import { decoderOf } from '../../drivers/s7/decode.ts';
import { asS7Recipe } from '../../drivers/s7/recipe.ts';
import { s7 } from '../../drivers/s7/s7.ts';
import { startS7Server } from '../fault/s7-server.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type DriverUnderTest, driverContract } from './driver-contract.ts';
import { s7Device } from './s7-device.ts';

driverContract('s7', setup);

async function setup(): Promise<DriverUnderTest> {
  let isHanging = false;
  const server = await startS7Server({
    script: () => ({ kind: isHanging ? 'drop' : 'none' }),
    byte: ({ db }, at) => (db * 37 + at * 11) & 0x3f,
  });
  return {
    driver: s7,
    device: deviceAt(server.port),
    unreachable: deviceAt(await freePort()),
    decode: (recipe, raw) => {
      const decoder = decoderOf(asS7Recipe(recipe));
      const value = decoder.value(raw);
      if (typeof value === 'object') throw new Error(value.message);
      return decoder.register === undefined ? { value } : { value, register: decoder.register(raw) };
    },
    hang: () => {
      isHanging = true;
    },
    close: () => server.close(),
  };
}

function deviceAt(port: number): DeviceConfig {
  return s7Device({ port, timeout: '5s' }, [
    { id: 'flow', address: 'DB1,REAL0', unit: 'm3/s' },
    { id: 'gate', address: 'DB1,INT4', scale: 0.01, unit: '%' },
    { id: 'energy', address: 'DB2,UDINT100', scale: 0.1, unit: 'kWh', kind: 'counter' },
    { id: 'level', address: 'DB2,LREAL200', unit: 'm' },
    { id: 'breaker', address: 'M10.0', map: { 0: 'stopped', 1: 'generating' }, kind: 'state' },
    { id: 'turbidity', address: 'IW64', unit: 'NTU' },
    { id: 'flow_again', address: 'DB1,REAL0', unit: 'm3/s' },
  ]);
}
