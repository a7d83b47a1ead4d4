import {
  type CounterBreak,
  type CounterLimits,
  mayHaveGoneRound,
  ordinaryMicroWh,
  plausibleMicroWh,
  type Suspicion,
} from './counter-state.ts';

/** For so long a register may come back to the values that it left. */
const RETURN_MS_MAX = 86_400_000;

/**
 * The latest break that the step takes back: the register stands where that break left it, as far as it may have
 * counted since. Only a step the other way takes a break back: a register that fell comes back up, one that leapt comes
 * back down. A leap after an old leap is another leap, however much could have been generated since, and a fall that is
 * greater than the leap takes another one back.
 */
export function takenBack(
  breaks: readonly CounterBreak[],
  registerMicroWh: bigint,
  suspicion: Suspicion,
  limits: CounterLimits,
): CounterBreak | undefined {
  return breaks.findLast(
    (one) =>
      one.followedBy === undefined &&
      isBackAt(one, suspicion, limits) &&
      isOtherWay(one, registerMicroWh, suspicion, limits),
  );
}

function isOtherWay(
  left: CounterBreak,
  registerMicroWh: bigint,
  { baseMicroWh }: Suspicion,
  limits: CounterLimits,
): boolean {
  const isFallen = left.toMicroWh < left.fromMicroWh;
  const isRisen = left.fromMicroWh + risenSince(left, baseMicroWh, limits) >= registerMicroWh;
  if (isFallen !== isRisen) return false;
  // In another unit it may have risen by any factor meanwhile.
  return isFallen || left.kind === 'scale' || registerMicroWh - baseMicroWh <= left.toMicroWh - left.fromMicroWh;
}

function isBackAt(left: CounterBreak, { baseMicroWh, baseAtMs }: Suspicion, limits: CounterLimits): boolean {
  const awayMs = baseAtMs - left.seenAtMs;
  const risenMicroWh = risenSince(left, baseMicroWh, limits);
  const fits = risenMicroWh >= 0n && risenMicroWh <= plausibleMicroWh(awayMs, limits);
  return fits && awayMs <= RETURN_MS_MAX && !mayHaveGoneRound(awayMs, limits);
}

/**
 * How far the register rose since it left. One that was rolled back near its highest value may come back across it; a
 * wrap says the same of every other break.
 */
export function risenSince(left: CounterBreak, toMicroWh: bigint, { modulusMicroWh = 0n }: CounterLimits): bigint {
  const risenMicroWh = toMicroWh - left.fromMicroWh;
  return risenMicroWh < 0n && left.kind === 'rollback' ? risenMicroWh + modulusMicroWh : risenMicroWh;
}

/**
 * The most that may be due to a register that shows `registerMicroWh` now; undefined where nothing bounds it. From each
 * value that it left it may have counted on to where it is, whatever it showed in between, and nobody knows which of
 * them were the meter's own: so each of them that can be true is a bound, and what false values were taken to count (a
 * wrap to a glitch, a silence that ended in one) falls to it as soon as the register is itself again.
 */
export function mostDueMicroWh(
  breaks: readonly CounterBreak[],
  registerMicroWh: bigint,
  atMs: number,
  limits: CounterLimits,
): bigint | undefined {
  let most: bigint | undefined;
  for (const left of breaks) {
    const countedMicroWh = mostCountedSince(left, registerMicroWh, atMs, limits);
    if (countedMicroWh === undefined) continue;
    const dueMicroWh = left.totalMicroWh - left.owedMicroWh + countedMicroWh;
    if (most === undefined || dueMicroWh < most) most = dueMicroWh;
  }
  return most;
}

/**
 * The most that counting on from where `left` left can have been, rounds included; undefined where it cannot be. A
 * little less than nothing, where the register is so close below that its next ordinary step may take it back there.
 */
function mostCountedSince(
  left: CounterBreak,
  registerMicroWh: bigint,
  atMs: number,
  limits: CounterLimits,
): bigint | undefined {
  const awayMs = atMs - left.seenAtMs;
  if (left.followedBy === 'word' || awayMs > RETURN_MS_MAX) return undefined;
  const { modulusMicroWh } = limits;
  const bound = plausibleMicroWh(awayMs, limits);
  const belowBound = bound - (registerMicroWh - left.fromMicroWh);
  if (modulusMicroWh === undefined && belowBound < 0n) return undefined;
  const counted = bound - (modulusMicroWh === undefined ? belowBound : remainder(belowBound, modulusMicroWh));
  return counted >= -ordinaryMicroWh(limits) ? counted : undefined;
}

/** 0 or more, below the modulus. */
function remainder(amount: bigint, modulus: bigint): bigint {
  const rest = amount % modulus;
  return rest < 0n ? rest + modulus : rest;
}
