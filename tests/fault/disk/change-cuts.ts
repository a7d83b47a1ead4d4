import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rootOf } from '../../../appliance/backup/compare-ledgers.ts';
import { type DataFolder, dataFolderAt } from '../../../appliance/data-folder.ts';
import { mendStore } from '../../../appliance/salvage/mend-store.ts';
import { fsck } from '../../../core/ledger/fsck.ts';
import type { Random } from '../../../core/model/random.ts';
import { readEncryption } from '../../../core/store/encryption-setting.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { readHead, type StoreHead } from '../../../core/store/store-head.ts';
import { swapMarkOf } from '../../../core/store/swap-mark.ts';
import { FIRST_MS } from '../../fixtures/data-folder.ts';
import { runCommand } from '../../fixtures/run-command.ts';
import { CrashDisk, type CutKind } from './crash-disk.ts';
import { shimEnvironment } from './disk-shim.ts';
import { type DiskChange, readTrace } from './disk-trace.ts';
import { newWatchedFolder } from './power-cuts.ts';

const VICTIM = fileURLToPath(new URL('./change-victim.ts', import.meta.url));

/** What somebody may do with the folder before the appliance is started again, by name. `FOLDER` holds the data folder. */
const COMMANDS = {
  start: [],
  fsck: ['ledger', 'fsck'],
  status: ['encryption', 'status', '--json'],
  key: ['encryption', 'key'],
  backup: ['backup', '--out', 'FOLDER/later.db'],
  on: ['encryption', 'on'],
  change: ['encryption', 'change'],
  off: ['encryption', 'off'],
  rebuild: ['ledger', 'rebuild'],
  shrink: ['ledger', 'pack', '--shrink'],
  salvage: ['ledger', 'salvage', '--force'],
  restore: ['restore', 'FOLDER/clear.db'],
  'restore over it': ['restore', 'FOLDER/clear.db', '--set-aside'],
  'restore an encrypted one over it': ['restore', 'FOLDER/encrypted.db', '--set-aside'],
  /** Not a command: the beginning of the store's file is destroyed, as its key's id is, and a start saves the ledger. */
  damage: [],
} as const;
export type CommandAfter = keyof typeof COMMANDS;
export const COMMANDS_AFTER = Object.keys(COMMANDS) as CommandAfter[];

/** What a command may answer to a change that was cut off; anything else is wrong. */
const REFUSALS = /^(?:STO_SWAP_UNFINISHED|STO_ENCRYPTION_SAME|STO_RESTORE_NEWER):/;
const HEAD_BYTES = 8192;

/** Each change to the disk of a run of change-victim.ts, from nothing on. */
export function recordEncryptionChanges(shim: { readonly hasNoLinks?: boolean } = {}): DiskChange[] {
  const folder = newWatchedFolder();
  const traceFile = `${folder}.trace`;
  const env = { ...process.env, ...shimEnvironment({ folder, traceFile, ...shim }) };
  const { status, stderr } = spawnSync(process.execPath, [VICTIM, folder], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the changes ended with ${status}: ${stderr}`);
  const changes = [...readTrace(readFileSync(traceFile))];
  rmSync(folder, { recursive: true, force: true });
  rmSync(traceFile);
  return changes;
}

/** A moment in a change of the encryption. */
export interface ChangeCut {
  readonly at: number;
  readonly kind: CutKind;
  readonly command: CommandAfter;
}

/** The moments that lie within a change of the encryption: after each change to the disk that counts, and before the first. */
export function momentsWithin(changes: readonly DiskChange[]): number[] {
  let isWithin = false;
  return changes.flatMap((change, at) => {
    if (change.op === 'said') isWithin = change.text.includes('begin') || (isWithin && !change.text.includes('end'));
    // Shared memory is gone after a power cut.
    return isWithin && !('path' in change && change.path.endsWith('-shm')) ? [at] : [];
  });
}

/** Cuts the power at each of these moments, runs the command, starts, and says what is wrong then. */
export async function tryCommandsAfterCuts(
  changes: readonly DiskChange[],
  cuts: readonly ChangeCut[],
  random: Random,
): Promise<string[]> {
  const wrong: string[] = [];
  const disk = new CrashDisk();
  const inOrder = cuts.toSorted((a, b) => a.at - b.at);
  for (const [at, change] of changes.entries()) {
    disk.apply(change);
    while (inOrder[0]?.at === at) {
      const { kind, command } = inOrder.shift() as ChangeCut;
      const base = newWatchedFolder();
      disk.writeTo(base, kind, random);
      const found = await tryOne(base, command);
      const what = `${command} after a power cut after change ${at} (${change.op}), unsynced writes ${kind}`;
      wrong.push(...found.map((one) => `${what}: ${one}`));
      rmSync(base, { recursive: true, force: true });
    }
  }
  return wrong;
}

async function tryOne(base: string, command: CommandAfter): Promise<string[]> {
  const folder = dataFolderAt(join(base, 'data'));
  const { size, root } = JSON.parse(readFileSync(join(base, 'clear.db.json'), 'utf8')) as {
    size: number;
    root: string;
  };
  const before = readHead(folder.storePath);
  // The backup is made after the first change.
  if (command.includes('encrypted') && !existsSync(join(base, 'encrypted.db.json'))) return [];
  try {
    const found = await run(base, folder, command, before);
    mendStore({ folder, backupFolder: undefined, clock: { wallMs: () => FIRST_MS }, tell: () => undefined });
    found.push(...lookAt(folder, size, root));
    const keepsForm = command.startsWith('restore') || command === 'damage' || command === 'salvage';
    if (keepsForm && textOf(readHead(folder.storePath)) !== textOf(before)) {
      found.push(`the store was ${textOf(before)} and is ${textOf(readHead(folder.storePath))}`);
    }
    return found;
  } catch (error) {
    return [error instanceof Error ? String(error.stack) : String(error)];
  }
}

async function run(base: string, folder: DataFolder, command: CommandAfter, before: StoreHead): Promise<string[]> {
  if (command === 'damage') {
    // A half exchange is told by the bytes of both files here: see `undoHalfSwap`.
    if (existsSync(swapMarkOf(folder.storePath))) return [];
    const bytes = readFileSync(folder.storePath);
    writeFileSync(folder.storePath, bytes.fill(0, 0, HEAD_BYTES));
  }
  const words = COMMANDS[command].map((word) => word.replace('FOLDER', base));
  if (words.length === 0) return [];
  const { code, out, err } = await runCommand([...words, '--data', folder.root]);
  if (code !== 0 && !REFUSALS.test(err)) return [`it ended with ${code}: ${out} ${err}`];
  if (command !== 'status') return [];
  const { encrypted, key } = JSON.parse(out) as { encrypted: boolean; key: { id: string } | null };
  const said = encrypted ? `encrypted with ${key?.id}` : 'plain';
  return said === textOf(before) ? [] : [`it said ${said} of a store that is ${textOf(before)}`];
}

function textOf(head: StoreHead): string {
  return head.kind === 'encrypted' ? `encrypted with ${head.keyId}` : head.kind;
}

/** What is wrong with a folder after a start: the ledger, the setting beside it, or what was left over. */
function lookAt({ root: folder, storePath }: DataFolder, size: number, root: string): string[] {
  const wrong: string[] = [];
  const store = openStore(storePath, { access: 'write' });
  try {
    const reader = ledgerReader(store);
    const { firstBad } = fsck(reader);
    if (firstBad !== undefined) wrong.push(firstBad.message);
    if (reader.size() < size || rootOf(reader, size) !== root) wrong.push(`${reader.size()} entries of ${size}`);
  } finally {
    store.close();
  }
  const setting = readEncryption(folder);
  if (setting?.changing !== undefined) wrong.push('the change is not settled');
  const said = setting?.key == null ? 'plain' : `encrypted with ${setting.key.id}`;
  const head = textOf(readHead(storePath));
  if (said !== head) wrong.push(`the folder says ${said} of a store that is ${head}`);
  const left = readdirSync(folder).filter((name) =>
    /^ledger\.db\.|^before-encryption|^\.(?:name|second-name)$/.test(name),
  );
  if (left.length > 0) wrong.push(`left over: ${left.join(', ')}`);
  return wrong;
}
