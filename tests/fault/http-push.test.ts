import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { telemetryAnswerSchema } from '../../appliance/api/schema/telemetry.ts';
import { FULL_LOAD, flat, pushPlantText } from '../fixtures/push-plant.ts';
import { type ApplianceProcess, forebay, startApplianceProcess } from '../peers/forebay-process.ts';

const VICTIM = fileURLToPath(new URL('./push-victim.ts', import.meta.url));
const M5 = 300_000;
/** The plant of the pushes has driver: http. */
const NOW = Math.floor(Date.now() / M5) * M5;

let folder: string;
let plantPath: string;
let running: ApplianceProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-http-push-'));
  plantPath = join(folder, 'plant.yaml');
  writeFileSync(plantPath, pushPlantText());
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: { readonly entry_index: number; readonly identical?: boolean; readonly code?: string };
}

async function push(url: string, key: string, body: object, nonce?: string): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/telemetry`, {
    method: 'POST',
    headers: {
      'x-api-key': key,
      'content-type': 'application/json',
      ...(nonce === undefined ? {} : { 'x-nonce': nonce }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

async function apiKey(data: string, role: string): Promise<string> {
  const made = await forebay('apikey', 'create', '--data', data, '--role', role, '--name', role);
  const key = /fbk_\S+/.exec(made.out)?.[0];
  if (key === undefined) throw new Error(`no key: ${made.out} ${made.err}`);
  return key;
}

async function readings(data: string): Promise<{ index: number; unitId: string; energyWh?: number; to: string }[]> {
  const { out } = await forebay('readings', '--data', data, '--json');
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const register = (n: number) =>
  flat('unit1', NOW - (4 - n) * M5, { ...FULL_LOAD, export_counter_kwh: 7000 + n * 154.25 });

test('a push that was recorded and never answered is found again after the crash, and its energy is there once', async () => {
  const data = join(folder, 'data');
  const child = spawn(process.execPath, [VICTIM, data, plantPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { url, key } = JSON.parse(line) as { url: string; key: string };
  expect((await push(url, key, register(1), 'first')).status).toBe(201);
  await expect(push(url, key, register(2), 'last')).rejects.toThrow('fetch failed');
  expect(await ended).toEqual([null, 'SIGKILL']);

  running = await startApplianceProcess(plantPath, data);
  const again = await push(running.url, key, register(2), 'last');
  expect(again).toMatchObject({ status: 409, body: { code: 'DRV_HTTP_RECORDED', identical: true } });
  const other = await push(running.url, key, register(2), 'another');
  expect(other).toMatchObject({ status: 409, body: { entry_index: again.body.entry_index, identical: true } });
  const next = await push(running.url, key, register(3));
  expect(next.status).toBe(201);
  const all = await readings(data);
  expect(all.map(({ energyWh }) => energyWh)).toEqual([undefined, 154_250, 154_250]);
  expect(all[1]?.index).toBe(again.body.entry_index);
  await running.stop();
  running = undefined;
  expect(await forebay('ledger', 'fsck', '--data', data)).toMatchObject({ code: 0 });
});

test('many senders at once: each interval is recorded once, each answer is true, and metrics tell the rest', async () => {
  const data = join(folder, 'data');
  running = await startApplianceProcess(plantPath, data);
  const { url } = running;
  const key = await apiKey(data, 'ingest');
  const bodies = [1, 2, 3].flatMap((n) => [register(n), flat('unit2', NOW - (4 - n) * M5, FULL_LOAD)]);
  const answers = await Promise.all(
    bodies.flatMap((body) =>
      Array.from({ length: 8 }, () => push(url, key, body).then((answer) => ({ answer, body }))),
    ),
  );
  expect(answers).toHaveLength(48);
  for (const body of bodies) {
    const own = answers.filter((sent) => sent.body === body).map(({ answer }) => answer);
    const [first, ...others] = own.sort((a, b) => a.status - b.status);
    expect(first?.status).toBe(201);
    expect(telemetryAnswerSchema.strict().safeParse(first?.body).error).toBeUndefined();
    const index = first?.body.entry_index;
    for (const other of others) {
      expect(other).toMatchObject({ status: 409, body: { entry_index: index, identical: true } });
    }
  }
  const all = await readings(data);
  expect(all).toHaveLength(6);
  const metrics = await fetch(`${url}/metrics`, { headers: { 'x-api-key': await apiKey(data, 'viewer') } });
  const text = await metrics.text();
  expect(text).toContain('forebay_pushes_total{result="recorded"} 6');
  expect(text).toContain('forebay_pushes_total{result="DRV_HTTP_RECORDED"} 42');
  expect(text).toMatch(/forebay_device_writes_total\{device="scada"\} 0/);
});

test('a recorded push outlives a crash at any moment, and nothing is answered that was not recorded', async () => {
  const data = join(folder, 'data');
  let appliance = await startApplianceProcess(plantPath, data);
  const key = await apiKey(data, 'ingest');
  const answered = new Map<string, number>();
  let at = NOW - 400 * 60_000;
  for (let crash = 0; crash < 3; crash += 1) {
    const { url } = appliance;
    const sending = (async () => {
      for (let n = 0; n < 100; n += 1) {
        at += 60_000;
        const answer = await push(url, key, flat('unit2', at, { power_output_kw: 1000 + n })).catch(() => undefined);
        if (answer === undefined) return;
        expect(answer.status).toBe(201);
        answered.set(new Date(at).toISOString(), answer.body.entry_index);
        if (n === 20 + crash) void appliance.kill();
      }
    })();
    await sending;
    appliance = await startApplianceProcess(plantPath, data);
  }
  running = appliance;
  const indexes = new Map((await readings(data)).map(({ to, index }) => [to, index]));
  for (const [to, index] of answered) expect(indexes.get(to), to).toBe(index);
  expect(answered.size).toBeGreaterThanOrEqual(60);
  expect(indexes.size - answered.size).toBeLessThanOrEqual(3);
});
