import { readdirSync } from 'node:fs';
import { type DataFolder, openDataFolder } from '../../../appliance/data-folder.ts';
import { openDeviceKey } from '../../../appliance/open-device-key.ts';
import { readRunFile } from '../../../appliance/run-file.ts';
import { findDamage } from '../../../appliance/salvage/find-damage.ts';
import type { Reading } from '../../../core/acquisition/reading.ts';
import { fsck } from '../../../core/ledger/fsck.ts';
import { Failure } from '../../../core/model/failure.ts';
import { packedEnd } from '../../../core/store/entry-blocks.ts';
import type { WritableStore } from '../../../core/store/handle.ts';
import { holdInstanceLock } from '../../../core/store/instance-lock.ts';
import { ledgerReader } from '../../../core/store/ledger-store.ts';
import { openStore } from '../../../core/store/open-store.ts';
import { queryReadings } from '../../../core/store/readings.ts';
import { powerConfig } from './power-plant.ts';

/** What a process said was durable before its power went. */
export class Acknowledged {
  readonly entries = new Map<number, string>();
  keptMs: number | undefined;
  #rest = '';

  copy(): Acknowledged {
    const copy = new Acknowledged();
    for (const [index, hash] of this.entries) copy.entries.set(index, hash);
    copy.keptMs = this.keptMs;
    return copy;
  }

  /** Takes text as it came over the pipe; a line counts once it is whole. */
  hear(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const [word, first = '', second = ''] = line.split(' ');
      if (word === 'entry') this.entries.set(Number(first), second);
      if (word === 'kept') this.keptMs = Number(first);
    }
  }
}

export interface PowerFinding {
  readonly kind: 'unopenable' | 'unsound' | 'lost' | 'energy' | 'keys';
  readonly what: string;
}

/** What there was to be spoiled. */
export interface Looked {
  /** Entries that lay in blocks. */
  readonly packed: number;
  /** Changes of the device key in the ledger. */
  readonly keyChanges: number;
}

/** Opens the data folder as the next start does and says what a power cut spoiled: nothing, if Forebay keeps its word. */
export function checkAfterCut(
  root: string,
  acknowledged: Acknowledged,
  onLooked: (looked: Looked) => void = () => undefined,
): readonly PowerFinding[] {
  let store: WritableStore | undefined;
  try {
    const folder = openDataFolder(root);
    const lock = holdInstanceLock(folder.root);
    lock.release();
    readRunFile(folder);
    // A cut is no damage: nothing has to be saved after it.
    const damage = findDamage(folder);
    if (damage !== undefined) return [{ kind: 'unopenable', what: damage.toLine() }];
    store = openStore(folder.storePath, { access: 'write' });
    const { verifierKey } = openDeviceKey(folder, store, powerConfig().plant.id);
    const entries = ledgerReader(store).size();
    const { firstBad, keys } = fsck(ledgerReader(store), entries === 0 ? {} : { verifierKey });
    onLooked({ packed: packedEnd(store), keyChanges: Math.max(0, keys.length - 1) });
    // An empty ledger has no key to be checked with, and may begin with any.
    const isUnsound = firstBad !== undefined && entries > 0;
    const unsound: PowerFinding[] = isUnsound ? [{ kind: 'unsound', what: firstBad.message }] : [];
    return [...unsound, ...keysLeftOf(folder), ...lostOf(store, acknowledged), ...energyOf(store)];
  } catch (error) {
    return [{ kind: 'unopenable', what: error instanceof Failure ? error.toLine() : String(error) }];
  } finally {
    store?.close();
  }
}

/** A change of the key leaves one private key, wherever it was cut off. */
function keysLeftOf({ keysFolder }: DataFolder): PowerFinding[] {
  const files = readdirSync(keysFolder).filter((name) => name.startsWith('device.key'));
  // A file that was never put in place is overwritten by the next one of its name.
  const left = files.filter((name) => !name.endsWith('.new'));
  return left.length === 1 ? [] : [{ kind: 'keys', what: `the folder of the keys holds ${files.join(', ')}` }];
}

function lostOf(store: WritableStore, { entries, keptMs }: Acknowledged): PowerFinding[] {
  const ledger = ledgerReader(store);
  const lost: PowerFinding[] = [];
  for (const [index, hash] of entries) {
    const found = Buffer.from(ledger.nodeHash(0, index) ?? []).toString('hex');
    if (found !== hash)
      lost.push({ kind: 'lost', what: `entry ${index} was acknowledged as ${hash}, and is ${found}` });
  }
  if (keptMs === undefined) return lost;
  const open = store.get('SELECT 1 FROM open_cycles WHERE slot_ms >= ?', keptMs);
  const sealed = store.get('SELECT 1 FROM sample_blocks WHERE to_ms > ?', keptMs);
  if (open === undefined && sealed === undefined) lost.push({ kind: 'lost', what: `the polls up to ${keptMs}` });
  return lost;
}

/** Over all cuts so far: each reading's energy is what its registers say, and the next begins where it ended. */
function energyOf(store: WritableStore): PowerFinding[] {
  const findings: PowerFinding[] = [];
  let reached: string | undefined;
  for (const { body } of queryReadings(store, { order: 'asc', limit: 10_000 }).items) {
    const { energyWh, registers, from } = body.reading as unknown as Reading;
    const span = registers?.energyExport;
    if (span === undefined) continue;
    const countedWh = Math.round((Number(span.endKwh) - Number(span.startKwh)) * 1000);
    if (energyWh !== countedWh) findings.push({ kind: 'energy', what: `${from} has ${energyWh} Wh of ${countedWh}` });
    if (reached !== undefined && reached !== span.startKwh) {
      findings.push({
        kind: 'energy',
        what: `${from} begins at ${span.startKwh}, and the one before ends at ${reached}`,
      });
    }
    reached = span.endKwh;
  }
  return findings;
}
