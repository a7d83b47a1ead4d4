import { canonicalize } from '../ledger/canonical.ts';
import type { Review } from '../verification/review.ts';
import { isSameBytes, toBytes } from './bytes.ts';
import { type BundleEntry, parseEntryLine } from './entry-line.ts';
import { asCount, asHashes, asList, asObject, asText, malformed, parseCanonical, takeMembers } from './form.ts';
import { holdToPlace } from './hold-to-place.ts';
import { KeyHistory } from './key-history.ts';
import type { EvidenceMachine } from './machine.ts';
import type { OpenBundle } from './open-bundle.ts';
import { Refusal } from './refusal.ts';
import { hashLeaf, isExtension, rootOfInclusion, TreeEdge } from './tree.ts';
import { type Note, parseNote } from './verifier-key.ts';

/** An entry that stands beside the range, with its leaf hash. */
export interface ContextEntry extends BundleEntry {
  readonly leaf: Uint8Array;
  readonly place: string;
}

/** What the entries of the range are proven against: checkpoints, keys and the entries that they rest on. */
export interface LedgerFrame {
  readonly keys: KeyHistory;
  /** Ascending by size, all signed by the device, each the beginning of the next. The last is over the whole ledger. */
  readonly checkpoints: readonly Note[];
  /** By index. */
  readonly context: ReadonlyMap<number, ContextEntry>;
  /** The edge of the tree before the range. */
  readonly edge: TreeEdge;
  /** By the index of the reading, in their order. */
  readonly reviews: ReadonlyMap<number, readonly Review[]>;
  /** Hashes of consistency proofs that were followed. */
  readonly proofs: number;
}

/** Kinds that stand in the context even where they lie within the range: they are needed before the entries are read. */
const NEEDED_BEFORE: ReadonlySet<string> = new Set(['genesis', 'key', 'review']);
const CONTEXT_KINDS: ReadonlySet<string> = new Set([
  'genesis',
  'key',
  'review',
  'configuration',
  'model',
  'meter',
  'gap',
  'samples',
  'month-closed',
  'mint-approved',
  'token',
  'token-minted',
]);

export function isNeededBefore(kind: string): boolean {
  return NEEDED_BEFORE.has(kind);
}

/** @throws Refusal */
export async function readFrame(bundle: OpenBundle, machine: EvidenceMachine): Promise<LedgerFrame> {
  const context = await readContext(bundle, machine);
  const genesis = context.get(0);
  const keys = new KeyHistory(machine, genesis, genesis?.place ?? 'context.ndjson');
  for (const entry of context.values()) {
    if (entry.kind === 'key') await holdToPlace(entry.place, () => keys.take(entry, entry.place));
  }
  const checkpoints = await readCheckpoints(bundle, keys);
  const edge = await checkProofs(bundle, machine, checkpoints);
  await checkInclusions(bundle, machine, checkpoints);
  return { keys, checkpoints, context, edge, reviews: reviewsOf(context), proofs: checkpoints.length - 1 };
}

async function readContext(bundle: OpenBundle, machine: EvidenceMachine): Promise<ReadonlyMap<number, ContextEntry>> {
  const { range, treeSize } = bundle.manifest;
  const context = new Map<number, ContextEntry>();
  let before = -1;
  for await (const { text, place } of bundle.lines('context.ndjson')) {
    const line = parseCanonical(text, place);
    takeMembers(line, ['entry', 'hashes'], place);
    const entryText = canonicalize(asObject(line.entry, place));
    const entry = parseEntryLine(entryText, place);
    const { index, kind } = entry;
    if (index <= before || index >= treeSize) throw refused(place, 'stands out of its order');
    const isWithin = index >= range.from && index < range.to;
    if (!CONTEXT_KINDS.has(kind) || (isWithin && !NEEDED_BEFORE.has(kind)))
      throw refused(place, 'has no place beside the range');
    context.set(index, { ...entry, leaf: hashLeaf(machine.sha256, toBytes(entryText)), place });
    before = index;
  }
  return context;
}

/** The signed notes; each one needs a proof to the next. */
async function readCheckpoints(bundle: OpenBundle, keys: KeyHistory): Promise<readonly Note[]> {
  const { range, treeSize } = bundle.manifest;
  const notes: Note[] = [];
  for await (const { text, place } of bundle.lines('checkpoints.ndjson')) {
    const line = parseCanonical(text, place);
    takeMembers(line, ['note', 'size'], place);
    const note = parseNote(asText(line.note, place));
    if (note === undefined || note.size !== line.size) throw malformed(place, 'holds no checkpoint of that size');
    if (note.size < 1 || note.size <= (notes.at(-1)?.size ?? 0)) throw malformed(place, 'stands out of its order');
    await keys.checkNote(note, place);
    notes.push(note);
  }
  const sizes = new Set(notes.map(({ size }) => size));
  const needed = [...(range.from === 0 ? [] : [range.from]), range.to, treeSize];
  const absent = needed.find((size) => !sizes.has(size));
  if (absent !== undefined || notes.at(-1)?.size !== treeSize) {
    const sentence = `The bundle holds no checkpoint over ${absent ?? treeSize} entries as its own.`;
    throw new Refusal('LED_BUNDLE_CHECKPOINT', 'checkpoints.ndjson', sentence);
  }
  return notes;
}

/** Each checkpoint is the beginning of the next; returns the edge of the tree before the range. */
async function checkProofs(bundle: OpenBundle, machine: EvidenceMachine, notes: readonly Note[]): Promise<TreeEdge> {
  const place = 'proofs.json';
  const { range } = bundle.manifest;
  const proofs = parseCanonical(await bundle.wholeLine(place), place);
  takeMembers(proofs, ['consistency', 'left', 'v'], place);
  const steps = asList(proofs.consistency, place);
  if (proofs.v !== 1 || steps.length !== notes.length - 1)
    throw malformed(place, 'has not one proof for each checkpoint but the last');
  for (const [i, item] of steps.entries()) {
    const step = asObject(item, place);
    takeMembers(step, ['from', 'hashes', 'to'], place);
    const [older, newer] = [notes[i], notes[i + 1]];
    const holds =
      older !== undefined &&
      newer !== undefined &&
      asCount(step.from, place) === older.size &&
      asCount(step.to, place) === newer.size &&
      isExtension(machine.sha256, older, newer, asHashes(step.hashes, place));
    if (!holds) {
      const sentence = `The ledger of ${newer?.size} entries is not shown to begin with that of ${older?.size}.`;
      throw new Refusal('LED_BUNDLE_CONSISTENCY', `${place} consistency ${i}`, sentence);
    }
  }
  const edge = TreeEdge.of(machine.sha256, range.from, asHashes(proofs.left, place));
  const first = notes.find(({ size }) => size === range.from);
  const isEdge = edge !== undefined && (first === undefined || isSameBytes(edge.root(), first.root));
  if (!isEdge) {
    const sentence = `The hashes before entry ${range.from} do not lead to the checkpoint there.`;
    throw new Refusal('LED_BUNDLE_RANGE', `${place} left`, sentence);
  }
  return edge;
}

/** Every entry beside the range lies in the ledger, by its own proof. */
async function checkInclusions(bundle: OpenBundle, machine: EvidenceMachine, notes: readonly Note[]): Promise<void> {
  const last = notes.at(-1);
  const size = bundle.manifest.treeSize;
  for await (const { text, place } of bundle.lines('context.ndjson')) {
    const { entry, hashes } = JSON.parse(text) as { entry: { index: number }; hashes: readonly string[] };
    const leaf = hashLeaf(machine.sha256, toBytes(canonicalize(entry)));
    const root = rootOfInclusion(machine.sha256, leaf, { index: entry.index, size }, asHashes(hashes, place));
    if (root === undefined || last === undefined || !isSameBytes(root, last.root)) {
      const sentence = `Entry ${entry.index} is not shown to be in the ledger.`;
      throw new Refusal('LED_BUNDLE_INCLUSION', place, sentence);
    }
  }
}

function reviewsOf(context: ReadonlyMap<number, ContextEntry>): ReadonlyMap<number, readonly Review[]> {
  const reviews = new Map<number, Review[]>();
  for (const { index, kind, at, body, place } of context.values()) {
    if (kind !== 'review') continue;
    const readingIndex = asCount(body.readingIndex, place);
    const review = { ...body, index, at, fourEyes: body.fourEyes === true } as unknown as Review;
    for (const name of ['decision', 'reason', 'by', 'account', 'role'] as const) asText(body[name], place);
    reviews.set(readingIndex, [...(reviews.get(readingIndex) ?? []), review]);
  }
  return reviews;
}

function refused(place: string, what: string): Refusal {
  return new Refusal('LED_BUNDLE_CONTEXT', place, `The entry ${what}.`);
}
