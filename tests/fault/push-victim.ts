/**
 * An appliance that dies, as by a power cut, right after it has recorded a push and before it has answered it. Run as
 * `node push-victim.ts FOLDER PLANT.yaml`; prints the address and an ingest key, and dies at the push whose nonce is
 * `last`.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startApi } from '../../appliance/api/start-api.ts';
import { openDataFolder } from '../../appliance/data-folder.ts';
import { drivers } from '../../appliance/drivers.ts';
import { openLog } from '../../appliance/log.ts';
import { Plant } from '../../appliance/plant.ts';
import { systemClock } from '../../appliance/system-clock.ts';
import { PlantView } from '../../appliance/view-plant.ts';
import { configurationBody } from '../../core/config/configuration-body.ts';
import { loadOrCreateDeviceKey } from '../../core/ledger/device-key.ts';
import { createApiKey } from '../../core/store/api-keys.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { openStore } from '../../core/store/open-store.ts';
import { driverHost } from '../contract/driver-host.ts';
import { configOf } from '../fixtures/push-plant.ts';

const [, , root = '', plantPath = ''] = process.argv;
const text = readFileSync(plantPath, 'utf8');
const config = configOf(text);
const folder = openDataFolder(root);
const store = openStore(folder.storePath, { access: 'write' });
const { log } = await openLog({ dataFolder: folder.root, errorOutput: process.stderr });
const key = loadOrCreateDeviceKey(folder.keysFolder, { plantId: config.plant.id, disk: nodeKeyDisk });
const common = { config, drivers, store, clock: systemClock, version: '0.0.0', mode: 'normal' } as const;
const shown = new PlantView({ ...common, key, dataFolder: folder.root, log });
const plant = new Plant({
  ...common,
  configuration: configurationBody(text, config),
  hostOf: () => driverHost(1),
  key,
  random: { next: Math.random },
  askTimeServer: async (host) => ({ kind: 'silent', why: `${host} is not there` }),
  log,
  listener: shown.listener,
});
shown.attach(plant);
plant.start();
const api = await startApi({
  view: shown.view,
  actions: {
    ...shown.actions,
    takePush: (request) => {
      const outcome = shown.actions.takePush(request);
      if (request.nonce === 'last') process.kill(process.pid, 'SIGKILL');
      return outcome;
    },
  },
  host: '127.0.0.1',
  port: 0,
  log,
  consoleFolder: folder.root,
  version: '0.0.0',
  localToken: randomBytes(16).toString('hex'),
  randomBytes,
});
const ingest = createApiKey(store, { name: 'scada', role: 'ingest', nowMs: systemClock.wallMs() }, randomBytes);
process.stdout.write(`${JSON.stringify({ url: api.url, key: ingest.key })}\n`);
