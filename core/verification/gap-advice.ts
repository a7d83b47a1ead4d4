import type { Gap } from '../acquisition/reading.ts';

const ADVICE: Readonly<Record<string, string>> = {
  ACQ_NOT_RUNNING:
    'Forebay was not running: if nobody stopped it, check why the PC was off and that Forebay starts with it.',
  ACQ_NOT_POLLED: 'The PC slept or was too busy to poll: turn off its sleep and hibernation.',
  ACQ_CLOCK_STEP: "The PC's clock was set: check its date, time zone and time synchronisation.",
  ACQ_STORE_FULL: 'The disk was full for so long that nothing more could wait: free some space on it.',
  ACQ_CONNECTING: 'Forebay was still making its first connection: nothing to do unless it stays so.',
  ACQ_OVERRUN: 'The device answers too slowly: lengthen its period or look for a slow gateway or radio link.',
  ACQ_BAD_QUALITY: "The device itself calls the value bad: see the device's own display or alarm list.",
  ACQ_COUNTER_SCALE: "The meter's unit or decimals were changed: compare its display with plant.yaml.",
  ACQ_COUNTER_COARSE: 'The energy register is too coarse to count with: read it as a 64-bit number.',
  ACQ_COUNTER_UNCONFIRMED: "The energy register contradicts itself: compare the meter's display with the last reading.",
};

const DEVICE_ADVICE = 'The device did not give its values: see the device page for its fault and mend that.';

/** What the operator does about the gaps of a reading, one sentence for each cause in the order they occurred. */
export function adviseOnGaps(gaps: readonly Gap[]): string {
  if (gaps.length === 0) return 'See the device page.';
  return [...new Set(gaps.map(({ reason }) => ADVICE[reason] ?? DEVICE_ADVICE))].join(' ');
}
