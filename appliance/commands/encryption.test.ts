import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeEncryption } from '../../core/store/encryption-setting.ts';
import { openStore } from '../../core/store/open-store.ts';
import { readHead } from '../../core/store/store-head.ts';
import { parseStoreKey } from '../../core/store/store-key.ts';
import { writeMixedLedger } from '../../tests/fixtures/mixed-ledger.ts';
import { runCommand, type Said } from '../../tests/fixtures/run-command.ts';
import { openDataFolder } from '../data-folder.ts';
import { fsckLedger } from '../fsck/check-ledger.ts';

let base: string;
let data: string;
let path: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'forebay-encryption-command-'));
  data = join(base, 'data');
  path = openDataFolder(data).storePath;
  writeMixedLedger(path);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const forebay = (...words: string[]): Promise<Said> => runCommand([...words, '--data', data], true);

test('the encryption is turned on, and everything works with it, until it is turned off', async () => {
  const inClear = join(base, 'early.db');
  expect((await forebay('backup', '--out', inClear)).code).toBe(0);
  expect((await forebay('encryption', 'status')).out).toBe('not encrypted');
  expect((await forebay('encryption', 'key')).err).toContain('STO_ENCRYPTION_SAME');

  const on = await forebay('encryption', 'on');
  expect(on.out).toMatch(/^Encrypted with the store key [0-9a-f]{16}: \d+ entries\.$/m);
  expect(on.out).toContain('nobody can read the ledger or its backups');
  const key = await forebay('encryption', 'key');
  const { id } = parseStoreKey(key.out) ?? {};
  expect(on.out).toContain(String(id));
  // The key itself stands in no other answer.
  const secret = key.out.split(' ')[2] ?? 'none';
  expect(secret).toHaveLength(64);
  expect(on.out + on.err).not.toContain(secret);
  const status = await forebay('encryption', 'status', '--json');
  expect(JSON.parse(status.out)).toMatchObject({ encrypted: true, key: { id }, isChanging: false });

  const store = openStore(path, { access: 'read' });
  const aloneBelow = 10;
  expect(await fsckLedger(store, {}, { threads: 2, partEntries: 30, aloneBelow })).toMatchObject({ ok: true });
  store.close();
  expect((await forebay('ledger', 'fsck')).out).toMatch(/^sound: /);
  const packed = await forebay('ledger', 'pack', '--shrink');
  expect(packed).toMatchObject({ code: 0, err: expect.not.stringContaining('STO_') });
  expect((await forebay('ledger', 'rebuild')).code).toBe(0);

  const later = join(base, 'later.db');
  const backup = await forebay('backup', '--out', later);
  expect(backup.out).toContain(`only that opens it`);
  expect(JSON.parse(readFileSync(`${later}.json`, 'utf8'))).toMatchObject({ storeKey: id });
  for (const file of [inClear, later]) expect((await forebay('ledger', 'compare', file)).code).toBe(0);

  const changed = await forebay('encryption', 'change');
  expect(changed.out).toContain(`in place of ${id}`);
  expect((await forebay('ledger', 'compare', later)).code).toBe(0);
  expect((await forebay('ledger', 'fsck')).code).toBe(0);
  for (const file of readdirSync(data, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const bytes = readFileSync(join(file.parentPath, file.name));
    expect(bytes.includes('"kind":"reading"') || bytes.includes('CREATE TABLE'), file.name).toBe(false);
  }

  expect((await forebay('encryption', 'off')).out).toMatch(/^Not encrypted any more: /);
  expect(readHead(path)).toEqual({ kind: 'plain' });
  expect((await forebay('ledger', 'fsck')).code).toBe(0);
});

test('what a change left that was cut off is said as it is, not as it was to be', async () => {
  await forebay('encryption', 'on');
  const key = await forebay('encryption', 'key');
  const { id = '' } = parseStoreKey(key.out) ?? {};
  const { root } = openDataFolder(data);
  const place = { id, source: `keys/store-${id}.key` };
  writeEncryption(root, { store: 'ledger.db', key: null, changing: { key: place, aside: 'before-x' } });
  const { out } = await forebay('encryption', 'status');
  expect(out).toMatch(new RegExp(`^encrypted with the store key ${id}.*\\n.*cut off`));
  expect((await forebay('encryption', 'key')).out).toBe(key.out);
  expect((await forebay('encryption', 'off')).code).toBe(0);
});

test('each thing that is wrong with the key has its own answer, for every command alike', async () => {
  expect((await forebay('encryption', 'on')).code).toBe(0);
  const { key } = JSON.parse((await forebay('encryption', 'status', '--json')).out) as {
    key: { source: string };
  };
  const file = join(data, key.source);
  copyFileSync(file, join(base, 'kept.key'));
  const commands = [
    ['ledger', 'fsck'],
    ['ledger', 'salvage', '--force'],
    ['backup', '--out', join(base, 'none.db')],
    ['restore', join(base, 'early.db'), '--set-aside'],
    ['encryption', 'off'],
    ['encryption', 'status'],
    ['start', '--port', '0'],
  ];
  const before = readFileSync(path);
  for (const [code, spoil] of [
    ['STO_KEY_MISSING', () => rmSync(file)],
    ['STO_KEY_WRONG', () => writeFileSync(file, '07'.repeat(32), { mode: 0o600 })],
    ['STO_KEY_UNREADABLE', () => writeFileSync(file, 'nothing')],
  ] as const) {
    spoil();
    for (const command of commands) {
      const said = await forebay(...command);
      expect(said, command.join(' ')).toMatchObject({ code: 2, err: expect.stringContaining(`${code}: `) });
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  }
  expect(readdirSync(data).filter((name) => /^(?:damaged|before)-/.test(name))).toEqual([]);
  copyFileSync(join(base, 'kept.key'), file);
  expect((await forebay('ledger', 'fsck')).code).toBe(0);
});
