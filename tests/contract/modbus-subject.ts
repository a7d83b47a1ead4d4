import type { Driver } from '../../core/acquisition/driver.ts';
import { seededRandom } from '../../core/model/random.ts';
import { decoderOf } from '../../drivers/modbus/decode.ts';
import { asModbusRecipe, type ModbusDriverName } from '../../drivers/modbus/recipe.ts';
import type { Framing } from '../fault/modbus-framing.ts';
import { type FaultServer, startFaultServer } from '../fault/modbus-server.ts';
import type { DriverUnderTest } from './driver-contract.ts';
import { modbusDeviceOf, type PointText } from './modbus-device.ts';

export interface ModbusSubject {
  readonly driver: Driver;
  readonly framing: Framing;
  /** How the driver gets at the server, and how it gets at nothing. */
  reach(server: FaultServer): Promise<{
    connection: Record<string, unknown>;
    unreachable: Record<string, unknown>;
    close?(): Promise<void>;
  }>;
}

const POINTS: readonly PointText[] = [
  { id: 'flow', register: 'holding', address: 3000, type: 'float32', unit: 'm3/s' },
  { id: 'gate', register: 'holding', address: 3010, type: 'int16', scale: 0.01, unit: '%' },
  { id: 'energy', register: 'input', address: 100, type: 'uint64', scale: 0.1, unit: 'kWh', kind: 'counter' },
  { id: 'power', register: 'input', address: 200, type: 'int32', order: 'CDAB', scale: 0.001, unit: 'kW' },
  { id: 'breaker', register: 'coil', address: 7, map: { 0: 'stopped', 1: 'generating' }, kind: 'state' },
  { id: 'alarm', register: 'holding', address: 3012, bit: 2 },
  { id: 'flow_again', register: 'holding', address: 3000, type: 'float32', unit: 'm3/s' },
];

/** One form of Modbus in front of a well-behaved device, for the contract suite. */
export async function modbusSubject(subject: ModbusSubject): Promise<DriverUnderTest> {
  let isHanging = false;
  const server = await startFaultServer({
    random: seededRandom(1),
    framing: subject.framing,
    script: () => ({ kind: isHanging ? 'drop' : 'none' }),
    cell: ({ functionCode }, address) => (functionCode <= 2 ? address & 1 : (address * 257) & 0x3fff),
  });
  const way = await subject.reach(server);
  const name = subject.driver.name as ModbusDriverName;
  return {
    driver: subject.driver,
    device: modbusDeviceOf(name, { timeout: '5s', ...way.connection }, POINTS),
    unreachable: modbusDeviceOf(name, { timeout: '5s', ...way.unreachable }, POINTS),
    decode: (recipe, raw) => {
      const decoder = decoderOf(asModbusRecipe(recipe));
      const value = decoder.value(raw, 0);
      if (typeof value === 'object') throw new Error(value.message);
      return decoder.register === undefined ? { value } : { value, register: decoder.register(raw, 0) };
    },
    hang: () => {
      isHanging = true;
    },
    close: async () => {
      await way.close?.();
      await server.close();
    },
  };
}
