import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore } from '../core/store/open-store.ts';
import { startAppliance } from './appliance.ts';
import { dataFolderAt } from './data-folder.ts';
import { loadConfig } from './load-config.ts';

const demo = fileURLToPath(new URL('../drivers/simulator/demo-plant.yaml', import.meta.url));
const configText = readFileSync(demo, 'utf8');
let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-appliance-'));
});
afterEach(() => rmSync(base, { recursive: true }));

function start(port: number) {
  return startAppliance({
    config: loadConfig(configText, 'demo'),
    configText,
    dataFolder: join(base, 'data'),
    host: '127.0.0.1',
    port,
    mode: 'normal',
    consoleFolder: join(base, 'none'),
    version: '0.0.0',
    errorOutput: { write: () => true },
  });
}

it('leaves no trace in the ledger when its port is taken, and frees the folder', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(start(port)).rejects.toMatchObject({ code: 'API_PORT_TAKEN', exitCode: 2 });
  await new Promise<void>((resolve) => other.close(() => resolve()));

  const appliance = await start(port);
  await appliance.stop();
  const store = openStore(dataFolderAt(join(base, 'data')).storePath, { access: 'read' });
  const kinds = store.all<{ kind: string }>('SELECT kind FROM entries ORDER BY idx').map(({ kind }) => kind);
  store.close();
  expect(kinds).toEqual(['genesis', 'configuration', 'start', 'stop']);
});
