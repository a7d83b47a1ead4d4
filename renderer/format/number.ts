/** How numbers are written; an operator's language may bring its own later. */
export const NUMBER_LOCALE = 'en-GB';

/** What stands where there is no value. Zero is written as 0. */
export const NO_VALUE = '—';

const formats = new Map<number, Intl.NumberFormat>();

/** `value` with exactly `digits` decimals and grouped thousands; a rounded zero never carries a minus sign. */
export function formatNumber(value: number, digits = 0): string {
  let format = formats.get(digits);
  if (format === undefined) {
    format = new Intl.NumberFormat(NUMBER_LOCALE, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      signDisplay: 'negative',
    });
    formats.set(digits, format);
  }
  return format.format(value);
}

/** A share 0..1 as whole per cent, rounded down, so that 100 % means all of it; 0 only when nothing is there. */
export function formatShare(share: number): string {
  // The small addition keeps 0.29 * 100 = 28.999... what it says.
  const percent = Math.floor(share * 100 + 1e-9);
  if (percent === 0 && share > 0) return '< 1 %';
  return `${percent} %`;
}

/** A trust score 0..1 with two decimals, rounded down, so that 0.8999 never reads as the 0.90 that approves. */
export function formatTrust(score: number): string {
  return formatNumber(Math.floor(score * 100 + 1e-9) / 100, 2);
}

const BYTE_STEPS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

export function formatBytes(bytes: number): string {
  let rest = bytes;
  let step = 0;
  while (rest >= 1000 && step < BYTE_STEPS.length - 1) {
    rest /= 1000;
    step += 1;
  }
  return `${formatNumber(rest, step === 0 || rest >= 100 ? 0 : 1)} ${BYTE_STEPS[step]}`;
}
