import {
  type CounterBreak,
  type CounterLimits,
  mayHaveGoneRound,
  plausibleMicroWh,
  type Suspicion,
} from './counter-state.ts';

/** For so long a register may come back to the values that it left. */
const RETURN_MS_MAX = 86_400_000;

/**
 * The breaks that the step may have taken back. Where a later one is among them, the register may have stood before it
 * where that one left: a glitch within a glitch is over with the outer one.
 */
export function takenBack(
  breaks: readonly CounterBreak[],
  registerMicroWh: bigint,
  suspicion: Suspicion,
  limits: CounterLimits,
): readonly CounterBreak[] {
  const found: CounterBreak[] = [];
  for (const one of breaks.toReversed()) {
    if (!isBackAt(one, suspicion, limits)) continue;
    const stood = [registerMicroWh, ...found.map(({ fromMicroWh }) => fromMicroWh)];
    if (stood.some((from) => isTakenBack(one, from, suspicion, limits))) found.push(one);
  }
  return found;
}

/**
 * Only a step the other way takes a break back: a register that fell comes back up, one that leapt comes back down. A
 * leap after an old leap is another leap, however much could have been generated since, and a fall that is greater than the leap
 * takes another one back.
 */
function isTakenBack(
  left: CounterBreak,
  registerMicroWh: bigint,
  { baseMicroWh }: Suspicion,
  limits: CounterLimits,
): boolean {
  const isFallen = left.toMicroWh < left.fromMicroWh;
  const isRisen = left.fromMicroWh + risenSince(left, baseMicroWh, limits) >= registerMicroWh;
  if (isFallen !== isRisen) return false;
  return isFallen || registerMicroWh - baseMicroWh <= left.toMicroWh - left.fromMicroWh;
}

function isBackAt(left: CounterBreak, { baseMicroWh, baseAtMs }: Suspicion, limits: CounterLimits): boolean {
  const awayMs = baseAtMs - left.seenAtMs;
  const risenMicroWh = risenSince(left, baseMicroWh, limits);
  const fits = risenMicroWh >= 0n && risenMicroWh <= plausibleMicroWh(awayMs, limits);
  return fits && awayMs <= RETURN_MS_MAX && !mayHaveGoneRound(awayMs, limits);
}

/**
 * How far the register rose since it left. A register that was rolled back near its highest value may come back across
 * it, and taken for a wrap it would be credited once more with what it was rolled back by. From every other break a wrap
 * credits no more than was generated, so nothing else is taken for a return across the highest value.
 */
export function risenSince(left: CounterBreak, toMicroWh: bigint, { modulusMicroWh = 0n }: CounterLimits): bigint {
  const risenMicroWh = toMicroWh - left.fromMicroWh;
  return risenMicroWh < 0n && left.kind === 'rollback' ? risenMicroWh + modulusMicroWh : risenMicroWh;
}
