import type { WritableStore } from '../handle.ts';

/**
 * Sealed batches, and what of them each target has still to be given. Batches and deliveries follow from the entries;
 * how often something was tried, and what a target wanted kept of it, stands only here. Rows are never deleted. The
 * sums are kept beside the rows, so that to say what waits costs the same whatever waits.
 */
export function createOutbox(write: WritableStore): void {
  write.run(`
    CREATE TABLE batches (
      idx INTEGER PRIMARY KEY REFERENCES entries (idx),
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
      message TEXT NOT NULL,
      first INTEGER NOT NULL,
      "end" INTEGER NOT NULL CHECK ("end" > first),
      size INTEGER NOT NULL CHECK (size >= "end"),
      to_ms INTEGER NOT NULL
    ) STRICT`);
  write.run('CREATE INDEX batches_by_end ON batches ("end")');
  write.run(`
    CREATE TABLE deliveries (
      target TEXT NOT NULL,
      batch_idx INTEGER NOT NULL REFERENCES batches (idx),
      state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'unknown', 'delivered', 'parked')),
      attempts INTEGER NOT NULL DEFAULT 0,
      not_before_ms INTEGER NOT NULL DEFAULT 0,
      bytes INTEGER NOT NULL,
      fault TEXT,
      receipt_idx INTEGER REFERENCES entries (idx),
      PRIMARY KEY (target, batch_idx)
    ) STRICT, WITHOUT ROWID`);
  write.run(`
    CREATE INDEX deliveries_due ON deliveries (target, not_before_ms, batch_idx) WHERE state IN ('waiting', 'unknown')`);
  write.run(`CREATE INDEX deliveries_open ON deliveries (target, batch_idx) WHERE state <> 'delivered'`);
  write.run(`CREATE INDEX deliveries_by_state ON deliveries (target, state, batch_idx) WHERE state <> 'delivered'`);
  write.run(`
    CREATE TABLE delivery_intents (
      target TEXT NOT NULL,
      batch_idx INTEGER NOT NULL,
      number INTEGER NOT NULL,
      intent BLOB NOT NULL,
      PRIMARY KEY (target, batch_idx, number),
      FOREIGN KEY (target, batch_idx) REFERENCES deliveries (target, batch_idx)
    ) STRICT, WITHOUT ROWID`);
  write.run(`
    CREATE TABLE delivery_sums (
      target TEXT NOT NULL,
      state TEXT NOT NULL,
      items INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      PRIMARY KEY (target, state)
    ) STRICT, WITHOUT ROWID`);
  keepSums(write);
}

function keepSums(write: WritableStore): void {
  const add = (row: string): string => `
    INSERT INTO delivery_sums (target, state, items, bytes) VALUES (${row}.target, ${row}.state, 1, ${row}.bytes)
      ON CONFLICT (target, state) DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;`;
  const subtract = `
    UPDATE delivery_sums SET items = items - 1, bytes = bytes - old.bytes
      WHERE target = old.target AND state = old.state;`;
  write.run(`CREATE TRIGGER deliveries_sum_insert AFTER INSERT ON deliveries BEGIN ${add('new')} END`);
  write.run(`
    CREATE TRIGGER deliveries_sum_update AFTER UPDATE OF state ON deliveries WHEN old.state <> new.state
    BEGIN ${subtract} ${add('new')} END`);
}
