import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readVerifierKey } from '../../core/ledger/device-key.ts';
import type { Entry } from '../../core/ledger/entry.ts';
import type { Clock } from '../../core/model/clock.ts';
import { Failure } from '../../core/model/failure.ts';
import { readEncryption } from '../../core/store/encryption-setting.ts';
import { findRows } from '../../core/store/found-rows.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { formOf } from '../../core/store/store-form.ts';
import { parseManifest } from '../backup/backup-manifest.ts';
import type { DataFolder } from '../data-folder.ts';
import { settleEncryption } from '../encryption/settle-encryption.ts';
import { isEmptyFile, lostLedger } from '../lost-ledger.ts';
import { readRecordedConfig } from '../read-recorded-config.ts';
import { forgetDamage } from './damage-note.ts';
import { findDamage } from './find-damage.ts';
import { type SalvageReport, salvageStore } from './salvage-store.ts';

export interface MendJob {
  readonly folder: DataFolder;
  /** Where backups of the ledger may lie. */
  readonly backupFolder: string | undefined;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Lines for a person. */
  readonly tell: (line: string) => void;
}

/** So many of the newest backups are looked through for what the damaged store has lost. */
const BACKUPS_MAX = 2;

/**
 * Makes a damaged store one that can be recorded into again, so that damage is no reason to record nothing. Only for
 * whoever holds the folder's lock.
 *
 * @throws Failure `STO_LEDGER_LOST`, `STO_SALVAGE_NOTHING`, `STO_SALVAGE_UNSOUND`, `STO_SALVAGE_ROOM`, or of a store that cannot be opened and is not damaged.
 */
export function mendStore({ folder, backupFolder, clock, tell }: MendJob): SalvageReport | undefined {
  const cause = findDamage(folder);
  if (cause === undefined) return undefined;
  try {
    return salvageAndTell({ folder, backupFolder, clock, tell }, cause);
  } catch (error) {
    const isLost = error instanceof Failure && error.code === 'STO_SALVAGE_NOTHING' && isEmptyFile(folder.storePath);
    throw isLost ? lostLedger(folder, 'is empty') : error;
  }
}

export function salvageAndTell({ folder, backupFolder, clock, tell }: MendJob, cause: Failure): SalvageReport {
  tell(cause.toLine());
  tell('Saving what can be saved of the ledger. The damaged file is kept as it is ...');
  const backups = [...formerFile(folder), ...newestBackups(backupFolder ?? configuredFolder(folder.storePath), folder)];
  const report = salvageStore({ storePath: folder.storePath, cause, backups, clock });
  forgetDamage(folder);
  settleEncryption(folder);
  for (const line of salvageInWords(report)) tell(line);
  return report;
}

export function salvageInWords({ size, signedSize, beyond, blocks, counters, setAside }: SalvageReport): string[] {
  const lines = [`Saved: ${size} entries, all of which hold, and ${blocks} blocks of raw samples.`];
  if (signedSize > size) {
    lines.push(
      `Lost: the ledger had ${signedSize} entries. ${beyond} of the later ones are whole and kept as evidence.`,
    );
  } else if (beyond > 0) {
    lines.push(
      `No checkpoint was found over ${beyond} later entries. They are kept as evidence, and nobody signs them.`,
    );
  }
  if (counters.lost.length > 0) {
    lines.push(`The counters ${counters.lost.join(', ')} begin anew: nothing proves where they stood.`);
  }
  lines.push(`The damaged file and a report lie in ${setAside}. Check the disk, and make keys of the API anew.`);
  return lines;
}

/** The file of before a change of the encryption that was cut off holds the same ledger. */
export function formerFile({ root, storePath }: DataFolder): string[] {
  const aside = readEncryption(root)?.changing?.aside;
  const path = aside === undefined ? undefined : join(root, aside, basename(storePath));
  return path !== undefined && existsSync(path) ? [path] : [];
}

/** The newest backups of this ledger's key, newest first. */
function newestBackups(backupFolder: string | undefined, { keysFolder, storePath }: DataFolder): string[] {
  if (backupFolder === undefined) return [];
  const own = nameOf(readVerifierKey(keysFolder, nodeKeyDisk));
  try {
    return readdirSync(backupFolder)
      .filter((name) => /^forebay-.+\.db\.json$/.test(name))
      .flatMap((name) => {
        const path = join(backupFolder, name);
        const manifest = parseManifest(readFileSync(path, 'utf8'));
        if (manifest === undefined || nameOf(manifest.verifierKey) !== own) return [];
        return canBeRead(path.slice(0, -'.json'.length), storePath) ? [{ path, manifest }] : [];
      })
      .toSorted((a, b) => Date.parse(b.manifest.createdAt) - Date.parse(a.manifest.createdAt))
      .slice(0, BACKUPS_MAX)
      .map(({ path }) => path.slice(0, -'.json'.length));
  } catch {
    // The disk of the backups is not there.
    return [];
  }
}

/** One that was encrypted with a key that is gone helps nobody. */
function canBeRead(backup: string, keysOf: string): boolean {
  try {
    formOf(backup, keysOf);
    return true;
  } catch {
    return false;
  }
}

/** A key keeps its name when another takes its place. */
function nameOf(verifierKey: string | undefined): string | undefined {
  return verifierKey?.split('+')[0];
}

/** Where the newest configuration that can still be found has the backups. */
function configuredFolder(storePath: string): string | undefined {
  let newest = { index: -1, text: '' };
  for (const found of findRows(storePath)) {
    if (found.what !== 'entry' || found.row.kind !== 'configuration' || found.row.index < newest.index) continue;
    const text = textIn(found.row.bytes);
    if (text !== undefined) newest = { index: found.row.index, text };
  }
  return readRecordedConfig({ body: { text: newest.text } })?.backup?.folder;
}

function textIn(bytes: Uint8Array): string | undefined {
  try {
    const { body } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry;
    return typeof body.text === 'string' ? body.text : undefined;
  } catch {
    return undefined;
  }
}
