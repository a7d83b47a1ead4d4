import type { Decimal } from '../model/decimal.ts';
import type { Fault } from '../model/fault.ts';
import type { JsonObject } from '../model/json.ts';
import type { Quality } from '../model/quality.ts';

/** One value read from one point. */
export interface Sample {
  readonly kind: 'sample';
  /** `device/point`. */
  readonly point: string;
  /** Finite number in `unit`, or the state's name for points with an enumeration. */
  readonly value: number | string;
  /** For counters only: the register as it stands, exact, in `unit`. */
  readonly register?: Decimal;
  readonly unit: string;
  readonly quality: Quality;
  /** Wall clock of this computer when the reply was complete. */
  readonly readAtMs: number;
  /** The device's own time of the value, where the protocol carries one. */
  readonly deviceAtMs?: number;
  /** The bytes the value was decoded from, in wire order. */
  readonly raw: Uint8Array;
  /** How `raw` became `value`; the same object for every sample of a point. */
  readonly recipe: DecodeRecipe;
}

/** One value not read, with the reason. Never a zero, never a null that nobody explains. */
export interface Miss {
  readonly kind: 'miss';
  readonly point: string;
  readonly fault: Fault;
  readonly atMs: number;
}

export type Outcome = Sample | Miss;

/**
 * How raw bytes become a value: `{ v, driver, ... }` with everything a verifier needs to decode again, e.g. register
 * kind, address, type, word order, scale, offset, map, sentinels. Plain JSON; a change of meaning raises `v`.
 */
export type DecodeRecipe = JsonObject & { readonly v: number; readonly driver: string };

/** What one poll of one device gave: exactly one outcome for each point asked for. */
export interface Cycle {
  readonly deviceId: string;
  /** Identifies the poll in logs. */
  readonly cycleId: string;
  /** The moment this poll was due, a UTC multiple of the device's period. Intervals and coverage count slots. */
  readonly slotMs: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcomes: readonly Outcome[];
}
