import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drivers } from '../../appliance/drivers.ts';
import { Plant } from '../../appliance/plant.ts';
import { configurationBody } from '../../core/config/configuration-body.ts';
import { parseConfig } from '../../core/config/parse-config.ts';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import { silentLog } from '../../core/model/log.ts';
import { seededRandom } from '../../core/model/random.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { driverHost } from '../contract/driver-host.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const BEGIN_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const DEMO = fileURLToPath(new URL('../../drivers/simulator/demo-plant.yaml', import.meta.url));

/**
 * Lets the demonstration plant (three units, readings of a minute, the noise of its sensors) record for so many minutes
 * of simulated time, polled every ten seconds.
 */
export async function fillDemoStore(store: WritableStore, minutes: number): Promise<void> {
  const text = readFileSync(DEMO, 'utf8').replace('period: 1s', 'period: 10s');
  const parsed = parseConfig(text, { drivers, file: 'demo-plant.yaml' });
  if (parsed.kind !== 'valid') throw new Error(JSON.stringify(parsed.issues));
  const { config } = parsed;
  const clock = new ManualClock(BEGIN_MS);
  const plant = new Plant({
    config,
    configuration: configurationBody(text, config),
    drivers,
    hostOf: () => driverHost(1, { clock }),
    store,
    key: deviceKeyFromSeed(new Uint8Array(32).fill(9), config.plant.id),
    clock,
    random: seededRandom(2),
    askTimeServer: async () => ({ kind: 'silent', why: 'no answer in time' }),
    log: silentLog,
    version: '0.0.0',
    mode: 'normal',
    listener: {},
  });
  plant.start();
  await clock.pass(minutes * MINUTE_MS);
  const stopped = plant.stop();
  await clock.pass(0);
  await stopped;
}
