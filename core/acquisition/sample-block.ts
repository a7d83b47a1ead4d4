import type { DeviceConfig } from '../config/plant.ts';
import { parseDecimal, toText } from '../model/decimal.ts';
import type { Quality } from '../model/quality.ts';
import type { Cycle, DecodeRecipe, Outcome } from './sample.ts';

/**
 * Raw samples as they are kept: one text line a poll, and a block of lines for each device and interval with a head
 * that says how every point was decoded. A reading names the SHA-256 digest of its blocks, so a verifier can decode
 * the very bytes again. The format is described in docs/ledger.md; a change raises `v` in the head.
 *
 * Line: `[slotMs, startedAtMs, endedAtMs, [outcome, ...]]`, outcomes in the order of the head's points.
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

/** The cycle that a stored line holds, for resuming an interval after a restart. */
export function decodeCycle(line: string, device: DeviceConfig, recipes: ReadonlyMap<string, DecodeRecipe>): Cycle {
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
  readonly points: readonly { readonly point: string; readonly unit: string; readonly recipe: DecodeRecipe | null }[];
}

/** The block's text: its head, then the lines in slot order, each ended by a line feed. */
export function encodeBlock(head: BlockHead, lines: readonly string[]): string {
  return `${JSON.stringify({ v: 1, ...head })}\n${lines.map((line) => `${line}\n`).join('')}`;
}
