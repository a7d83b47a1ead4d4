import { canonicalize } from '../../core/ledger/canonical.ts';
import { formatNote, verifyCheckpoint } from '../../core/ledger/checkpoint.ts';
import { didKey } from '../../core/ledger/did-key.ts';
import type { Entry } from '../../core/ledger/entry.ts';
import { Frontier } from '../../core/ledger/frontier.ts';
import { keyInGenesis } from '../../core/ledger/genesis.ts';
import { KeyChain, type KeyInForce } from '../../core/ledger/key-chain.ts';
import { isEqual, leafHash, verifyConsistency } from '../../core/ledger/merkle.ts';
import { signatureChecker } from '../../core/ledger/verifier-key.ts';
import { present } from '../../core/model/assert.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import { type CarriedBatch, parseObject } from './carried-batch.ts';

/** A ledger as whoever receives it holds it: everything up to `size` in one piece, each entry under a signed checkpoint. */
export interface HeldState {
  readonly size: number;
  /** Roots of the complete subtrees, by level; null where the size has no bit. */
  readonly peaks: readonly (Uint8Array | null)[];
  /** The genesis entry and every `key` entry, as they came: who may sign. */
  readonly keyLines: readonly string[];
}

/**
 * Takes batches in the order of their entries and checks each: the tree over all entries, the checkpoint and the message
 * with the keys of the ledger. A batch whose key comes with a later one is held until that has come; what does not hold
 * leaves everything as it was.
 */
export class HeldLedger {
  #frontier: Frontier;
  #chain: KeyChain | undefined;
  #keyLines: readonly string[];
  #held: HeldState;
  #root: Uint8Array;
  #pending: readonly CarriedBatch[] = [];
  readonly #plantKey: string | undefined;

  /** `plantKey`: the verifier key that the plant gave, to begin with or after its key was lost. */
  constructor(state: HeldState | undefined, plantKey: string | undefined) {
    const held = state ?? { size: 0, peaks: [], keyLines: [] };
    this.#frontier = Frontier.of(held.size, (level) => present(held.peaks[level] ?? undefined, `peak ${level}`));
    this.#keyLines = held.keyLines;
    this.#chain = chainOf(held.keyLines);
    this.#held = held;
    this.#root = this.#frontier.root();
    this.#plantKey = plantKey;
  }

  /** What is held in one piece under checkpoints that hold. */
  get state(): HeldState {
    return this.#held;
  }

  /** Of the tree over `state.size` entries. */
  get root(): Uint8Array {
    return this.#root;
  }

  /** The entry that is wanted next: beyond `state.size` where a batch waits for the key of a later one. */
  get next(): number {
    return this.#frontier.size;
  }

  /** The key that is in force, where there is anything. */
  get key(): KeyInForce | undefined {
    return this.#chain?.current;
  }

  /** Takes the batch that begins at `next`. @returns why not, and then nothing has changed. */
  take(batch: CarriedBatch): SyncFault | undefined {
    const broken = this.#misfit(batch);
    if (broken !== undefined) return broken;
    const frontier = this.#frontier.copy();
    const keyLines = [...this.#keyLines];
    let chain = this.#chain?.copy();
    for (const line of batch.lines) {
      const entry = chain === undefined || isKeyLine(line) ? parseEntryLine(line) : undefined;
      if (chain === undefined || entry?.kind === 'key') {
        const next = withKey(chain, entry, frontier, batch.checkpoint.origin);
        const fault = next instanceof KeyChain ? this.#distrust(next) : next;
        if (fault !== undefined) return fault;
        chain = next as KeyChain;
        keyLines.push(Buffer.from(line).toString('utf8'));
      }
      frontier.append(leafHash(line));
    }
    if (chain === undefined) return otherLedger('It does not begin with the first entry of a ledger.');
    const open = checkAll([...this.#pending, batch], chain);
    if ('code' in open) return open;
    this.#frontier = frontier;
    this.#chain = chain;
    this.#keyLines = keyLines;
    this.#pending = open;
    if (open.length > 0) return undefined;
    this.#held = { size: frontier.size, peaks: frontier.peaks(), keyLines };
    this.#root = frontier.root();
    return undefined;
  }

  /** Whether the entries, after what is held, lead to the batch's own checkpoint, and that goes on from what is held. */
  #misfit({ first, end, size, checkpoint: { root }, consistency, onward, lines }: CarriedBatch): SyncFault | undefined {
    const frontier = this.#frontier.copy();
    const isAfter = verifyConsistency(first, size, frontier.root(), root, consistency);
    for (const line of lines) frontier.append(leafHash(line));
    const endRoot = frontier.root();
    const isBefore = end === size ? isEqual(endRoot, root) : verifyConsistency(end, size, endRoot, root, onward);
    if (isAfter && isBefore) return undefined;
    // A second history differs in both. Where one side holds, the checkpoint is of this ledger, and the file is broken.
    return isAfter || isBefore ? damagedFile() : otherLedger('Its checkpoint is not one of this ledger.');
  }

  /** Whether the key is or was one of this ledger. */
  knows(verifierKey: string): boolean {
    return this.#chain?.links.some((link) => link.verifierKey === verifierKey) ?? false;
  }

  /** A first key, or one that its predecessor says nothing of, must be the one that the plant gave. */
  #distrust({ current: { how, verifierKey } }: KeyChain): SyncFault | undefined {
    if (how === 'rotated' || verifierKey === this.#plantKey) return undefined;
    if (how === 'genesis' && this.#plantKey === undefined) return undefined;
    const message =
      how === 'lost'
        ? `The plant's key was lost, and ${verifierKey} took its place without its word.`
        : `The ledger begins with the key ${verifierKey}, which is not the one that was given.`;
    const hint = 'ask the plant for its key by another way, and give it with --plant-key';
    return { code: 'SYN_CARRIED_KEY', message, hint };
  }
}

function chainOf(lines: readonly string[]): KeyChain | undefined {
  let chain: KeyChain | undefined;
  for (const line of lines) {
    const entry = JSON.parse(line) as Entry;
    if (chain === undefined) chain = new KeyChain(present(keyInGenesis(entry.body), 'the key in the first entry'));
    else chain.take(entry, undefined);
  }
  return chain;
}

/** Quick: only lines that may hold a `key` entry are parsed. Canonical form puts `kind` where this looks for it. */
function isKeyLine(line: Uint8Array): boolean {
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).includes('"kind":"key"');
}

function parseEntryLine(line: Uint8Array): Entry | undefined {
  const entry = parseObject(line);
  // Whoever reads an entry looks into its body.
  return typeof entry?.body === 'object' && entry.body !== null ? (entry as unknown as Entry) : undefined;
}

/** The chain with the key that the entry puts in force: the first entry's, or one that takes over. */
function withKey(
  chain: KeyChain | undefined,
  entry: Entry | undefined,
  before: Frontier,
  origin: string,
): KeyChain | SyncFault {
  if (entry !== undefined && chain !== undefined) {
    const changed = chain.copy();
    const problem = changed.take(entry, before.root());
    return problem === undefined ? changed : otherLedger(problem.message);
  }
  const first = entry?.kind === 'genesis' && before.size === 0 ? keyInGenesis(entry.body) : undefined;
  if (first === undefined) return otherLedger('It does not begin with the first entry of a ledger.');
  if (first.name === origin) return new KeyChain(first);
  return otherLedger(`Its checkpoint is of ${origin}, and its entries are of ${first.name}.`);
}

/** Checks each batch whose key is known. @returns those that wait for a later one */
function checkAll(items: readonly CarriedBatch[], chain: KeyChain): readonly CarriedBatch[] | SyncFault {
  const open: CarriedBatch[] = [];
  for (const item of items) {
    const at = chain.links.findIndex(({ key }) => didKey(key.publicKey) === item.did);
    if (at === -1 && item.end < item.size) open.push(item);
    else {
      const fault = checkOne(item, at, chain);
      if (fault !== undefined) return fault;
    }
  }
  return open;
}

function checkOne(batch: CarriedBatch, signerAt: number, chain: KeyChain): SyncFault | undefined {
  const { checkpoint, size } = batch;
  const signer = chain.links[signerAt];
  const covering = chain.signerAt(size);
  // The message is signed after the checkpoint: by the same key, or by one that took over since.
  if (signer === undefined || signer.entryIndex < covering.entryIndex) return unsigned();
  const note = formatNote(checkpoint.text, checkpoint.signatures);
  if (![covering, signer].some(({ key }) => verifyCheckpoint(note, key) !== undefined)) return unsigned();
  const signed = Buffer.from(canonicalize(batch.message), 'utf8');
  return signatureChecker(signer.key.publicKey)(signed, batch.signature) ? undefined : unsigned();
}

function unsigned(): SyncFault {
  const message = "The batch or its checkpoint is not signed by the plant's key.";
  return { code: 'SYN_CARRIED_UNSIGNED', message, hint: 'keep the disk as it is, and ask the plant what happened' };
}

/** The file's own hashes do not hold. */
export function damagedFile(): SyncFault {
  const message = 'The file is damaged: its entries are not those that its own checkpoint stands for.';
  return { code: 'SYN_CARRIED_DAMAGED', message, hint: 'let the plant write it again' };
}

function otherLedger(sentence: string): SyncFault {
  const message = `The batch does not go on from what was received before. ${sentence}`;
  const hint = 'keep both as they are: the file is damaged, or the plant has a second history of its ledger';
  return { code: 'SYN_CARRIED_OTHER_LEDGER', message, hint };
}
