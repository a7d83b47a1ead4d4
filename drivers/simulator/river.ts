import { ringNoise } from './noise.ts';

/** The simulated year has 365 days and repeats, so that any date is reached without stepping through the years. */
export const GRID_MS = 900_000;
const GRID_PER_DAY = 96;
export const DAYS_PER_CYCLE = 365;
export const GRID_PER_CYCLE = DAYS_PER_CYCLE * GRID_PER_DAY;

/** Day of the year with most water: early August, the monsoon of the lower Himalaya. */
const MONSOON_PEAK_DAY = 216;
const WEATHER_CELL = 480;
const SHOWER_CELL = 32;

/** The rivers that some plant stands on: devices of one seed stand on the same one, and a year takes 280 kB. */
const YEARS = new Map<number, WeakRef<Float64Array>>();

/** Water for the turbines every 15 minutes of the year, as a share of what all units can take. 0.4 to about 2.5. */
export function flowOfTheYear(seed: number): Readonly<Float64Array> {
  const known = YEARS.get(seed)?.deref();
  if (known !== undefined) return known;
  const year = Float64Array.from({ length: GRID_PER_CYCLE }, (_none, index) => shareAt(seed, index));
  YEARS.set(seed, new WeakRef(year));
  return year;
}

/** 0 in the driest week, 1 at the height of the monsoon. */
export function seasonAt(dayOfCycle: number): number {
  const angle = (2 * Math.PI * (dayOfCycle - MONSOON_PEAK_DAY)) / DAYS_PER_CYCLE;
  return ((1 + Math.cos(angle)) / 2) ** 1.5;
}

function shareAt(seed: number, index: number): number {
  const day = index / GRID_PER_DAY;
  const weather = ringNoise(seed, 1, index / WEATHER_CELL, GRID_PER_CYCLE / WEATHER_CELL);
  const shower = ringNoise(seed, 2, index / SHOWER_CELL, GRID_PER_CYCLE / SHOWER_CELL);
  // Melt water and use upstream: most in the late afternoon (UTC 12).
  const daily = Math.cos(2 * Math.PI * (day - 0.5));
  return (0.58 + 1.1 * seasonAt(day)) * (1 + 0.25 * weather) * (1 + 0.06 * shower) * (1 + 0.05 * daily);
}
