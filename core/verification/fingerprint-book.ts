/** Where a unit's earlier readings are found by what they looked like. */
export interface Originals {
  add(fingerprint: number, fromMs: number): void;
  /** The begin of an earlier interval with this fingerprint other than `exceptFromMs`, or undefined. */
  find(fingerprint: number, exceptFromMs: number): number | undefined;
}

/**
 * Years of fingerprints in constant memory: an open table of whole 32-bit numbers, each with the interval it stands
 * for. A year of five-minute readings is about 105,000 of them; the oldest are overwritten once the ring is full.
 */
export class FingerprintBook implements Originals {
  readonly #capacityMax: number;
  #ring: Uint32Array;
  #fromMinutes: Uint32Array;
  #table: Int32Array;
  #next = 0;
  #count = 0;

  /** At most `capacityMax` fingerprints are kept, eight bytes each and up to sixteen more for finding them. */
  constructor(capacityMax: number) {
    const capacity = Math.min(capacityMax, FIRST_CAPACITY);
    this.#capacityMax = capacityMax;
    this.#ring = new Uint32Array(capacity);
    this.#fromMinutes = new Uint32Array(capacity);
    this.#table = new Int32Array(tableSize(capacity)).fill(EMPTY);
  }

  add(fingerprint: number, fromMs: number): void {
    if (this.#count === this.#ring.length && this.#count < this.#capacityMax) this.#grow();
    if (this.#count === this.#ring.length) this.#remove(this.#next);
    else this.#count += 1;
    this.#ring[this.#next] = fingerprint;
    this.#fromMinutes[this.#next] = Math.round(fromMs / MS_PER_MINUTE);
    this.#insert(this.#next);
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  find(fingerprint: number, exceptFromMs: number): number | undefined {
    const mask = this.#table.length - 1;
    const except = Math.round(exceptFromMs / MS_PER_MINUTE);
    for (let at = spread(fingerprint) & mask; this.#table[at] !== EMPTY; at = (at + 1) & mask) {
      const index = this.#table[at] ?? EMPTY;
      if (index < 0 || this.#ring[index] !== fingerprint || this.#fromMinutes[index] === except) continue;
      return (this.#fromMinutes[index] ?? 0) * MS_PER_MINUTE;
    }
    return undefined;
  }

  /** The ring has just come round, so its order is the order of arrival. */
  #grow(): void {
    const capacity = Math.min(this.#capacityMax, 2 * this.#count);
    const [ring, fromMinutes] = [this.#ring, this.#fromMinutes];
    this.#ring = new Uint32Array(capacity);
    this.#fromMinutes = new Uint32Array(capacity);
    this.#ring.set(ring);
    this.#fromMinutes.set(fromMinutes);
    this.#table = new Int32Array(tableSize(capacity)).fill(EMPTY);
    for (let index = 0; index < this.#count; index += 1) this.#insert(index);
    this.#next = this.#count;
  }

  #insert(index: number): void {
    const mask = this.#table.length - 1;
    let at = spread(this.#ring[index] ?? 0) & mask;
    while ((this.#table[at] ?? EMPTY) !== EMPTY) at = (at + 1) & mask;
    this.#table[at] = index;
  }

  /** Takes an index out and closes the gap, so that no chain of the open table is cut. */
  #remove(index: number): void {
    const mask = this.#table.length - 1;
    let at = spread(this.#ring[index] ?? 0) & mask;
    while (this.#table[at] !== index) at = (at + 1) & mask;
    this.#table[at] = EMPTY;
    for (let next = (at + 1) & mask; this.#table[next] !== EMPTY; next = (next + 1) & mask) {
      const moved = this.#table[next] ?? EMPTY;
      this.#table[next] = EMPTY;
      this.#insert(moved);
    }
  }
}

const EMPTY = -1;
const FIRST_CAPACITY = 4096;
const MS_PER_MINUTE = 60_000;

/** A power of two with room to spare: half full at most, so that chains stay short. */
function tableSize(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(2 * capacity));
}

/** Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4). */
function spread(fingerprint: number): number {
  return Math.imul(fingerprint, 0x9e3779b1) >>> 7;
}
