const PIECE_LENGTH = 4096;

type Numbers = Uint8Array | Uint32Array | Int32Array | Float64Array;

/** A list of numbers that only grows, in pieces: it takes no more than its numbers do, and is never copied to grow. */
export class NumberColumn {
  readonly #kind: new (
    length: number,
  ) => Numbers;
  readonly #pieces: Numbers[] = [];
  #length = 0;

  /** Numbers must be such as the typed array can hold. */
  constructor(kind: new (length: number) => Numbers) {
    this.#kind = kind;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const at = this.#length % PIECE_LENGTH;
    if (at === 0) this.#pieces.push(new this.#kind(PIECE_LENGTH));
    const piece = this.#pieces[this.#pieces.length - 1];
    if (piece !== undefined) piece[at] = value;
    this.#length += 1;
  }

  at(index: number): number | undefined {
    return index < this.#length ? this.#pieces[Math.floor(index / PIECE_LENGTH)]?.[index % PIECE_LENGTH] : undefined;
  }
}
