import type { Reading, UncountedRegister } from '../../acquisition/reading.ts';
import { instantMs, toIso } from '../../model/time.ts';
import type { VerificationContext } from '../layer.ts';
import { type Suspicion, show, showDuration, suspect } from '../suspicion.ts';

const MS_PER_HOUR = 3_600_000;
/** Ramps within the interval, and the moment within a poll at which each value was read. */
const RATIO_MIN = 0.7;
const RATIO_MAX = 1.4;
/** Above the rating a machine may run for a while; acquisition believes no register that counts faster. */
const OVERLOAD_FACTOR = 1.5;
const SURENESS = 0.2;

const REASONS: Readonly<Record<string, { readonly why: string; readonly action: string }>> = {
  ACQ_COUNTER_SCALE: {
    why: 'since its unit or decimals changed nobody has said what it counts in',
    action: "Compare the meter's display with plant.yaml; record the reset, or set the scale right.",
  },
  ACQ_COUNTER_COARSE: {
    why: 'its 32-bit float no longer tells neighbouring counts apart',
    action: 'Read the energy register as a 64-bit number.',
  },
};

/** A register that was read and of which nothing could be counted: what is known of it, and what may be wrong. */
export function describeUncounted(
  reading: Reading,
  register: UncountedRegister,
  { unit }: VerificationContext,
): Suspicion {
  const { endKwh, endAt, reason } = register;
  const evidence = { ...register };
  if (reason === 'ACQ_COUNTER_BEGINS') {
    return suspect('consistency', 'note', 0, {
      code: 'VER_ENERGY_BEGINS',
      message: `The energy register was read for the first time: ${endKwh} kWh at ${timeOfDay(endAt)}. Counting begins with it.`,
      action: 'Nothing to do: what the meter counted before is not claimed. Compare the value with its display once.',
      evidence,
    });
  }
  const known = REASONS[reason] ?? explainRise(reading, register, unit.ratedPowerKw);
  return suspect('consistency', 'flag', SURENESS, {
    code: 'VER_ENERGY_UNCOUNTED',
    message: `The energy register was read (${show(Number(endKwh), 3)} kWh at ${timeOfDay(endAt)}), but nothing of it is counted: ${known.why}.`,
    action: known.action,
    evidence,
  });
}

/** How the steps of a register that is not believed stand to the power, or to what the unit can generate. */
function explainRise(
  { powerKw }: Reading,
  { startKwh, startAt, endKwh, endAt }: UncountedRegister,
  ratedPowerKw: number,
): { readonly why: string; readonly action: string } {
  const spanMs = instantMs(endAt) - instantMs(startAt);
  const risenKwh = Number(endKwh) - Number(startKwh);
  const rateKw = spanMs > 0 ? risenKwh / (spanMs / MS_PER_HOUR) : 0;
  const made = powerKw?.mean ?? 0;
  const ratio = made > 0 ? rateKw / made : 0;
  const rise = `it rose by ${show(risenKwh, 3)} kWh in ${showDuration(spanMs)}`;
  if (rateKw > 0 && made > 0 && (ratio < RATIO_MIN || ratio > RATIO_MAX)) {
    return { why: `${rise}, about ${roundly(ratio)} times what the power of ${show(made)} kW makes`, action: SCALE };
  }
  if (rateKw > OVERLOAD_FACTOR * ratedPowerKw) {
    return { why: `${rise}, about ${roundly(rateKw / ratedPowerKw)} times what the unit can generate`, action: SCALE };
  }
  return {
    why: 'it contradicts its earlier values, and too few reads have confirmed the new ones',
    action:
      "Wait for the next readings: three reads that agree are believed. If it stays so, compare the meter's display.",
  };
}

const SCALE =
  "Check scale, unit, type and address of the register in plant.yaml against the meter's display. " +
  'If the meter was exchanged or reset, record that.';

/** Two digits say enough of a factor: 9.8, 98, 980. */
function roundly(ratio: number): string {
  return String(Number(ratio.toPrecision(2)));
}

function timeOfDay(iso: string): string {
  return `${toIso(instantMs(iso)).slice(11, 19)} UTC`;
}
