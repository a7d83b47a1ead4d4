import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRecorder } from '../core/ledger/recorder.ts';
import { ledgerStorage } from '../core/store/ledger-store.ts';
import { openStore } from '../core/store/open-store.ts';
import { storedSize } from '../core/store/stored-entries.ts';
import { startAppliance } from './appliance.ts';
import { allCommands } from './commands/all-commands.ts';
import type { Output } from './commands/output.ts';
import { readCommandLine } from './commands/read-command-line.ts';
import { dataFolderAt } from './data-folder.ts';
import { loadConfig } from './load-config.ts';
import { openDeviceKey } from './open-device-key.ts';
import { systemClock } from './system-clock.ts';

const demo = fileURLToPath(new URL('../drivers/simulator/demo-plant.yaml', import.meta.url));
const configText = readFileSync(demo, 'utf8');
const SILENT_OUTPUT: Output = {
  line: () => {},
  json: () => {},
  table: () => {},
  note: () => {},
  width: 100,
  isTerminal: false,
  isResultOnTerminal: false,
};
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

it('says of a run that was killed that it recorded no stop, once, and nothing of one that ended in order', async () => {
  const logs = join(base, 'data', 'logs');
  const noted = (): unknown[] =>
    readdirSync(logs)
      .flatMap((name) => readFileSync(join(logs, name), 'utf8').trim().split('\n'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => String(msg).includes('recorded no stop'));
  await (await start(0)).stop();
  expect(noted()).toEqual([]);
  const store = openStore(dataFolderAt(join(base, 'data')).storePath, { access: 'write' });
  const key = openDeviceKey(dataFolderAt(join(base, 'data')), store, 'HP-DEMO');
  const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: systemClock });
  recorder.record([{ kind: 'start', body: { version: '0.0.0', mode: 'normal', runId: 'killed' } }]);
  const startEntry = storedSize(store) - 1;
  store.close();
  await (await start(0)).stop();
  await (await start(0)).stop();
  expect(noted()).toMatchObject([{ level: 'info', startEntry }]);
});

it('changes its device key while it runs, when the command line asks, and goes on with the new one', async () => {
  const appliance = await start(0);
  const data = join(base, 'data');
  const lines: string[] = [];
  const forebay = async (...words: string[]): Promise<string> => {
    lines.length = 0;
    const line = readCommandLine([...words, '--data', data, '--json'], allCommands);
    if (line.kind !== 'run') throw new Error(`no command: ${words.join(' ')}`);
    const output = { ...SILENT_OUTPUT, json: (value: unknown) => void lines.push(JSON.stringify(value)) };
    expect(await line.command.run({ ...line.call, output })).toBe(0);
    return lines.join('\n');
  };
  const first = JSON.parse(await forebay('key', 'show'));
  const rotated = JSON.parse(await forebay('key', 'rotate', '--reason', 'two years', '--by', 'Asha Rawat'));
  expect(rotated).toMatchObject({ event: 'rotated', entryIndex: 3, isOldDestroyed: true });
  expect(readdirSync(join(data, 'keys')).sort()).toEqual(['device.key', 'device.pub', 'ledger.id']);
  const status = JSON.parse(await forebay('status'));
  expect(status.appliance).toMatchObject({ running: true, deviceKey: rotated.verifierKey, did: rotated.did });
  await appliance.stop();
  await (await start(0)).stop();
  const shown = JSON.parse(await forebay('key', 'show'));
  expect(shown).toMatchObject({ verifierKey: rotated.verifierKey, reason: 'two years', by: 'Asha Rawat' });
  expect(JSON.parse(await forebay('ledger', 'fsck', '--key', first.verifierKey))).toMatchObject({ ok: true });
});
