import type Database from 'better-sqlite3';
import { assert } from '../model/assert.ts';
import type { SqlValue, WritableStore } from './handle.ts';
import { toStoreFailure } from './store-failure.ts';

type Statement = Database.Statement<SqlValue[], unknown>;

/** Both handles in one: `openStore` hands it out as what its caller asked for. Statements are prepared once. */
export class SqliteStore implements WritableStore {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database.Database, path: string) {
    this.#database = database;
    this.path = path;
  }

  get<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#guard(() => this.#reading(sql).get(...values)) as Row | undefined;
  }

  all<Row>(sql: string, ...values: readonly SqlValue[]): Row[] {
    return this.#guard(() => this.#reading(sql).all(...values)) as Row[];
  }

  *rows<Row>(sql: string, ...values: readonly SqlValue[]): IterableIterator<Row> {
    try {
      // A statement of its own: the cached one may be running already.
      yield* this.#prepareReading(sql).iterate(...values) as IterableIterator<Row>;
    } catch (error) {
      throw toStoreFailure(error, this.path);
    }
  }

  snapshot<T>(read: () => T): T {
    if (this.#database.inTransaction) return read();
    return this.#guard(() => this.#database.transaction(read).deferred());
  }

  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number } {
    // Without a closure: this is called several times for every entry.
    try {
      return this.#statement(sql).run(...values);
    } catch (error) {
      throw toStoreFailure(error, this.path);
    }
  }

  write<T>(work: () => T): T {
    return this.#guard(() => this.#database.transaction(work).immediate());
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare<SqlValue[], unknown>(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #reading(sql: string): Statement {
    const statement = this.#statement(sql);
    assert(statement.readonly, `a reading statement changes nothing: ${sql}`);
    return statement;
  }

  #prepareReading(sql: string): Statement {
    const statement = this.#database.prepare<SqlValue[], unknown>(sql);
    assert(statement.readonly, `a reading statement changes nothing: ${sql}`);
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toStoreFailure(error, this.path);
    }
  }
}
