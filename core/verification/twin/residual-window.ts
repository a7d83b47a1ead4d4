/** A share is kept as whole parts per million, so that sums are exact and do not depend on what was there before. */
const PPM = 1e6;
const SHARE_MAX = 10;

/** The mean of the last `capacity` shares, the same bit for bit whether the window grew by itself or was rebuilt. */
export class ResidualWindow {
  readonly #values: Int32Array;
  #next = 0;
  #count = 0;
  #sumPpm = 0;

  constructor(capacity: number) {
    this.#values = new Int32Array(capacity);
  }

  add(share: number): void {
    const ppm = Math.round(Math.max(-SHARE_MAX, Math.min(SHARE_MAX, share)) * PPM);
    if (this.#count === this.#values.length) this.#sumPpm -= this.#values[this.#next] ?? 0;
    else this.#count += 1;
    this.#values[this.#next] = ppm;
    this.#sumPpm += ppm;
    this.#next = (this.#next + 1) % this.#values.length;
  }

  get count(): number {
    return this.#count;
  }

  /** 0 while there is nothing. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sumPpm / this.#count / PPM;
  }
}
