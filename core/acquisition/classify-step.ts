import { type CounterLimits, type CounterState, plausibleMicroWh, type Suspicion } from './counter-state.ts';
import type { CounterEventKind } from './reading.ts';

/** Changes of unit and of decimals: x10 up to Wh against MWh. */
const SCALES = [10n, 100n, 1000n, 1_000_000n];
/** With fewer steps than this in the smaller value, a power of ten is no more than chance. */
const SCALE_STEPS_MIN = 100n;

/** A register that fell to about zero was reset; to anything else, rolled back; one that leapt up, jumped. */
export function classifyStep(state: CounterState, suspicion: Suspicion, limits: CounterLimits): CounterEventKind {
  const sinceLastGood = plausibleMicroWh(suspicion.baseAtMs - state.seenAtMs, limits);
  const isFall = suspicion.baseMicroWh < state.registerMicroWh;
  if (isFall && suspicion.baseMicroWh <= sinceLastGood) return 'reset';
  if (isPowerOfTen(state.registerMicroWh, suspicion.baseMicroWh, sinceLastGood, limits)) return 'scale';
  return isFall ? 'rollback' : 'jump';
}

/** Whether one value is a power of ten of the other, as close as one step of the coarser one and honest counting allow. */
function isPowerOfTen(from: bigint, to: bigint, countedMicroWh: bigint, { resolutionMicroWh }: CounterLimits): boolean {
  const [smaller, larger] = from < to ? [from, to] : [to, from];
  if (smaller < SCALE_STEPS_MIN * resolutionMicroWh) return false;
  return SCALES.some((scale) => {
    const difference = larger - smaller * scale;
    const slack = scale * (resolutionMicroWh + (to > from ? countedMicroWh : 0n)) + countedMicroWh;
    return difference > -slack && difference < slack;
  });
}
