import type { DeviceConfig } from '../config/plant.ts';
import { parseDecimal, toText } from '../model/decimal.ts';
import type { Quality } from '../model/quality.ts';
import type { Cycle, DecodeRecipe, Outcome } from './sample.ts';

/**
 * Raw samples as they are kept: one text line a poll, and a block of lines for each device and interval under a head.
 * A reading names the SHA-256 digest of its blocks, so a verifier can decode the very bytes again. The format is
 * described in docs/ledger.md; a change raises `v` in the head.
 *
 * Recipe line: `{"recipes":{"plc1/flow":{...}}}`, how the points below it were decoded.
 * Poll line: `[slotMs, startedAtMs, endedAtMs, [outcome, ...]]`, outcomes in the order of
 * the head's points.
 * Sample: `[value, rawHex, quality, readAtMs - startedAtMs, deviceAtMs or null, registerText or null]`.
 * Miss: `[faultCode]`.
 */
export function encodeCycle(cycle: Cycle): string {
  const outcomes = cycle.outcomes.map((outcome) => encodeOutcome(outcome, cycle.startedAtMs));
  return JSON.stringify([cycle.slotMs, cycle.startedAtMs, cycle.endedAtMs, outcomes]);
}

function encodeOutcome(outcome: Outcome, startedAtMs: number): unknown[] {
  if (outcome.kind === 'miss') return [outcome.fault.code];
  const register = outcome.register === undefined ? null : toText(outcome.register);
  const raw = Buffer.from(outcome.raw.buffer, outcome.raw.byteOffset, outcome.raw.byteLength).toString('hex');
  return [outcome.value, raw, outcome.quality, outcome.readAtMs - startedAtMs, outcome.deviceAtMs ?? null, register];
}

/** The line that says how points are decoded, or undefined when there is none to say. */
export function encodeRecipes(recipes: ReadonlyMap<string, DecodeRecipe>): string | undefined {
  return recipes.size === 0 ? undefined : JSON.stringify({ recipes: Object.fromEntries(recipes) });
}

/** The cycles that stored lines hold, for resuming an interval after a restart. */
export function decodeCycles(lines: readonly string[], device: DeviceConfig): Cycle[] {
  const recipes = new Map<string, DecodeRecipe>();
  return lines.flatMap((line) => {
    if (!line.startsWith('{')) return [decodeCycle(line, device, recipes)];
    const told = JSON.parse(line) as { recipes: Record<string, DecodeRecipe> };
    for (const [point, recipe] of Object.entries(told.recipes)) recipes.set(point, recipe);
    return [];
  });
}

function decodeCycle(line: string, device: DeviceConfig, recipes: ReadonlyMap<string, DecodeRecipe>): Cycle {
  const [slotMs, startedAtMs, endedAtMs, outcomes] = JSON.parse(line) as [number, number, number, StoredOutcome[]];
  return {
    deviceId: device.id,
    cycleId: `${device.id}-${slotMs}`,
    slotMs,
    startedAtMs,
    endedAtMs,
    outcomes: device.points.flatMap((point, index) => {
      const stored = outcomes[index];
      return stored === undefined ? [] : [decodeOutcome(stored, point.ref, point.unit, startedAtMs, recipes)];
    }),
  };
}

type StoredOutcome = [string] | [number | string, string, Quality, number, number | null, string | null];

function decodeOutcome(
  stored: StoredOutcome,
  point: string,
  unit: string,
  startedAtMs: number,
  recipes: ReadonlyMap<string, DecodeRecipe>,
): Outcome {
  if (stored.length === 1) {
    const fault = { code: stored[0], message: 'Not read before the restart', policy: 'retry' } as const;
    return { kind: 'miss', point, fault, atMs: startedAtMs };
  }
  const [value, raw, quality, readAfterMs, deviceAtMs, registerText] = stored;
  const register = registerText === null ? undefined : parseDecimal(registerText);
  return {
    kind: 'sample',
    point,
    value,
    unit,
    quality,
    readAtMs: startedAtMs + readAfterMs,
    raw: Buffer.from(raw, 'hex'),
    recipe: recipes.get(point) ?? { v: 0, driver: 'unknown' },
    ...(register === undefined ? {} : { register }),
    ...(deviceAtMs === null ? {} : { deviceAtMs }),
  };
}

export interface BlockHead {
  readonly deviceId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The points in the order of the outcomes of every line. */
  readonly points: readonly { readonly point: string; readonly unit: string }[];
}

/** The block's text: its head, then the lines in slot order, each ended by a line feed. */
export function encodeBlock(head: BlockHead, lines: readonly string[]): string {
  return `${JSON.stringify({ v: 1, ...head })}\n${lines.map((line) => `${line}\n`).join('')}`;
}
