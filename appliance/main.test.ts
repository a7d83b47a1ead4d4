import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyCheckpoint } from '../core/ledger/checkpoint.ts';
import { deviceKeyFromSeed } from '../core/ledger/device-key.ts';
import { leafHash, verifyInclusion } from '../core/ledger/merkle.ts';
import { parseVerifierKey } from '../core/ledger/verifier-key.ts';
import { present } from '../core/model/assert.ts';
import { openStore } from '../core/store/open-store.ts';
import { testGap, testGenesis, testKey, testRecorder } from '../tests/fixtures/ledger.ts';
import { allCommands } from './commands/all-commands.ts';
import type { ProofAlone } from './commands/prove-alone.ts';
import { dataFolderAt, openDataFolder } from './data-folder.ts';

const program = fileURLToPath(new URL('./forebay.mjs', import.meta.url));
const demoPlant = fileURLToPath(new URL('../drivers/simulator/demo-plant.yaml', import.meta.url));
const base = mkdtempSync(join(tmpdir(), 'forebay-cli-'));
afterAll(() => rmSync(base, { recursive: true }));

interface Ending {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function launch(words: readonly string[]): { child: ChildProcess; ended: Promise<Ending>; out: () => string } {
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, ended, out: () => out };
}

const forebay = (...words: string[]): Promise<Ending> => launch(words).ended;

describe('the command line', () => {
  it('lists every command and explains one', async () => {
    const [all, one] = await Promise.all([forebay('--help'), forebay('ledger', 'proof', '--help')]);
    expect(all.code).toBe(0);
    for (const { name } of allCommands) expect(all.out).toContain(`  ${name} `);
    expect(one.out).toMatch(/^Usage: forebay ledger proof INDEX --data DIR \[--size N\]/);
  });

  it.each([
    [['strat'], /^APP_USAGE: There is no command "strat"\. \(did you mean "start"\?\)\n$/],
    [['readings', '--data', '/nowhere'], /^STO_ABSENT: /],
    [['start', '--data', '/nowhere', '--config', '/nowhere.yaml'], /^CFG_UNREADABLE: .*no such file/],
    [['config', 'validate', 'none.yaml'], /^CFG_UNREADABLE: .*no such file\. \(check its name and folder\)\n$/],
    [['status', '--data', demoPlant], /^APP_DATA_FOLDER: .*a file is in its place\. \(name a folder after --data\)\n$/],
    [['demo', '--data', '/dev/null/x', '--port', '0'], /^APP_DATA_FOLDER: .* \(.*--data\)\n$/m],
    [['demo', '--data', join(base, 'open'), '--host', '0.0.0.0', '--port', '0'], /^API_TLS_REQUIRED: /m],
    [['demo', '--data', join(base, 'port'), '--port', 'http'], /--port is "http"\. \(a number from 0 to 65535\)/],
  ])('refuses %j with exit code 2 and a sentence', async (words, says) => {
    const { code, out, err } = await forebay(...words);
    expect(err).toMatch(says);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('shows every mistake of a plant.yaml with its line', async () => {
    const file = join(base, 'plant.yaml');
    writeFileSync(
      file,
      readFileSync(demoPlant, 'utf8').replace('interval: 1m', 'interval: 2m').replace('period:', 'perod:'),
    );
    const [good, bad] = await Promise.all([
      forebay('config', 'validate', demoPlant),
      forebay('config', 'validate', file),
    ]);
    const [line, ...advice] = good.out.trim().split('\n');
    expect([good.code, line]).toEqual([0, 'valid: 3 units, 1 device, 30 points, one reading a unit every 1 min']);
    // Nothing of the demonstration plant is measured twice, and whoever copies its plant.yaml should know.
    expect(advice.map((text) => text.slice(0, 24))).toEqual(Array(3).fill('advice: CFG_NO_WITNESS: '));
    expect(bad.code).toBe(2);
    expect(bad.err).toContain(
      `CFG_VALUE: ${file}:5:11 interval: expected one of 1m, 5m, 10m, 15m, 30m, 1h, found "2m"`,
    );
    expect(bad.err).toMatch(/CFG_UNKNOWN_KEY: .*devices\[0\]\.perod: .*did you mean "period"/);
  });

  it('records a configuration once, and takes it back out', async () => {
    const data = join(base, 'imported');
    const copy = join(base, 'copy.yaml');
    const first = await forebay('config', 'import', demoPlant, '--data', data);
    const again = await forebay('config', 'import', demoPlant, '--data', data);
    expect([first.code, first.err]).toEqual([0, 'Recorded as entry 1.\n']);
    expect([again.code, again.err]).toEqual([0, 'It is in force already.\n']);
    expect((await forebay('config', 'export', copy, '--data', data)).code).toBe(0);
    expect(readFileSync(copy, 'utf8')).toBe(readFileSync(demoPlant, 'utf8'));
    const other = join(base, 'other.yaml');
    writeFileSync(other, readFileSync(demoPlant, 'utf8').replace('HP-DEMO', 'HP-002'));
    const refused = await forebay('config', 'import', other, '--data', data);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('APP_OTHER_PLANT') });
  });

  it('makes, lists and revokes API keys before the first start', async () => {
    const data = join(base, 'keys');
    const made = await forebay('apikey', 'create', '--data', data, '--role', 'viewer', '--name', 'SCADA', '--json');
    const { id, key } = JSON.parse(made.out) as { id: string; key: string };
    expect(key).toMatch(/^fbk_[0-9a-f]{16}_/);
    expect((await forebay('apikey', 'revoke', id, '--data', data)).code).toBe(0);
    const listed = await forebay('apikey', 'list', '--data', data, '--json');
    expect(JSON.parse(listed.out)).toMatchObject({ id, name: 'SCADA', role: 'viewer', revokedAt: expect.any(String) });
    expect(listed.out).not.toContain(key.slice(-20));
    expect(await forebay('apikey', 'revoke', id, '--data', data)).toMatchObject({ code: 1 });
  });
});

describe('the ledger commands', () => {
  const folder = openDataFolder(join(base, 'ledger'));
  const store = openStore(folder.storePath, { access: 'write' });
  testRecorder(store).record([testGenesis, testGap(1), testGap(2)]);

  it('prove and check, and name the entry that was changed', async () => {
    const data = ['--data', folder.root];
    const [sound, proof, consistency, beyond] = await Promise.all([
      forebay('ledger', 'fsck', '--json', ...data),
      forebay('ledger', 'proof', '1', ...data),
      forebay('ledger', 'consistency', '1', '3', ...data),
      forebay('ledger', 'proof', '3', ...data),
    ]);
    expect(JSON.parse(sound.out)).toMatchObject({ ok: true, entries: 3, gaps: 2 });
    expect(JSON.parse(proof.out)).toMatchObject({
      index: 1,
      size: 3,
      hashes: [expect.any(String), expect.any(String)],
    });
    expect(JSON.parse(consistency.out)).toMatchObject({ from: 1, to: 3 });
    expect(beyond).toMatchObject({ code: 2, err: expect.stringContaining('LED_OUT_OF_RANGE: There is no entry 3') });

    const other = deviceKeyFromSeed(Buffer.alloc(32, 3), 'HP-001').verifierKey;
    const note = join(base, 'kept.note');
    const keyFile = join(base, 'noted.pub');
    const answer = JSON.parse(proof.out) as ProofAlone;
    expect(Buffer.from(leafHash(Buffer.from(answer.canonical, 'utf8'))).toString('base64')).toBe(answer.leafHash);
    const key = present(parseVerifierKey(testKey.verifierKey), 'the key');
    const signed = verifyCheckpoint(answer.checkpoint ?? '', key);
    expect(signed?.size).toBe(3);
    const hashes = answer.hashes.map((item) => Buffer.from(item, 'base64'));
    expect(verifyInclusion(Buffer.from(answer.leafHash, 'base64'), 1, 3, hashes, present(signed, 'note').root)).toBe(
      true,
    );
    writeFileSync(note, answer.checkpoint ?? '');
    writeFileSync(keyFile, `${testKey.verifierKey}\n`);
    const [byFile, byOther, foreign, noKey, unsigned] = await Promise.all([
      forebay('ledger', 'fsck', '--key', keyFile, '--checkpoint', note, ...data),
      forebay('ledger', 'fsck', '--key', other, ...data),
      forebay('ledger', 'fsck', '--key', other, '--checkpoint', note, ...data),
      forebay('ledger', 'fsck', '--key', 'nonsense', ...data),
      forebay('ledger', 'proof', '0', '--size', '2', ...data),
    ]);
    expect(byFile).toMatchObject({
      code: 0,
      out: expect.stringContaining('extends the kept checkpoint over 3 entries'),
    });
    expect(byOther).toMatchObject({ code: 1, err: expect.stringMatching(/^LED_FSCK_KEY: .*another device key/) });
    expect(foreign).toMatchObject({ code: 1, err: expect.stringMatching(/^LED_KEPT_UNSIGNED: /) });
    expect(noKey).toMatchObject({ code: 2, err: expect.stringContaining('neither a verifier key nor a file') });
    expect(JSON.parse(unsigned.out)).toMatchObject({ size: 2, checkpoint: null });
    expect(unsigned.err).toBe('No checkpoint was signed at size 2; one was signed at --size 3.\n');

    store.run('DROP TRIGGER IF EXISTS entries_no_update');
    for (const { name } of store.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'trigger'")) {
      store.run(`DROP TRIGGER ${name}`);
    }
    store.run(
      "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'not-credited', 'all-credited') AS BLOB) WHERE idx = 2",
    );
    const changed = await forebay('ledger', 'fsck', '--json', ...data);
    store.close();
    expect(changed.code).toBe(1);
    expect(changed.err).toMatch(
      /^LED_FSCK_ENTRY: Entry 2 is not what was recorded.*first entry that does not hold is 2/,
    );
    expect(JSON.parse(changed.out)).toMatchObject({ ok: false, entries: 2, firstBad: { index: 2 } });
  });
});

describe('a running appliance', () => {
  const data = join(base, 'plant');

  it('starts, answers commands, refuses a second one, and ends on SIGTERM', async () => {
    const { child, ended, out } = launch(['start', '--data', data, '--config', demoPlant, '--port', '0']);
    const [first] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const { event, url } = JSON.parse(first.toString()) as { event: string; url: string };
    expect(event).toBe('listening');
    const [status, signin, second] = await Promise.all([
      forebay('status', '--data', data, '--json'),
      forebay('signin', '--data', data),
      forebay('start', '--data', data, '--port', '0'),
    ]);
    expect(JSON.parse(status.out)).toMatchObject({ plant: { origin: 'demo' }, appliance: { running: true, url } });
    expect(signin.out.startsWith(`${url}/`)).toBe(true);
    expect(second).toMatchObject({ code: 2, err: expect.stringContaining('STO_IN_USE: ') });
    child.kill('SIGTERM');
    const ending = await ended;
    expect(ending.code).toBe(0);
    expect(ending.err).toMatch(/Data: .*plant\n.*signin --data /);
    expect(ending.err).toMatch(/^Stopped; the ledger holds \d+ entries\.\n$/m);
    expect(out().trim().split('\n')).toHaveLength(1);
  });

  it('leaves a folder that commands can read at rest', async () => {
    const [unit, day] = await Promise.all([
      forebay('readings', '--data', data, '--unit', 'unit9'),
      forebay('readings', '--data', data, '--unit', 'unit1', '--from', '2026-11-20', '--json'),
    ]);
    expect(unit).toMatchObject({
      code: 2,
      err: 'APP_USAGE: The plant has no unit "unit9". (valid: unit1, unit2, unit3)\n',
    });
    expect(day).toMatchObject({ code: 0, err: '' });
    const [status, fsck, readings, signin] = await Promise.all([
      forebay('status', '--data', data, '--json'),
      forebay('ledger', 'fsck', '--data', data),
      forebay('readings', '--data', data, '--json'),
      forebay('signin', '--data', data),
    ]);
    expect(JSON.parse(status.out)).toMatchObject({
      appliance: { running: false, url: null },
      devices: [{ state: 'stopped' }],
    });
    expect(fsck).toMatchObject({ code: 0, out: expect.stringMatching(/^sound: /) });
    expect(readings.code).toBe(0);
    expect(signin).toMatchObject({ code: 3, err: expect.stringContaining('APP_NOT_RUNNING') });
    expect(dataFolderAt(data).root).toBe(data);
  });
});
