import { sparkplugB } from '../../drivers/mqtt/sparkplug-b.ts';
import { asSparkplugRecipe, decodeSparkplug } from '../../drivers/mqtt/sparkplug-decode.ts';
import { startFaultBroker } from '../fault/mqtt-broker.ts';
import { type MetricText, SparkplugNode } from '../fault/sparkplug-node.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type DriverUnderTest, driverContract } from './driver-contract.ts';
import { HearingDriver } from './hearing-driver.ts';
import { sparkplugDevice } from './mqtt-device.ts';

driverContract('sparkplug-b', setup);

const BIRTH: MetricText[] = [
  { name: 'Unit1/Flow', alias: 1, type: 'Float', value: 2.125 },
  { name: 'Unit1/Energy', alias: 2, type: 'UInt32', value: 4_294_967_290 },
  { name: 'Unit1/State', alias: 3, type: 'String', value: 'RUN' },
];
const DEVICE_BIRTH: MetricText[] = [{ name: 'Gate', alias: 11, type: 'Int16', value: -31 }];

async function setup(): Promise<DriverUnderTest> {
  const broker = await startFaultBroker();
  const hearing = new HearingDriver();
  const node = new SparkplugNode({
    group: 'river',
    node: 'edge1',
    publish: (topic, payload) => {
      broker.publish(topic, payload);
    },
  });
  const publish = (): void => {
    node.birth(BIRTH);
    node.deviceBirth('gates', DEVICE_BIRTH);
    node.data(BIRTH.map(({ alias, type, value }) => ({ alias, type, value }) as MetricText));
  };
  return {
    driver: hearing.wrap(sparkplugB, publish),
    device: deviceAt(broker.port),
    unreachable: deviceAt(await freePort()),
    host: { clock: hearing.clock },
    decode: (recipe, raw) => {
      const decoded = decodeSparkplug(asSparkplugRecipe(recipe), raw);
      if (decoded.kind === 'fault') throw new Error(decoded.fault.message);
      const { value, register } = decoded;
      return register === undefined ? { value } : { value, register };
    },
    hang: () => hearing.fallSilent(),
    close: () => broker.close(),
  };
}

function deviceAt(port: number) {
  return sparkplugDevice({ url: `mqtt://127.0.0.1:${port}`, group: 'river', node: 'edge1' }, [
    { id: 'flow', metric: 'Unit1/Flow', unit: 'm3/s' },
    { id: 'energy', metric: 'Unit1/Energy', unit: 'kWh', kind: 'counter', scale: 0.01 },
    { id: 'status', metric: 'Unit1/State', kind: 'state', map: { RUN: 'generating' } },
    { id: 'gate', metric: 'Gate', device: 'gates', unit: '%' },
  ]);
}
