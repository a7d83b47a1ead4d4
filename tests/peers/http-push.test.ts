import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { type ApplianceProcess, forebay, startApplianceProcess } from './forebay-process.ts';

/**
 * Senders that we did not write push to a running appliance: curl, Python's own library, Node and openssl. They run the
 * very examples of docs/drivers/http.md, on its plant.yaml (driver: http).
 */
const PAGE = readFileSync(new URL('../../docs/drivers/http.md', import.meta.url), 'utf8');
const run = promisify(execFile);

let folder: string;
let appliance: ApplianceProcess;
let env: NodeJS.ProcessEnv;

/** The block of the page with this mark. */
function example(mark: string): string {
  const block = new RegExp(`^\`\`\`${mark}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(PAGE)?.[1];
  if (block === undefined) throw new Error(`the page has no block ${mark}`);
  return block.replaceAll('http://127.0.0.1:8740', appliance.url);
}

/** The answer without what depends on when it is given. */
function timeless(answer: object): object {
  const text = JSON.stringify(answer).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
  return JSON.parse(text.replace(/at [\d:]+ UTC/, 'at TIME')) as object;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-http-peers-'));
  const data = join(folder, 'data');
  await run('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', join(folder, 'scada.key')]);
  await run('openssl', ['pkey', '-in', join(folder, 'scada.key'), '-pubout', '-out', join(folder, 'scada.pub')]);
  const plant = /^```yaml plant\n([\s\S]*?)^```$/m.exec(PAGE)?.[1] ?? '';
  const signed = '    driver: http\n    connection: { publicKeyFile: scada.pub, signature: optional }\n';
  writeFileSync(join(folder, 'plant.yaml'), plant.replace('    driver: http\n', signed));
  appliance = await startApplianceProcess(join(folder, 'plant.yaml'), data);
  const { out } = await forebay('apikey', 'create', '--data', data, '--role', 'ingest', '--name', 'scada');
  env = { ...process.env, FOREBAY_KEY: /fbk_\S+/.exec(out)?.[0] };
});
afterAll(async () => {
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('curl pushes as the page says, and is told when it pushes the same again', async () => {
  const script = example('sh push');
  const { stdout } = await run('bash', ['-c', script], { cwd: folder, env });
  const answer = JSON.parse(stdout);
  expect(timeless(answer)).toEqual(timeless(JSON.parse(example('json answer'))));
  // The minute may have turned in between; then it is another reading, which curl calls a success.
  const again = await run('bash', ['-c', script], { cwd: folder, env }).catch((error: { stdout: string }) => error);
  const second = JSON.parse(again.stdout);
  if (second.code === undefined) expect(second.entry_index).toBeGreaterThan(answer.entry_index);
  else expect(second).toMatchObject({ code: 'DRV_HTTP_RECORDED', entry_index: answer.entry_index, identical: true });
});

test("Python's own library pushes as the page says", async () => {
  const { stdout } = await run('python3', ['-c', example('python push')], { cwd: folder, env });
  expect(JSON.parse(stdout)).toMatchObject({ status: 'APPROVED', unused: [], entry_index: expect.any(Number) });
});

test('Node signs as the page says', async () => {
  writeFileSync(join(folder, 'push.mjs'), example('js push').replace('unit1', 'unit2').replace('JQ-202', 'meter_kwh'));
  // The minute of the page's time may be taken by the push of the test before.
  const { stdout } = await run(process.execPath, ['push.mjs'], { cwd: folder, env });
  expect(stdout).toMatch(/^(201|409) /);
  if (stdout.startsWith('409')) expect(stdout).toContain('DRV_HTTP_RECORDED');
});

test('openssl signs, the reading names the key, and a signature over anything else is refused', async () => {
  const body = {
    schema_version: '1.0.0',
    device_id: 'unit1',
    timestamp: new Date(Date.now() - 3 * 3_600_000).toISOString(),
    readings: [
      { sensor_id: 'FT-101', type: 'flow_rate', value: 2.31, unit: 'm3/s', quality: 'good' },
      { sensor_id: 'JQ-202', type: 'export_counter', value: 1_204_455.75, unit: 'kWh', quality: 'good' },
    ],
  };
  writeFileSync(join(folder, 'canonical.json'), canonicalize(body));
  const words = ['pkeyutl', '-sign', '-rawin', '-inkey', 'scada.key', '-in', 'canonical.json'];
  const { stdout } = await run('openssl', words, { cwd: folder, encoding: 'buffer' });
  const signature = stdout.toString('base64');
  const push = (signed: object) =>
    fetch(`${appliance.url}/api/v1/telemetry`, {
      method: 'POST',
      headers: { 'x-api-key': env.FOREBAY_KEY ?? '' },
      body: JSON.stringify(signed),
    });
  const altered = await push({ ...body, timestamp: new Date(Date.now() - 7_200_000).toISOString(), signature });
  expect(altered.status).toBe(403);
  expect(await altered.json()).toMatchObject({ code: 'DRV_HTTP_SIGNATURE_WRONG' });
  const recorded = await push({ signature, ...body });
  expect(recorded.status).toBe(201);
  const { entry_index: index } = (await recorded.json()) as { entry_index: number };
  const { out } = await forebay('readings', '--data', join(folder, 'data'), '--json');
  const reading = out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .find((each: { index: number }) => each.index === index);
  expect(reading.push).toMatchObject({ form: 'signed', signedBy: expect.stringMatching(/^ed25519:[0-9a-f]{16}$/) });
});
