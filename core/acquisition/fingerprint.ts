import type { Reading, Statistics } from './reading.ts';

const COMPARED = ['powerKw', 'flowM3s', 'headM', 'gatePercent'] as const;

const doubles = new Float64Array(1);
const words = new Uint32Array(doubles.buffer);

/** Significant digits that all values together must have, lest coarse sensors meet by chance. */
const DIGITS_MIN = 12;
const FINE_QUANTITIES_MIN = 3;

/**
 * A 32-bit FNV-1a hash over the measured values, to find a replayed reading without a scan. Undefined for readings
 * that repeat honestly: a unit at rest, and values so few or so coarse that noise may well repeat them.
 */
export function fingerprintOf(reading: Reading): number | undefined {
  let hash = 0x811c9dc5;
  let moving = 0;
  let fine = 0;
  let digits = 0;
  for (const name of COMPARED) {
    const statistics = reading[name];
    if (typeof statistics !== 'object' || statistics === null) continue;
    if (statistics.min !== statistics.max) moving += 1;
    hash = mix(mix(mix(hash, statistics.mean), statistics.min), statistics.max);
    if (moving >= 2) continue;
    const significant = significantDigits(statistics.mean);
    digits += significant;
    if (significant >= 3) fine += 1;
  }
  return moving >= 2 || (fine >= FINE_QUANTITIES_MIN && digits >= DIGITS_MIN) ? hash >>> 0 : undefined;
}

/** As the shortest text of the number has them. Values of up to six decimals are counted without writing that text. */
function significantDigits(value: number): number {
  const size = Math.abs(value);
  for (let power = 1; size >= 1e-3 && size < 1e9 && power <= 1e6; power *= 10) {
    const scaled = Math.round(size * power);
    if (scaled / power === size) return digitsOf(scaled);
  }
  const text = String(size);
  if (text.includes('e')) return 0;
  const start = text.search(/[1-9]/);
  return start < 0 ? 0 : text.length - start - (text.indexOf('.') > start ? 1 : 0);
}

function digitsOf(whole: number): number {
  let digits = 1;
  for (let bound = 10; bound <= whole; bound *= 10) digits += 1;
  return digits;
}

function mix(hash: number, value: number): number {
  // Zero has one form in JSON, and so it must here.
  doubles[0] = value + 0;
  const low = Math.imul(hash ^ (words[0] ?? 0), 0x01000193);
  return Math.imul(low ^ (words[1] ?? 0), 0x01000193);
}

/** Whether both readings carry the same measured values to the last bit. */
export function measuresAreEqual(a: Reading, b: Reading): boolean {
  return COMPARED.every((name) => statisticsAreEqual(a[name], b[name]));
}

function statisticsAreEqual(a: Statistics | undefined, b: Statistics | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.mean === b.mean && a.min === b.min && a.max === b.max;
}
