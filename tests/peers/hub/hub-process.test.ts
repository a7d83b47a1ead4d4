import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { HubConfig } from '../../../core/config/plant.ts';
import { evaluationYaml, openEvaluationLedger } from '../../fixtures/evaluation-ledger.ts';
import { forebay } from '../forebay-process.ts';

const RECEIVER = fileURLToPath(new URL('./run.ts', import.meta.url));
const TOKEN = 'a.token';
const folder = mkdtempSync(join(tmpdir(), 'forebay-hub-process-'));
let receiver: ChildProcess | undefined;

afterEach(async () => {
  await stopReceiver();
  rmSync(folder, { recursive: true });
});

/** Starts the receiver as docs/hub.md says; gives what it prints for plant.yaml. */
async function startReceiver(plant: string, port = '0'): Promise<HubConfig> {
  const words = ['--folder', join(folder, 'hub'), '--plant', plant, '--port', port, '--token', TOKEN];
  const child = spawn(process.execPath, [RECEIVER, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  receiver = child;
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.includes('publicKey')) break;
  }
  return (parse(lines.join('\n')) as { sync: { hub: HubConfig } }).sync.hub;
}

async function stopReceiver(): Promise<void> {
  if (receiver === undefined) return;
  const ended = once(receiver, 'close');
  receiver.kill('SIGKILL');
  await ended;
  receiver = undefined;
}

test('forebay sync run delivers to the receiver, and says why where it is not there', async () => {
  const data = join(folder, 'data');
  const { store, key } = openEvaluationLedger(data);
  store.close();
  const hub = await startReceiver(key.verifierKey);
  const config = join(folder, 'plant.yaml');
  const yaml = `sync:\n  hub: { url: "${hub.url}", publicKey: ${hub.publicKey}, tokenFile: hub.token }\n`;
  writeFileSync(config, `${evaluationYaml()}\n${yaml}`);
  writeFileSync(join(folder, 'hub.token'), `${TOKEN}\n`, { mode: 0o600 });
  const where = ['--data', data, '--config', config];
  await stopReceiver();
  const alone = await forebay('sync', 'run', ...where, '--for', '60s');
  expect(alone.code).toBe(3);
  expect(alone.err).toContain('Nothing takes connections at');
  await startReceiver(key.verifierKey, new URL(hub.url).port);
  const run = await forebay('sync', 'run', ...where);
  expect([run.code, run.err]).toEqual([0, '']);
  expect(run.out).toContain('hub: everything that is sealed is there; 1 batch delivered');
  const [ledger = ''] = readdirSync(join(folder, 'hub')).filter((name) => name !== 'hub.key');
  const entries = readFileSync(join(folder, 'hub', ledger, 'entries.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(entries.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(['genesis', 'configuration']);
  const again = await forebay('sync', 'status', ...where, '--json');
  expect(JSON.parse(again.out)).toMatchObject({ targets: [{ name: 'hub', delivered: 1, waiting: 0 }] });
});
