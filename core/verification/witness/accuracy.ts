import { METER_CLASSES, type MeterClass } from '../../config/witnesses.ts';

/** Below this share of rated load the wider limits of a class hold (IEC 62053-22, table for 1 % to 5 % of In). */
const LOW_LOAD_SHARE = 0.05;
/** A meter with its current and voltage transformers, all of one class: their errors add as squares. */
const CHAIN = Math.sqrt(3);

/**
 * Limit of error of a metering point as a share, 0.00346 for class 0.2S: the meter's class (IEC 62053-22 and -21, unity
 * power factor), and transformers of the same class (IEC 61869-2 and -3) before it.
 */
export function limitOfError(meterClass: MeterClass, loadShare: number): number {
  const { percent, lowLoadPercent } = METER_CLASSES[meterClass];
  return (CHAIN * (loadShare < LOW_LOAD_SHARE ? lowLoadPercent : percent)) / 100;
}

/** What two instruments may differ by for good, where neither is at the end of its limits by bad luck. */
export function together(a: number, b: number): number {
  return Math.hypot(a, b);
}
