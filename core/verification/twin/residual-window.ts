/** A share is kept as whole parts per million, so that sums are exact and do not depend on what was there before. */
const PPM = 1e6;
const SHARE_MAX = 10;

/**
 * The mean of the last `capacity` shares, as far as they are not older than `horizon` readings; the same bit for bit
 * whether the window grew by itself or was rebuilt from the readings within the horizon.
 */
export class ResidualWindow {
  readonly #values: Int32Array;
  /** The reading, counted from the first, that each value came with. */
  readonly #ordinals: Int32Array;
  readonly #horizon: number;
  #ordinal = 0;
  #next = 0;
  #count = 0;
  #sumPpm = 0;

  constructor(capacity: number, horizon: number) {
    this.#values = new Int32Array(capacity);
    this.#ordinals = new Int32Array(capacity);
    this.#horizon = horizon;
  }

  /** One more reading has come, whether or not it adds a share: call it before. */
  pass(): void {
    this.#ordinal += 1;
    if (this.#count === 0) return;
    const oldest = (this.#next - this.#count + this.#values.length) % this.#values.length;
    if ((this.#ordinals[oldest] ?? 0) > this.#ordinal - this.#horizon) return;
    this.#sumPpm -= this.#values[oldest] ?? 0;
    this.#count -= 1;
  }

  /** At most once for each reading. */
  add(share: number): void {
    const ppm = Math.round(Math.max(-SHARE_MAX, Math.min(SHARE_MAX, share)) * PPM);
    if (this.#count === this.#values.length) this.#sumPpm -= this.#values[this.#next] ?? 0;
    else this.#count += 1;
    this.#values[this.#next] = ppm;
    this.#ordinals[this.#next] = this.#ordinal;
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
