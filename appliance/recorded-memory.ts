import type { Reading } from '../core/acquisition/reading.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { entriesWithSoundRows } from '../core/ledger/check-rows.ts';
import type { Entry } from '../core/ledger/entry.ts';
import type { Log } from '../core/model/log.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { ledgerReader } from '../core/store/ledger-store.ts';
import { modelEntries, modelEntryInForce } from '../core/store/models.ts';
import { findOriginal, lastIndexOfUnit } from '../core/store/readings.ts';
import { storedSize } from '../core/store/stored-entries.ts';
import { PlantMemory } from '../core/verification/plant-memory.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import { firstIndexNeeded } from './judging-history.ts';
import { modelOfEntry } from './recorded-model.ts';

/** Entries that are taken in at once: some ten milliseconds. */
const SLICE_ENTRIES = 200;
/** As many of them lie between what two units need before they are passed over. */
const PASSED_OVER_MIN = 20_000;

/**
 * What the recorded readings leave behind, in the order in which they were recorded, each beside the readings of the
 * other units that it was judged beside: the next verdict is then the one that an appliance which never stopped gives.
 * Older originals of a replay are found in the store itself.
 *
 * Where models are in force that is a month of readings and takes seconds, so it may be taken in little by little.
 * Entries that are recorded meanwhile are not part of it: whoever judges asks for `whole` first.
 */
export class RecordedMemory {
  readonly #memory: PlantMemory;
  readonly #parts: MemoryParts;
  /** What is still to be taken in, in the order of the indexes. */
  readonly #runs: { from: number; readonly to: number }[];
  #isStopped = false;

  constructor(parts: MemoryParts) {
    const { config, settings, store, log } = parts;
    const { plant, units, intervalMs, witnesses } = config;
    this.#parts = parts;
    this.#memory = new PlantMemory({
      plant,
      units,
      intervalMs,
      witnesses,
      settings,
      originals: (unitId) => ({
        // The reading that is recorded carries its fingerprint.
        add: () => {},
        find: (fingerprint, exceptFromMs) => findOriginal(store, unitId, fingerprint, exceptFromMs),
      }),
    });
    this.#runs = neededRuns(parts);
    const fromIndex = this.#runs[0]?.from ?? 0;
    for (const unit of this.#memory.units) {
      const entry = modelEntryInForce(store, unit.unit.id, fromIndex);
      if (entry !== undefined) unit.learn(modelOfEntry(store, entry, config, log));
    }
  }

  /** Entries that are still to be taken in. */
  get left(): number {
    return this.#runs.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  get isWhole(): boolean {
    return this.#runs.length === 0;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The store is about to close: nothing is taken in by itself any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** The memory with everything in it. @throws Failure where an entry that it needs is damaged. */
  whole(): PlantMemory {
    while (!this.isWhole) this.goOn();
    return this.#memory;
  }

  /**
   * Takes in a little more. Which entries those are follows from the tables for queries, so their rows are held against the
   * entries too.
   *
   * @throws Failure where an entry that it needs, or its row, is damaged.
   */
  goOn(): void {
    const [run, next] = this.#runs;
    if (run === undefined) return;
    const to = Math.min(run.to, run.from + SLICE_ENTRIES);
    try {
      const part = { from: run.from, to };
      for (const entry of entriesWithSoundRows(ledgerReader(this.#parts.store, part), part)) this.#take(entry);
    } catch (error) {
      this.#parts.onFailure?.(error);
      throw error;
    }
    run.from = to;
    if (to < run.to) return;
    this.#runs.shift();
    if (next !== undefined) this.#learnBetween(to, next.from);
  }

  #take(entry: Entry): void {
    if (entry.kind === 'reading') {
      const { reading, verdict } = entry.body as unknown as { reading: Reading; verdict: Verdict };
      this.#memory.remember({ reading, verdict, siblings: this.#memory.siblingsOf(reading) });
    }
    if (entry.kind === 'model') this.#learn(entry);
  }

  #learnBetween(from: number, to: number): void {
    for (const entry of modelEntries(this.#parts.store)) {
      if (entry.index >= from && entry.index < to) this.#learn(entry);
    }
  }

  #learn(entry: Entry): void {
    const { store, config, log } = this.#parts;
    this.#memory.unit(String(entry.body.unitId))?.learn(modelOfEntry(store, entry, config, log));
  }
}

export interface MemoryParts {
  readonly config: PlantConfig;
  readonly settings: VerificationSettings;
  readonly store: ReadableStore;
  readonly log: Log;
  /** Is told what keeps an entry from being taken in, before it is thrown. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/** The same at once. */
export function recordedMemory(
  config: PlantConfig,
  settings: VerificationSettings,
  store: ReadableStore,
  log: Log,
): PlantMemory {
  return new RecordedMemory({ config, settings, store, log }).whole();
}

/**
 * The entries that the units' memories rest on. A unit of which nothing was recorded for long asks for old ones, and what
 * was recorded of the others since then is not needed for that.
 */
function neededRuns({ config, settings, store }: MemoryParts): { from: number; to: number }[] {
  const end = storedSize(store);
  const starts = config.units.map(({ id }) => ({ id, from: Math.min(end, firstIndexNeeded(store, id, settings)) }));
  const runs: { from: number; to: number }[] = [];
  for (const { id, from } of starts.toSorted((a, b) => a.from - b.from)) {
    const last = runs.at(-1);
    const isOld = end - from > PASSED_OVER_MIN;
    const to = isOld ? Math.min(end, (lastIndexOfUnit(store, id) ?? end - 1) + 1) : end;
    if (last !== undefined && from - last.to < PASSED_OVER_MIN) last.to = Math.max(last.to, to);
    else runs.push({ from, to });
  }
  const last = runs.at(-1);
  // Models that were put in force since then, and what a switch of configuration looks for, stand at the end.
  if (last !== undefined && end - last.to < PASSED_OVER_MIN) last.to = end;
  else if (last !== undefined) runs.push({ from: end, to: end });
  return runs;
}
