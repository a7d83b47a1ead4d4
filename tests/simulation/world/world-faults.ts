import type { Random } from '../../../core/model/random.ts';
import type { DeviceMood } from './world-devices.ts';

/** One thing that goes wrong at a moment of the world; `forMs` later it is well again. */
export type WorldFault = { readonly atMs: number } & (
  | { readonly kind: 'power-cut'; readonly offMs: number; readonly wallStepMs: number }
  /** An orderly stop and a start, with this variant of plant.yaml. */
  | { readonly kind: 'restart'; readonly variant: number }
  | { readonly kind: 'clock-step'; readonly stepMs: number }
  | { readonly kind: 'disk-full'; readonly roomBytes: number; readonly forMs: number }
  | { readonly kind: 'sync-fails'; readonly count: number }
  /** Between computer and PLCs; `uplink-down`: out of the plant. */
  | { readonly kind: 'link-down' | 'uplink-down'; readonly forMs: number }
  | { readonly kind: 'mood'; readonly unit: number; readonly mood: DeviceMood; readonly forMs: number }
  | {
      readonly kind: 'meter';
      readonly unit: number;
      readonly what: 'stuck' | 'dip' | 'dip-at-first' | 'reset' | 'swap';
      readonly forMs: number;
      readonly counts: number;
    }
);

/** Nothing happens before the first intervals are recorded, save that the power may go and a meter show no value yet. */
const QUIET_MS = 130_000;
const FAULT_EVERY_MS = 45_000;
/** A dip shorter than this is seen by no more than two polls, which confirm nothing. */
const DIP_MS_MAX = 9000;
/** Two meters of one unit never show the same value. */
const SWAP_COUNTS_STEP = 500_000_000;
const SWAPS = 7;

export interface FaultPlan {
  readonly durationMs: number;
  readonly units: number;
  /** Whether no clock is ever wrong. */
  readonly isClockSteady: boolean;
}

/** What goes wrong in the world of this randomness, in order. */
export function faultsOf(random: Random, { durationMs, units, isClockSteady }: FaultPlan): readonly WorldFault[] {
  const faults: WorldFault[] = [];
  let replaced = 0;
  // Some meters show zero when they are read for the very first time.
  if (random.next() < 0.25) {
    const unit = Math.floor(random.next() * units);
    const forMs = 1 + Math.floor(random.next() * DIP_MS_MAX);
    faults.push({ atMs: 0, kind: 'meter', unit, what: 'dip-at-first', forMs, counts: 0 });
  }
  // A quarter of all worlds lose their power during the very first start or soon after it.
  if (random.next() < 0.25) faults.push({ atMs: random.next() * 3000, ...powerCut(random, isClockSteady) });
  for (let atMs = QUIET_MS; atMs < durationMs; ) {
    const fault = draw(random, units, isClockSteady, replaced);
    if (fault.kind === 'meter') replaced += 1;
    faults.push({ atMs: Math.floor(atMs), ...fault } as WorldFault);
    atMs += random.next() * 2 * FAULT_EVERY_MS;
  }
  return faults;
}

type Undated = WorldFault extends infer Fault ? (Fault extends WorldFault ? Omit<Fault, 'atMs'> : never) : never;

function draw(random: Random, units: number, isClockSteady: boolean, replaced: number): Undated {
  const pick = random.next();
  const unit = Math.floor(random.next() * units);
  const forMs = Math.floor(random.next() * 150_000);
  if (pick < 0.3) return powerCut(random, isClockSteady);
  if (pick < 0.38) return { kind: 'restart', variant: Math.floor(random.next() * 4) };
  if (pick < 0.44 && !isClockSteady) return { kind: 'clock-step', stepMs: clockStep(random) };
  if (pick < 0.54) return { kind: 'disk-full', roomBytes: Math.floor(random.next() * 60_000), forMs };
  if (pick < 0.6) return { kind: 'sync-fails', count: 1 + Math.floor(random.next() * 4) };
  if (pick < 0.66) return { kind: 'link-down', forMs };
  if (pick < 0.7) return { kind: 'uplink-down', forMs };
  if (pick < 0.85) {
    const mood = (['mute', 'refusing', 'troubled', 'troubled'] as const)[Math.floor(random.next() * 4)] ?? 'mute';
    return { kind: 'mood', unit, mood, forMs };
  }
  // Over a time that nobody knows, another meter could be anything.
  const kinds = isClockSteady ? (['stuck', 'dip', 'reset', 'swap'] as const) : (['stuck', 'dip', 'reset'] as const);
  const what = kinds[Math.floor(random.next() * kinds.length)] ?? 'stuck';
  const counts =
    what === 'reset' ? 0 : (1 + (replaced % SWAPS)) * SWAP_COUNTS_STEP + Math.floor(random.next() * 100_000);
  return { kind: 'meter', unit, what, forMs: what === 'dip' ? Math.floor(random.next() * DIP_MS_MAX) : forMs, counts };
}

function powerCut(random: Random, isClockSteady: boolean): Extract<Undated, { kind: 'power-cut' }> {
  const offMs = Math.floor(random.next() * (random.next() < 0.8 ? 20_000 : 400_000));
  const isStepped = !isClockSteady && random.next() < 0.3;
  return { kind: 'power-cut', offMs, wallStepMs: isStepped ? clockStep(random) : 0 };
}

function clockStep(random: Random): number {
  const sizes = [3000, 60_000, 3_600_000, 86_400_000];
  const size = sizes[Math.floor(random.next() * sizes.length)] ?? 3000;
  return Math.floor((random.next() * 2 - 1) * size);
}
