/** An iteration that shows its next item before it is taken, so that several sorted ones can be walked side by side. */
export class Cursor<T> {
  readonly #iterator: Iterator<T>;
  #next: IteratorResult<T>;

  constructor(items: Iterable<T>) {
    this.#iterator = items[Symbol.iterator]();
    this.#next = this.#iterator.next();
  }

  /** The next item, or undefined at the end. */
  peek(): T | undefined {
    return this.#next.done === true ? undefined : this.#next.value;
  }

  /** The next item, or undefined at the end; the one after it is then next. */
  take(): T | undefined {
    const item = this.peek();
    if (item !== undefined) this.#next = this.#iterator.next();
    return item;
  }

  /** Ends the iteration early and frees what it holds. */
  close(): void {
    this.#iterator.return?.();
  }
}
