import type { Connection, Driver } from '../../core/acquisition/driver.ts';
import type { Clock } from '../../core/model/clock.ts';
import { decode } from '../../drivers/mqtt/decode.ts';
import { mqtt } from '../../drivers/mqtt/mqtt.ts';
import { asMqttRecipe } from '../../drivers/mqtt/recipe.ts';
import { startFaultBroker } from '../fault/mqtt-broker.ts';
import { freePort } from '../peers/start-peer.ts';
import { type DriverUnderTest, driverContract } from './driver-contract.ts';
import { machineClock } from './driver-host.ts';
import { mqttDevice } from './mqtt-device.ts';

const HOUR_MS = 3_600_000;

driverContract('mqtt', setup);

async function setup(): Promise<DriverUnderTest> {
  const broker = await startFaultBroker();
  let aheadMs = 0;
  const clock: Clock = { ...machineClock, monotonicMs: () => machineClock.monotonicMs() + aheadMs };
  const publish = (): void => {
    broker.publish(
      'plant/unit1',
      `{"flow":2.125,"head":{"net":[0,93.5]},"energy":18446744073709551617.25,"run":"RUN","t":${Date.now()},"q":"GOOD"}`,
    );
    broker.publish('plant/gate', '61.5');
  };
  return {
    driver: hearing(mqtt, publish),
    device: deviceAt(broker.port),
    unreachable: deviceAt(await freePort()),
    host: { clock },
    decode: (recipe, raw) => {
      const decoded = decode(asMqttRecipe(recipe), raw);
      if (decoded.kind === 'fault') throw new Error(decoded.fault.message);
      const { value, register } = decoded;
      return register === undefined ? { value } : { value, register };
    },
    // A publisher that falls silent is as if an hour passed.
    hang: () => {
      aheadMs += HOUR_MS;
    },
    close: () => broker.close(),
  };
}

/** The driver, at a publisher that sends right before each poll. */
function hearing(driver: Driver, publish: () => void): Driver {
  return {
    ...driver,
    async connect(device, host, signal) {
      const outcome = await driver.connect(device, host, signal);
      if (outcome.kind === 'fault') return outcome;
      const { connection } = outcome;
      const wrapped: Connection = {
        async read(points, readSignal) {
          const isSilent = host.clock.monotonicMs() - machineClock.monotonicMs() > HOUR_MS / 2;
          if (isSilent || readSignal.aborted) return connection.read(points, readSignal);
          const sentAtMs = host.clock.wallMs();
          publish();
          let outcomes = await connection.read(points, readSignal);
          while (
            !outcomes.every((outcome) =>
              outcome.kind === 'miss' ? outcome.fault.policy === 'reconnect' : outcome.readAtMs >= sentAtMs,
            )
          ) {
            await new Promise((resolve) => setTimeout(resolve, 2));
            outcomes = await connection.read(points, readSignal);
          }
          return outcomes;
        },
        counts: () => connection.counts(),
        close: () => connection.close(),
      };
      return { kind: 'connected', connection: wrapped };
    },
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
