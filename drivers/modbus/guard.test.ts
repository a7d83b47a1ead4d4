import { afterEach, expect, test } from 'vitest';
import { seededRandom } from '../../core/model/random.ts';
import { driverHost } from '../../tests/contract/driver-host.ts';
import { modbusDevice, type PointText } from '../../tests/contract/modbus-device.ts';
import { type FaultServer, startFaultServer } from '../../tests/fault/modbus-server.ts';
import { modbusTcp } from './modbus-tcp.ts';

const NEVER = new AbortController().signal;
const ending: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function readFrom(server: FaultServer, points: readonly PointText[]) {
  const device = modbusDevice({ port: server.port }, points);
  expect(modbusTcp.check?.(device)).toEqual([]);
  const outcome = await modbusTcp.connect(device, driverHost(5), NEVER);
  if (outcome.kind === 'fault') throw new Error(outcome.fault.message);
  ending.push(() => outcome.connection.close());
  return () => outcome.connection.read(device.points, NEVER);
}

test('a guard is read in the request of its value, kept with its bytes, and turns a changed scale into a miss', async () => {
  let exponent = 65_535;
  const server = await startFaultServer({
    random: seededRandom(1),
    script: () => ({ kind: 'none' }),
    cell: (_, address) => (address === 22 ? exponent : address * 3),
  });
  ending.push(() => server.close());
  const guard = { address: 22, value: -1 };
  const read = await readFrom(server, [
    { id: 'power', register: 'holding', address: 18, type: 'int16', scale: 0.1, unit: 'W', guard },
    { id: 'after', register: 'holding', address: 24, type: 'uint16', unit: 'V', guard },
    { id: 'between', register: 'holding', address: 20, type: 'int16', unit: 'W' },
  ]);
  const samples = await read();
  expect(samples.map((outcome) => (outcome.kind === 'sample' ? outcome.value : outcome.fault.code))).toEqual([
    5.4, 72, 60,
  ]);
  const raw = samples.map((outcome) => (outcome.kind === 'sample' ? Buffer.from(outcome.raw).toString('hex') : ''));
  expect(raw).toEqual(['0036ffff', '0048ffff', '003c']);
  expect(server.asked.map(({ address, count }) => `${address}+${count}`)).toEqual(['18+7']);
  exponent = 65_534;
  const changed = await read();
  expect(changed.map((outcome) => (outcome.kind === 'sample' ? outcome.value : outcome.fault.code))).toEqual([
    'DRV_MODBUS_GUARD',
    'DRV_MODBUS_GUARD',
    60,
  ]);
});

test('a guard says in its own words what it means that it does not hold', async () => {
  const server = await startFaultServer({
    random: seededRandom(1),
    script: () => ({ kind: 'none' }),
    // Tariff 1 of a Siemens PAC at 801, and tariff 2 at 805 with 16 Wh: 0x4030000000000000.
    cell: (_, address) => (address === 805 ? 0x4030 : address === 801 ? 0x412e : 0),
  });
  ending.push(() => server.close());
  const otherwise = 'Tariff 2 of the meter is in use: set the meter to one tariff';
  const energy = { register: 'holding', address: 801, type: 'float64', unit: 'Wh' } as const;
  const read = await readFrom(server, [
    { id: 'energy', ...energy, kind: 'counter', guard: { address: 805, value: 0, otherwise } },
    { id: 'other', ...energy, kind: 'counter', guard: { address: 809, value: 0 } },
  ]);
  const [missed, sample] = await read();
  expect(missed).toMatchObject({ kind: 'miss', fault: { code: 'DRV_MODBUS_GUARD', hint: otherwise } });
  expect(sample).toMatchObject({ kind: 'sample', recipe: { guard: { address: 809, value: 0 } } });
});

test('a value whose guard is too far away for one request is a mistake of the configuration', () => {
  const device = modbusDevice({ maxRegisters: 4 }, [
    { id: 'power', register: 'holding', address: 18, type: 'int16', unit: 'W', guard: { address: 22, value: 1 } },
  ]);
  expect(modbusTcp.check?.(device)).toMatchObject([{ path: ['points', 0, 'type'] }]);
});
