const MS_PER_MINUTE = 60_000;
const MINUTES_PER_DAY = 1440;
const WORD_BITS = 32;

/** Which minutes an interval that counts has begun in, for years: 180 bytes a day, and only for days that have any. */
export class SlotCalendar {
  readonly #days = new Map<number, Uint32Array>();

  add(fromMs: number): void {
    const { day, word, bit } = placeOf(fromMs);
    const words = this.#days.get(day) ?? new Uint32Array(MINUTES_PER_DAY / WORD_BITS);
    words[word] = (words[word] ?? 0) | bit;
    this.#days.set(day, words);
  }

  has(fromMs: number): boolean {
    const { day, word, bit } = placeOf(fromMs);
    return ((this.#days.get(day)?.[word] ?? 0) & bit) !== 0;
  }
}

function placeOf(fromMs: number): { day: number; word: number; bit: number } {
  const minute = Math.floor(fromMs / MS_PER_MINUTE);
  const day = Math.floor(minute / MINUTES_PER_DAY);
  const within = minute - day * MINUTES_PER_DAY;
  return { day, word: within >>> 5, bit: 1 << (within & 31) };
}
