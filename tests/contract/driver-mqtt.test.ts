import { decode } from '../../drivers/mqtt/decode.ts';
import { mqtt } from '../../drivers/mqtt/mqtt.ts';
import { asMqttRecipe } from '../../drivers/mqtt/recipe.ts';
import { startFaultBroker } from '../fault/mqtt-broker.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type DriverUnderTest, driverContract } from './driver-contract.ts';
import { HearingDriver } from './hearing-driver.ts';
import { mqttDevice } from './mqtt-device.ts';

driverContract('mqtt', setup);

async function setup(): Promise<DriverUnderTest> {
  const broker = await startFaultBroker();
  const hearing = new HearingDriver();
  const publish = (): void => {
    broker.publish(
      'plant/unit1',
      `{"flow":2.125,"head":{"net":[0,93.5]},"energy":18446744073709551617.25,"run":"RUN","t":${Date.now()},"q":"GOOD"}`,
    );
    broker.publish('plant/gate', '61.5');
  };
  return {
    driver: hearing.wrap(mqtt, publish),
    device: deviceAt(broker.port),
    unreachable: deviceAt(await freePort()),
    host: { clock: hearing.clock },
    decode: (recipe, raw) => {
      const decoded = decode(asMqttRecipe(recipe), raw);
      if (decoded.kind === 'fault') throw new Error(decoded.fault.message);
      const { value, register } = decoded;
      return register === undefined ? { value } : { value, register };
    },
    hang: () => hearing.fallSilent(),
    close: () => broker.close(),
  };
}

function deviceAt(port: number) {
  return mqttDevice({ url: `mqtt://127.0.0.1:${port}` }, [
    { id: 'flow', topic: 'plant/unit1', path: '$.flow', unit: 'm3/s', timePath: '$.t', timeFormat: 'ms' },
    { id: 'head', topic: 'plant/unit1', path: '$.head.net[1]', unit: 'm', qualityPath: '$.q' },
    { id: 'energy', topic: 'plant/unit1', path: '$.energy', unit: 'kWh', kind: 'counter', scale: 0.1 },
    { id: 'status', topic: 'plant/unit1', path: "$['run']", kind: 'state', map: { RUN: 'generating' } },
    { id: 'gate', topic: 'plant/gate', unit: '%', min: 0, max: 100 },
  ]);
}
