import { createServer } from 'node:net';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { seededRandom } from '../../core/model/random.ts';
import { decoderOf } from '../../drivers/modbus/decode.ts';
import { modbusTcp } from '../../drivers/modbus/modbus-tcp.ts';
import { asModbusRecipe } from '../../drivers/modbus/recipe.ts';
import { startFaultServer } from '../fault/modbus-server.ts';
import { type DriverUnderTest, driverContract } from './driver-contract.ts';
import { modbusDevice } from './modbus-device.ts';

driverContract('modbus-tcp', setup);

async function setup(): Promise<DriverUnderTest> {
  let isHanging = false;
  const server = await startFaultServer({
    random: seededRandom(1),
    script: () => ({ kind: isHanging ? 'drop' : 'none' }),
    cell: ({ functionCode }, address) => (functionCode <= 2 ? address & 1 : (address * 257) & 0x3fff),
  });
  return {
    driver: modbusTcp,
    device: deviceAt(server.port),
    unreachable: deviceAt(await freePort()),
    decode: (recipe, raw) => {
      const decoder = decoderOf(asModbusRecipe(recipe));
      const value = decoder.value(raw, 0);
      if (typeof value === 'object') throw new Error(value.message);
      return decoder.register === undefined ? { value } : { value, register: decoder.register(raw, 0) };
    },
    hang: () => {
      isHanging = true;
    },
    close: () => server.close(),
  };
}

function deviceAt(port: number): DeviceConfig {
  return modbusDevice({ port, timeout: '5s' }, [
    { id: 'flow', register: 'holding', address: 3000, type: 'float32', unit: 'm3/s' },
    { id: 'gate', register: 'holding', address: 3010, type: 'int16', scale: 0.01, unit: '%' },
    { id: 'energy', register: 'input', address: 100, type: 'uint64', scale: 0.1, unit: 'kWh', kind: 'counter' },
    { id: 'power', register: 'input', address: 200, type: 'int32', order: 'CDAB', scale: 0.001, unit: 'kW' },
    { id: 'breaker', register: 'coil', address: 7, map: { 0: 'stopped', 1: 'generating' }, kind: 'state' },
    { id: 'alarm', register: 'holding', address: 3012, bit: 2 },
    { id: 'flow_again', register: 'holding', address: 3000, type: 'float32', unit: 'm3/s' },
  ]);
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
