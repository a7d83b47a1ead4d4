import { hash } from 'node:crypto';
import { checkpointText } from '../../core/ledger/checkpoint.ts';
import { isNoteSigned, parseNoteKey } from '../../core/ledger/cosignature.ts';
import type { Entry } from '../../core/ledger/entry.ts';
import { Frontier } from '../../core/ledger/frontier.ts';
import { keyInGenesis } from '../../core/ledger/genesis.ts';
import { KeyChain } from '../../core/ledger/key-chain.ts';
import type { LedgerGroup, StoredCheckpoint, StoredSignature } from '../../core/ledger/ledger-storage.ts';
import { isEqual, type MerkleNode } from '../../core/ledger/merkle.ts';
import { signatureChecker } from '../../core/ledger/verifier-key.ts';
import { Failure } from '../../core/model/failure.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { insertModel } from '../../core/store/models.ts';
import { restoreOutbox } from '../../core/store/outbox-rows.ts';
import type { CollectedRows } from './collect-rows.ts';
import { PackingAlong } from './packing-along.ts';

export interface Rebuilt {
  readonly size: number;
  readonly root: Uint8Array;
  readonly keys: KeyChain | undefined;
  /** The first thing that is missing beyond, in words. */
  readonly ends: string;
}

/**
 * Writes the longest beginning of the ledger that still proves itself into an empty store: every entry from the first
 * on, up to the last checkpoint that the device signed and that they lead to. With its tree and projections. Nothing is
 * signed here: an entry without a checkpoint proves no more than that somebody wrote it into the file.
 */
export function rebuildLedger(rows: CollectedRows, store: WritableStore): Rebuilt {
  const storage = ledgerStorage(store);
  const packing = new PackingAlong(store);
  let frontier = Frontier.empty();
  let keys: KeyChain | undefined;
  for (;;) {
    const next = nextGroup(rows, frontier, keys);
    if ('ends' in next) return end(frontier, keys, next.ends);
    const { group } = next;
    try {
      storage.writeGroup(group, (write) => {
        for (const { entry } of group.entries) {
          const model = entry.kind === 'model' ? rows.model(String(entry.body.digest)) : undefined;
          if (model !== undefined) insertModel(write, { ...model, digest: String(entry.body.digest) });
          restoreOutbox(write, entry);
        }
      });
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'STO_FULL') throw error;
      return end(frontier, keys, error.message);
    }
    frontier = next.frontier;
    packing.keepUp(frontier.size);
    keys = next.keys;
  }
}

function end(frontier: Frontier, keys: KeyChain | undefined, ends: string): Rebuilt {
  return { size: frontier.size, root: frontier.root(), keys, ends };
}

interface NextGroup {
  readonly group: LedgerGroup;
  readonly frontier: Frontier;
  readonly keys: KeyChain;
}

/** The entries up to the next checkpoint that holds; else what is missing. */
function nextGroup(
  rows: CollectedRows,
  from: Frontier,
  keysBefore: KeyChain | undefined,
): NextGroup | { readonly ends: string } {
  const frontier = from.copy();
  const nodes: MerkleNode[] = [];
  const entries: LedgerGroup['entries'][number][] = [];
  const keyEntries: { readonly entry: Entry; readonly root: Uint8Array }[] = [];
  for (;;) {
    const index = frontier.size;
    const stored = rows.entry(index);
    if (stored === undefined) {
      const signed = entries.length === 0 ? '' : `, and no checkpoint over the ${entries.length} before it`;
      return { ends: `${lostFrom(rows, index)} not found whole${signed}` };
    }
    const entry = JSON.parse(Buffer.from(stored.bytes).toString('utf8')) as Entry;
    if (entry.kind === 'model' && !isKept(rows, entry))
      return { ends: `The model of entry ${index} was not found whole` };
    if (entry.kind === 'key') keyEntries.push({ entry, root: frontier.root() });
    const chain = chainWith(keysBefore, entries[0]?.entry ?? entry, keyEntries);
    if (chain === undefined) return { ends: `The keys up to entry ${index} do not hold` };
    entries.push({ ...stored, entry });
    nodes.push(...frontier.append(stored.leafHash));
    const signed = signedAt(rows, frontier, chain);
    if (signed !== undefined) return { group: { entries, nodes, ...signed }, frontier, keys: chain };
  }
}

/** The entries that are missing from `index` on, in words. */
function lostFrom(rows: CollectedRows, index: number): string {
  for (const { index: next } of rows.entriesFrom(index)) {
    if (next > index + 1) return `Entries ${index} to ${next - 1} were`;
    break;
  }
  return `Entry ${index} was`;
}

function isKept(rows: CollectedRows, { body }: Entry): boolean {
  const model = rows.model(String(body.digest));
  return model !== undefined && `sha256:${hash('sha256', model.text, 'hex')}` === body.digest;
}

function chainWith(
  before: KeyChain | undefined,
  first: Entry | undefined,
  changes: readonly { readonly entry: Entry; readonly root: Uint8Array }[],
): KeyChain | undefined {
  const genesis = before?.links[0]?.key ?? (first?.kind === 'genesis' ? keyInGenesis(first.body) : undefined);
  if (genesis === undefined) return undefined;
  const chain = before?.copy() ?? new KeyChain(genesis);
  for (const { entry, root } of changes) if (chain.take(entry, root) !== undefined) return undefined;
  return chain;
}

/** The checkpoint over all entries of the frontier that its signer signed, with what others signed under it. */
function signedAt(
  rows: CollectedRows,
  frontier: Frontier,
  keys: KeyChain,
): { readonly checkpoint: StoredCheckpoint; readonly alsoSigned: readonly StoredSignature[] } | undefined {
  const { size } = frontier;
  const candidates = rows.checkpoints(size);
  if (candidates.length === 0) return undefined;
  const root = frontier.root();
  const text = checkpointText({ origin: keys.origin, size, root });
  const isSigned = signatureChecker(keys.signerAt(size).key.publicKey);
  const checkpoint = candidates.find(
    (found) => isEqual(found.root, root) && isSigned(Buffer.from(text, 'utf8'), found.signature),
  );
  if (checkpoint === undefined) return undefined;
  const alsoSigned = rows
    .signatures(size)
    .filter(({ verifierKey, signature }) => isNoteSigned(parseNoteKey(verifierKey), text, signature));
  const former = keys.alsoSignerAt(size)?.verifierKey;
  const isVouched = former === undefined || alsoSigned.some(({ verifierKey }) => verifierKey === former);
  return isVouched ? { checkpoint, alsoSigned } : undefined;
}
