import { spawn } from 'node:child_process';
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import { didKey } from '../../core/ledger/did-key.ts';
import { parseVerifierKey } from '../../core/ledger/verifier-key.ts';
import { present } from '../../core/model/assert.ts';
import { runCommand, type Said } from '../../tests/fixtures/run-command.ts';
import type { KeyAnswer } from '../key-answer.ts';
import { readPassphrase } from './read-passphrase.ts';

const PROGRAM = fileURLToPath(new URL('../forebay.mjs', import.meta.url));
const PLANT = fileURLToPath(new URL('../../drivers/simulator/demo-plant.yaml', import.meta.url));
const PASSPHRASE = 'correct horse battery';

let base: string;
let data: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'forebay-key-command-'));
  data = join(base, 'data');
  expect((await forebay('config', 'import', PLANT)).code).toBe(0);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const forebay = (...words: string[]): Promise<Said> => runCommand([...words, '--data', data]);

async function forebayWith(input: string, ...words: string[]): Promise<Said> {
  const child = spawn(process.execPath, [PROGRAM, ...words, '--data', data], { stdio: ['pipe', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  return { code, out: '', err };
}

async function shown(): Promise<KeyAnswer & { file: string | null; keys: readonly KeyAnswer[] }> {
  return JSON.parse((await forebay('key', 'show', '--json')).out);
}

test('a key is shown, backed up, changed, lost, restored where it fits, and every step is in the ledger', async () => {
  const first = await shown();
  expect(first).toMatchObject({ how: 'genesis', entryIndex: 0, file: join(data, 'keys/device.key') });
  const backup = join(base, 'key-backup.pem');
  expect(await forebayWith(`${PASSPHRASE}\n`, 'key', 'backup', '--out', backup)).toMatchObject({ code: 0 });
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  expect(readFileSync(backup, 'utf8')).toContain(first.verifierKey);
  const again = await forebay('key', 'backup', '--out', backup);
  expect(again).toMatchObject({ code: 2, err: expect.stringContaining('is there already') });

  rmSync(join(data, 'keys/device.key'));
  expect(await forebay('config', 'import', PLANT)).toMatchObject({ code: 0 });
  expect((await shown()).file).toBeNull();
  const refused = await forebay('key', 'rotate', '--reason', 'a try');
  expect(refused).toMatchObject({ code: 4, err: expect.stringMatching(/^LED_KEY_LOST: /) });
  const wrong = await forebayWith('correct horse batterx\n', 'key', 'restore', backup);
  expect(wrong).toMatchObject({ code: 1, err: expect.stringMatching(/^LED_KEY_SEALED: /) });
  expect(await forebayWith(`${PASSPHRASE}\n`, 'key', 'restore', backup)).toMatchObject({ code: 0 });

  const rotated = await forebay('key', 'rotate', '--reason', 'two years', '--by', 'Asha Rawat', '--json');
  expect(JSON.parse(rotated.out)).toMatchObject({ event: 'rotated', entryIndex: 2 });
  const old = await forebayWith(`${PASSPHRASE}\n`, 'key', 'restore', backup);
  expect(old).toMatchObject({ code: 2, err: expect.stringMatching(/^LED_KEY_NOT_IN_FORCE: /) });
  expect(await forebay('ledger', 'fsck', '--key', first.verifierKey)).toMatchObject({ code: 0 });
  expect((await forebay('ledger', 'checkpoint')).out.match(/^— /gm)).toHaveLength(2);

  rmSync(join(data, 'keys/device.key'));
  const lost = await forebay('key', 'rotate', '--lost', '--reason', 'the disk is gone', '--json');
  expect(lost.err).toContain('The chain of keys is broken here');
  const { verifierKey } = JSON.parse(lost.out) as { verifierKey: string };
  const last = await shown();
  expect(last).toMatchObject({ verifierKey, how: 'lost', entryIndex: 3 });
  expect(last.keys.map(({ how, reason, by }) => [how, reason, by])).toMatchObject([
    ['genesis', null, null],
    ['rotated', 'two years', 'Asha Rawat'],
    ['lost', 'the disk is gone', expect.any(String)],
  ]);
  expect(readdirSync(join(data, 'keys')).sort()).toEqual(['device.key', 'device.pub', 'ledger.id']);
  const unbridged = await forebay('ledger', 'fsck', '--key', first.verifierKey);
  expect(unbridged).toMatchObject({ code: 1, err: expect.stringContaining('LED_FSCK_KEY_BREAK: ') });
  const noted = join(base, 'noted.pub');
  writeFileSync(noted, `${first.verifierKey}\n${verifierKey}\n`);
  expect(await forebay('ledger', 'fsck', '--key', noted)).toMatchObject({ code: 0 });
  const own = await forebay('ledger', 'fsck');
  expect(own).toMatchObject({ code: 0, err: expect.stringContaining('broken at entry 3') });

  const did = await forebay('key', 'did', '--network', 'testnet', '--topic', '0.0.5005');
  expect(JSON.parse(did.out)).toMatchObject({
    did: expect.stringMatching(/^did:hedera:testnet:z\w{43,44}_0\.0\.5005$/),
  });
  const { publicKey } = present(parseVerifierKey(verifierKey), 'key');
  expect(last.did).toBe(didKey(publicKey));
  expect(existsSync(join(data, 'keys/device.key.next'))).toBe(false);
});

test('a person at a terminal is asked twice, without what is typed being shown', async () => {
  const typing = (text: string) => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const shownTexts: string[] = [];
    const output = { write: (said: string) => shownTexts.push(said) };
    const answer = readPassphrase('new', { input, output });
    const lines = text.split('\n');
    const type = (): void => {
      const next = lines.shift();
      if (next !== undefined) input.write(`${next}\n`, () => setImmediate(type));
    };
    setImmediate(type);
    return answer.then((passphrase) => ({ passphrase, said: shownTexts.join('') }));
  };
  const { passphrase, said } = await typing(`${PASSPHRASE}\n${PASSPHRASE}`);
  expect(passphrase).toBe(PASSPHRASE);
  expect(said).toBe('Passphrase: \nThe same once more: \n');
  await expect(typing('short\nshort')).rejects.toMatchObject({ code: 'APP_PASSPHRASE' });
  await expect(typing(`${PASSPHRASE}\nsomething else altogether`)).rejects.toMatchObject({ code: 'APP_PASSPHRASE' });
});

test("a witness's signature is kept under the checkpoint it is of, and handed on with it", async () => {
  const note = join(base, 'cosigned.note');
  const bare = (await forebay('ledger', 'checkpoint')).out.trimEnd();
  const text = `${bare.slice(0, bare.indexOf('\n\n'))}\n`;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const typed = Buffer.concat([Buffer.of(4), Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')]);
  const keyHash = hash('sha256', Buffer.concat([Buffer.from('witness.example\n'), typed]), 'buffer').subarray(0, 4);
  const vkey = `witness.example+${keyHash.toString('hex')}+${typed.toString('base64')}`;
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(1_793_588_651n);
  const cosigned = (of: string): string => {
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime 1793588651\n${of}`, 'utf8'), privateKey);
    return `${bare}\n\u2014 witness.example ${Buffer.concat([keyHash, time, signature]).toString('base64')}\n`;
  };
  const refusals: readonly [string, string][] = [
    [cosigned(text.replace('forebay', 'fakebay')), 'is not signed by witness.example'],
    [cosigned(text).replace(/\n\d+\n/, '\n1\n'), 'is not a checkpoint of this ledger'],
    ['nothing of the kind', 'is no checkpoint'],
  ];
  for (const [content, sentence] of refusals) {
    writeFileSync(note, content);
    const refused = await forebay('ledger', 'cosign', note, '--witness', vkey);
    expect(refused).toMatchObject({ code: expect.any(Number), err: expect.stringContaining(sentence) });
    expect(refused.code).not.toBe(0);
  }
  writeFileSync(note, cosigned(text));
  expect(await forebay('ledger', 'cosign', note, '--witness', vkey)).toMatchObject({ code: 0 });
  expect((await forebay('ledger', 'checkpoint')).out.trimEnd()).toBe(cosigned(text).trimEnd());
  expect(await forebay('ledger', 'fsck')).toMatchObject({ code: 0 });
  const quick = await forebay('ledger', 'fsck', '--quick', '--json');
  expect(JSON.parse(quick.out)).toMatchObject({ ok: true, entries: 4, checkedCheckpoints: 3 });
  const pub = join(data, 'keys/device.pub');
  const kept = readFileSync(pub, 'utf8');
  writeFileSync(pub, deviceKeyFromSeed(Buffer.alloc(32, 3), 'HP-DEMO').verifierKey);
  for (const how of [[], ['--quick']]) {
    const other = await forebay('ledger', 'fsck', '--json', ...how);
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining('LED_FSCK_KEY: ') });
    expect(JSON.parse(other.out)).toMatchObject({ ok: false, firstBad: { index: 0 } });
  }
  writeFileSync(pub, kept);
  const own = (await shown()).verifierKey;
  const noWitness = await forebay('ledger', 'cosign', note, '--witness', own);
  expect(noWitness).toMatchObject({ code: 2, err: expect.stringContaining('no key of a witness') });
});
