import { hash } from 'node:crypto';
import type { SampleBlockReference } from '../core/acquisition/reading.ts';
import type { Cycle, DecodeRecipe } from '../core/acquisition/sample.ts';
import { decodeCycles, encodeBlock, encodeCycle, encodeRecipes } from '../core/acquisition/sample-block.ts';
import type { DeviceConfig, PlantConfig } from '../core/config/plant.ts';
import { present } from '../core/model/assert.ts';
import type { ReadableStore, WritableStore } from '../core/store/handle.ts';
import { appendCycle, discardCycles, openCycles, type SampleBlock, sealBlock } from '../core/store/samples.ts';

interface Line {
  readonly slotMs: number;
  readonly text: string;
  readonly outcomes: number;
}

/**
 * Keeps the raw samples of the interval in progress: in memory for its block, and in the store within a second, so
 * that an interval goes on after a crash. When an interval closes, its lines become one block for each device, whose
 * digest the readings carry.
 */
export class SampleKeeper {
  readonly #devices: readonly DeviceConfig[];
  readonly #lines = new Map<string, Line[]>();
  readonly #described = new Map<string, Map<string, DecodeRecipe>>();
  #unkept: { readonly deviceId: string; readonly line: Line }[] = [];

  constructor(config: PlantConfig) {
    this.#devices = config.devices;
    for (const { id } of config.devices) {
      this.#lines.set(id, []);
      this.#described.set(id, new Map());
    }
  }

  take(cycle: Cycle): void {
    const recipes = encodeRecipes(this.#newRecipes(cycle));
    if (recipes !== undefined) this.#add(cycle.deviceId, { slotMs: cycle.slotMs, text: recipes, outcomes: 0 });
    const outcomes = cycle.outcomes.length;
    this.#add(cycle.deviceId, { slotMs: cycle.slotMs, text: encodeCycle(cycle), outcomes });
  }

  /** Number of lines that a crash of the process would lose now. */
  get unkept(): number {
    return this.#unkept.length;
  }

  /** Makes everything taken so far durable in one write. Throws when the store does; nothing is lost then. */
  flush(store: WritableStore): void {
    const lines = this.#unkept;
    if (lines.length === 0) return;
    store.write(() => {
      for (const { deviceId, line } of lines) {
        appendCycle(store, { deviceId, slotMs: line.slotMs, bytes: Buffer.from(line.text, 'utf8') });
      }
    });
    this.#unkept = [];
  }

  /** Reads back what was kept before a restart and returns it as cycles, in slot order over all devices. */
  resume(store: ReadableStore): Cycle[] {
    const cycles = this.#devices.flatMap((device) => {
      const stored = openCycles(store, device.id, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
      const lines = stored.map(({ slotMs, bytes }) => {
        const text = Buffer.from(bytes).toString('utf8');
        return { slotMs, text, outcomes: text.startsWith('{') ? 0 : device.points.length };
      });
      // Recipes repeated for a new block were stored after the poll that they describe.
      lines.sort((a, b) => a.slotMs - b.slotMs || Math.sign(a.outcomes) - Math.sign(b.outcomes));
      this.#lines.set(device.id, lines);
      return decodeCycles(
        lines.map(({ text }) => text),
        device,
      );
    });
    return cycles.sort((a, b) => a.slotMs - b.slotMs);
  }

  /** The blocks of an interval that closed. The lines stay in the store until `seal` is written with the readings. */
  cut(fromMs: number, toMs: number): readonly SampleBlock[] {
    return this.#devices.flatMap(({ id, points }) => {
      const lines = present(this.#lines.get(id), `lines of ${id}`);
      const own = lines.filter(({ slotMs }) => slotMs < toMs);
      const rest = lines.filter(({ slotMs }) => slotMs >= toMs);
      this.#lines.set(id, [...this.#describe(id, rest), ...rest]);
      if (own.length === 0) return [];
      const head = { deviceId: id, fromMs, toMs, points: points.map(({ ref, unit }) => ({ point: ref, unit })) };
      const texts = own.map(({ text }) => text);
      const bytes = Buffer.from(encodeBlock(head, texts), 'utf8');
      const outcomes = own.reduce((sum, line) => sum + line.outcomes, 0);
      return [{ digest: hash('sha256', bytes, 'hex'), deviceId: id, fromMs, toMs, outcomes, bytes }];
    });
  }

  /** The blocks of everything that was taken and not cut yet: what comes now belongs to another time. */
  cutAll(): readonly SampleBlock[] {
    const slots = [...this.#lines.values()].flatMap((lines) => lines.map(({ slotMs }) => slotMs));
    if (slots.length === 0) return [];
    const bounds = slots.reduce(
      ({ fromMs, toMs }, slotMs) => ({ fromMs: Math.min(fromMs, slotMs), toMs: Math.max(toMs, slotMs + 1) }),
      { fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY },
    );
    return this.cut(bounds.fromMs, bounds.toMs);
  }

  /** Writes blocks in place of their lines; call it within the write that records the readings. */
  seal(write: WritableStore, blocks: readonly SampleBlock[]): void {
    for (const block of blocks) sealBlock(write, block);
  }

  /** Removes the lines that blocks were made of, whether or not those are kept; within the same write. */
  discard(write: WritableStore, blocks: readonly SampleBlock[]): void {
    for (const { deviceId, toMs } of blocks) discardCycles(write, deviceId, toMs);
  }

  /** The lines of these blocks need no keeping of their own any more: call it once the write is done. */
  settle(blocks: readonly SampleBlock[]): void {
    const ends = new Map(blocks.map(({ deviceId, toMs }) => [deviceId, toMs]));
    this.#unkept = this.#unkept.filter(({ deviceId, line }) => line.slotMs >= (ends.get(deviceId) ?? 0));
  }

  #add(deviceId: string, line: Line): void {
    present(this.#lines.get(deviceId), `lines of ${deviceId}`).push(line);
    this.#unkept.push({ deviceId, line });
  }

  /** The recipes of lines whose description went into the block before: each block must be readable by itself. */
  #describe(deviceId: string, [first]: readonly Line[]): Line[] {
    const described = present(this.#described.get(deviceId), `recipes of ${deviceId}`);
    const text = encodeRecipes(described);
    if (first === undefined) described.clear();
    if (first === undefined || text === undefined) return [];
    const line = { slotMs: first.slotMs, text, outcomes: 0 };
    this.#unkept.push({ deviceId, line });
    return [line];
  }

  #newRecipes(cycle: Cycle): Map<string, DecodeRecipe> {
    const described = present(this.#described.get(cycle.deviceId), `recipes of ${cycle.deviceId}`);
    const fresh = new Map<string, DecodeRecipe>();
    for (const outcome of cycle.outcomes) {
      if (outcome.kind === 'miss' || described.get(outcome.point) === outcome.recipe) continue;
      described.set(outcome.point, outcome.recipe);
      fresh.set(outcome.point, outcome.recipe);
    }
    return fresh;
  }
}

export function referTo(blocks: readonly SampleBlock[]): SampleBlockReference[] {
  return blocks.map(({ deviceId, digest, outcomes }) => ({ device: deviceId, digest, outcomes }));
}
