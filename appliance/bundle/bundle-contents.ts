import type { Reading } from '../../core/acquisition/reading.ts';
import { SAMPLE_LINE_BYTES_MAX } from '../../core/evidence/bundle-format.ts';
import { type BundleEntry, parseEntryLine } from '../../core/evidence/entry-line.ts';
import { KeyHistory } from '../../core/evidence/key-history.ts';
import { isNeededBefore } from '../../core/evidence/ledger-frame.ts';
import { PeriodTotals } from '../../core/evidence/period-totals.ts';
import { type NamedBlock, SampleLosses } from '../../core/evidence/sample-losses.ts';
import { accountFor } from '../../core/evidence/sample-pass.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import { soundEntries, soundEntry } from '../../core/ledger/check-tail.ts';
import { formatCheckpoint } from '../../core/ledger/checkpoint.ts';
import type { LedgerReader } from '../../core/ledger/ledger-storage.ts';
import { consistencyProof, inclusionProof, type NodeSource } from '../../core/ledger/merkle.ts';
import { present } from '../../core/model/assert.ts';
import { Failure } from '../../core/model/failure.ts';
import type { Json } from '../../core/model/json.ts';
import { toIso } from '../../core/model/time.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { ledgerReader } from '../../core/store/ledger-store.ts';
import { soundModelText } from '../../core/store/models.ts';
import { sampleBlock } from '../../core/store/samples.ts';
import { soundSettingsText } from '../../core/store/settings-texts.ts';
import type { Review } from '../../core/verification/review.ts';
import { DEFAULT_SETTINGS, settingsDigest, settingsText } from '../../core/verification/settings.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import type { BundlePlan } from './bundle-plan.ts';
import { nodeMachine } from './node-machine.ts';

const PAGE_ENTRIES = 1000;

/**
 * The files of a bundle as pieces of text, read from the store as they are asked for. What later files need of the
 * entries (digests of settings, models and samples, the totals) is gathered while they pass.
 */
export class BundleContents {
  readonly totals: PeriodTotals;
  readonly samples = { blocks: 0, gone: 0, unexplained: 0 };
  readonly #store: ReadableStore;
  readonly #reader: LedgerReader;
  readonly #plan: BundlePlan;
  readonly #node: NodeSource;
  readonly #context: readonly { readonly entry: BundleEntry; readonly text: string }[];
  readonly #reviews = new Map<number, Review[]>();
  readonly #withSamples: boolean;
  readonly #settings = new Set<string>();
  readonly #models = new Map<string, string>();
  readonly #blocks = new Map<string, NamedBlock>();
  readonly #losses = new SampleLosses();

  /** Digests are gathered only where the samples go along: they are most of what has to be kept of a reading. */
  constructor(store: ReadableStore, plan: BundlePlan, withSamples: 'with-samples' | 'without-samples') {
    this.#store = store;
    this.#withSamples = withSamples === 'with-samples';
    this.#reader = ledgerReader(store);
    this.#plan = plan;
    this.#node = (level, index) => present(this.#reader.nodeHash(level, index), `tree node ${index} of level ${level}`);
    this.#context = plan.context.map((index) => {
      const text = this.#soundText(index);
      return { entry: parseEntryLine(text, `entry ${index}`), text };
    });
    this.totals = new PeriodTotals(plan.periodMs, (index) => this.#reviews.get(index) ?? []);
    for (const { entry } of this.#context) this.#takeContext(entry);
  }

  /** The device's keys as the ledger names them. */
  async keys(): Promise<KeyHistory> {
    const history = new KeyHistory(nodeMachine, this.#context[0]?.entry, 'entry 0');
    for (const { entry } of this.#context) if (entry.kind === 'key') await history.take(entry, `entry ${entry.index}`);
    return history;
  }

  *entries(onProgress: (entries: number) => void): Generator<Uint8Array> {
    const { from, to } = this.#plan.range;
    for (let page = from; page < to; page += PAGE_ENTRIES) {
      for (const { bytes } of [...soundEntries(this.#reader, page, Math.min(to, page + PAGE_ENTRIES))]) {
        const text = textOf(bytes);
        // What is recorded is in its canonical form already.
        this.#take(JSON.parse(text) as BundleEntry);
        yield Buffer.from(`${text}\n`, 'utf8');
      }
      onProgress(Math.min(to, page + PAGE_ENTRIES) - from);
    }
  }

  *context(): Generator<Uint8Array> {
    for (const { entry, text } of this.#context) yield this.#proven(entry.index, text);
  }

  *receipts(): Generator<Uint8Array> {
    for (const index of this.#plan.deliveries) {
      yield this.#proven(index, this.#soundText(index));
    }
  }

  #soundText(index: number): string {
    const stored = present(this.#reader.entry(index), `entry ${index}`);
    soundEntry(stored);
    return textOf(stored.bytes);
  }

  *proofs(): Generator<Uint8Array> {
    const { range, checkpoints } = this.#plan;
    const steps = checkpoints.slice(1).map((to, i) => {
      const from = checkpoints[i] ?? 0;
      return { from, to, hashes: consistencyProof(from, to, this.#node).map(base64) };
    });
    yield line({ v: 1, left: leftHashes(range.from, this.#node).map(base64), consistency: steps });
  }

  *checkpoints(keys: KeyHistory): Generator<Uint8Array> {
    for (const size of this.#plan.checkpoints) yield line({ size, note: noteAt(this.#reader, size, keys) });
  }

  *models(): Generator<Uint8Array> {
    for (const [digest, unitId] of [...this.#models].sort(([a], [b]) => (a < b ? -1 : 1))) {
      yield line({ digest, unitId, text: present(soundModelText(this.#store, digest), `the text of model ${digest}`) });
    }
  }

  /** The settings that verdicts name: as the plant kept them, or else where they are this program's own. */
  *settings(): Generator<Uint8Array> {
    for (const digest of [...this.#settings].sort()) {
      const isOurs = digest === settingsDigest(DEFAULT_SETTINGS);
      const text = soundSettingsText(this.#store, digest) ?? (isOurs ? settingsText(DEFAULT_SETTINGS) : undefined);
      if (text !== undefined) yield line({ digest, text });
    }
  }

  *blocks(): Generator<Uint8Array> {
    const gone: NamedBlock[] = [];
    for (const [digest, named] of this.#blocks) {
      const bytes = sampleBlock(this.#store, digest);
      if (bytes === undefined) {
        gone.push(named);
        continue;
      }
      this.samples.blocks += 1;
      const row = line({ digest, text: textOf(bytes) });
      if (row.length > SAMPLE_LINE_BYTES_MAX) throw tooLongBlock(named, row.length);
      yield row;
    }
    const { gone: count, unexplained } = accountFor(gone, this.#losses);
    Object.assign(this.samples, { gone: count, unexplained });
  }

  #proven(index: number, text: string): Uint8Array {
    const hashes = inclusionProof(index, this.#plan.treeSize, this.#node).map(base64);
    return Buffer.from(`{"entry":${text},"hashes":${canonicalize(hashes)}}\n`, 'utf8');
  }

  #takeContext(entry: BundleEntry): void {
    const { from, to } = this.#plan.range;
    if (entry.kind === 'review') {
      const readingIndex = Number(entry.body.readingIndex);
      const review = { ...entry.body, index: entry.index, at: entry.at, fourEyes: entry.body.fourEyes === true };
      const reviews = [...(this.#reviews.get(readingIndex) ?? []), review as unknown as Review];
      this.#reviews.set(readingIndex, reviews);
    }
    if (isNeededBefore(entry.kind) || (entry.index >= from && entry.index < to)) return;
    this.#takeModel(entry);
    this.#losses.take(entry);
    this.totals.addOther(entry);
  }

  #take(entry: BundleEntry): void {
    this.#takeModel(entry);
    if (entry.kind !== 'reading') {
      this.#losses.take(entry);
      this.totals.addOther(entry);
      return;
    }
    const { reading, verdict } = entry.body as unknown as { reading: Reading; verdict: Verdict };
    this.#settings.add(verdict.engine.config);
    if (this.totals.addReading(entry.index, reading, verdict) !== 'counted' || !this.#withSamples) return;
    const times = { fromMs: Date.parse(reading.from), toMs: Date.parse(reading.to) };
    for (const { digest, outcomes } of reading.samples) this.#blocks.set(digest, { outcomes, ...times });
  }

  #takeModel({ kind, body }: BundleEntry): void {
    if (kind === 'model') this.#models.set(String(body.digest), String(body.unitId));
  }
}

function tooLongBlock({ fromMs, toMs }: NamedBlock, bytes: number): Failure {
  const stretch = `from ${toIso(fromMs)} to ${toIso(toMs)}`;
  const sentence = `A block of raw samples ${stretch} is ${bytes} bytes long, and a verifier takes ${SAMPLE_LINE_BYTES_MAX}.`;
  const hint =
    'make the bundle without --samples; a shorter interval or fewer points for each device give shorter blocks';
  return new Failure('LED_BUNDLE_TOO_LARGE', sentence, { hint, exitCode: 2 });
}

/** The signed note of a checkpoint, with the lines of the key before and of witnesses, as docs/ledger.md describes it. */
function noteAt(reader: LedgerReader, size: number, keys: KeyHistory): string {
  const stored = present(reader.checkpointFrom(size), `the checkpoint over ${size} entries`);
  const key = keys.signerAt(size);
  const note = formatCheckpoint({ origin: key.name, size, root: stored.root }, key, stored.signature);
  const others = [...reader.signatures(size)].map(({ verifierKey, signature }) => {
    const [name = '', keyHash = ''] = verifierKey.split('+');
    return `\u2014 ${name} ${base64(Buffer.concat([Buffer.from(keyHash, 'hex'), signature]))}\n`;
  });
  return `${note}${others.join('')}`;
}

/** The roots of the complete subtrees that `size` leaves fall into, largest first. */
function leftHashes(size: number, node: NodeSource): Uint8Array[] {
  const hashes: Uint8Array[] = [];
  let level = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2), level += 1) {
    if (rest % 2 === 1) hashes.unshift(node(level, rest - 1));
  }
  return hashes;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function line(value: Json): Uint8Array {
  return Buffer.from(`${canonicalize(value)}\n`, 'utf8');
}
