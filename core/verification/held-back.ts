import type { JudgedUnitReading } from './unit-memory.ts';

/** So many readings must go on from one before its date is believed. */
const GOING_ON = 4;

/**
 * Readings of a unit whose date is doubted (`VER_TIME_LEAP`). They are kept out of the memory, or the honest ones that
 * come after a single wrong date would be held against it; a row of them is believed.
 */
export class HeldBack {
  #row: readonly JudgedUnitReading[] = [];

  /** What is to be remembered now: the reading, nothing, or the row that it completes. */
  release(judged: JudgedUnitReading): readonly JudgedUnitReading[] {
    if (judged.verdict.findings.every(({ code }) => code !== 'VER_TIME_LEAP')) return [judged];
    const goesOn = this.#row.at(-1)?.reading.to === judged.reading.from;
    this.#row = goesOn ? [...this.#row, judged] : [judged];
    if (this.#row.length <= GOING_ON) return [];
    const row = this.#row;
    this.#row = [];
    return row;
  }
}
