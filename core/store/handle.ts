/** What SQLite can hold and give back. Integers are safe integers; a boolean has no place here. */
export type SqlValue = string | number | Uint8Array | null;

/**
 * A store that can only be read. A function that takes this cannot write: the handle has no method for it, and the
 * reading methods refuse statements that change anything.
 */
export interface ReadableStore {
  readonly path: string;
  /** The first row, or undefined. */
  get<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined;
  all<Row>(sql: string, ...values: readonly SqlValue[]): Row[];
  /** One row at a time, for results that may be large. Nothing may be written until the iteration has ended. */
  rows<Row>(sql: string, ...values: readonly SqlValue[]): IterableIterator<Row>;
  /** Runs `read` on one unchanging view of the store, whatever a writer does meanwhile. */
  snapshot<T>(read: () => T): T;
  close(): void;
}

/** The store as its single writer sees it. */
export interface WritableStore extends ReadableStore {
  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number };
  /**
   * Runs `work` as one write: all of it is durable when this returns, none of it is there when it throws. Inside
   * another write it becomes part of that one, and undoes only itself when it throws.
   */
  write<T>(work: () => T): T;
}
