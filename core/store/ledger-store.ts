import type { Entry } from '../ledger/entry.ts';
import type {
  LedgerGroup,
  LedgerPart,
  LedgerReader,
  LedgerStorage,
  ModelRow,
  ProjectionStore,
  StoredCheckpoint,
  StoredSignature,
} from '../ledger/ledger-storage.ts';
import {
  type GapRow,
  type PushRow,
  projectGap,
  projectPush,
  projectReading,
  projectReceipt,
  projectReview,
  type ReadingRow,
  type ReviewRow,
  type WaitingRow,
} from '../ledger/projection.ts';
import { damagedBlock } from './entry-blocks.ts';
import { GAP_COLUMNS } from './gaps.ts';
import type { ReadableStore, WritableStore } from './handle.ts';
import { nodePosition, nodesBefore, nodesOf } from './node-position.ts';
import { batchRows, clearOutbox, dropLooseIntents, insertReceipt, receiptRows, restoreOutbox } from './outbox-rows.ts';
import { packedRun } from './packed-run.ts';
import { insertPush } from './pushes.ts';
import { READING_COLUMNS } from './readings.ts';
import { insertReview, REVIEW_COLUMNS, setWaiting } from './reviews.ts';
import { settingsRows } from './settings-texts.ts';
import { storedEntries, storedEntry, storedLeafHash, storedOfKinds, storedSize } from './stored-entries.ts';

/** The ledger in SQLite, for the recorder. */
export function ledgerStorage(store: WritableStore): LedgerStorage<WritableStore> {
  return {
    ...ledgerReader(store),
    writeGroup(group, alongside) {
      store.write(() => {
        insertGroup(store, group);
        alongside?.(store);
      });
    },
  };
}

/** Everything, so that rows with impossible numbers show too. */
const ALL: LedgerPart = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

/**
 * The ledger in SQLite, for proofs and fsck. With a part, iterations give only what belongs to its entries: their rows,
 * the nodes that they complete, and the checkpoints of which one of them is the last entry.
 */
export function ledgerReader(store: ReadableStore, { from, to }: LedgerPart = ALL): LedgerReader {
  const within = <Row>(select: string, column = 'idx'): IterableIterator<Row> =>
    store.rows<Row>(`${select} WHERE ${column} >= ? AND ${column} < ? ORDER BY ${column}`, from, to);
  return {
    ...lookUps(store),
    entries: (first, end) => storedEntries(store, Math.max(from, first), Math.min(to, end)),
    packed: (first, end) => packedRun(store, Math.max(from, first), Math.min(to, end)),
    nodes: () =>
      nodesOf(
        store.rows(
          'SELECT position, hash FROM nodes WHERE position >= ? AND position < ? ORDER BY position',
          nodesBefore(from),
          nodesBefore(to),
        ),
      ),
    checkpoints: () =>
      store.rows<StoredCheckpoint>(`${SELECT_CHECKPOINT} WHERE ${SIZE_WITHIN} ORDER BY size`, from, to),
    signatures: (size) =>
      size === undefined
        ? store.rows<StoredSignature>(`${SELECT_SIGNATURE} WHERE ${SIZE_WITHIN} ORDER BY size, verifier_key`, from, to)
        : store.rows<StoredSignature>(`${SELECT_SIGNATURE} WHERE size = ? ORDER BY verifier_key`, size),
    readingRows: () => within<ReadingRow>(SELECT_READING),
    doubtedRows: () =>
      store.rows<ReadingRow>(
        `${SELECT_READING} WHERE status <> 'APPROVED' AND idx >= ? AND idx < ? ORDER BY idx`,
        from,
        to,
      ),
    gapRows: () => within<GapRow>(SELECT_GAP),
    pushRows: () => within<PushRow>(SELECT_PUSH),
    reviewRows: () => within<ReviewRow>(`SELECT ${REVIEW_COLUMNS} FROM reviews`),
    waitingRows: () => within<WaitingRow>(SELECT_WAITING),
  };
}

type LookUps =
  | 'size'
  | 'entry'
  | 'nodeHash'
  | 'latestCheckpoint'
  | 'checkpointFrom'
  | 'keyEntries'
  | 'modelEntries'
  | 'models'
  | 'outboxEntries'
  | 'batchRows'
  | 'receiptRows'
  | 'settings'
  | 'damage'
  | 'snapshot';

/** What is read by name or of the ledger as a whole. */
function lookUps(store: ReadableStore): Pick<LedgerReader, LookUps> {
  return {
    size: () => storedSize(store),
    entry: (index) => storedEntry(store, index),
    nodeHash: (level, index) =>
      level === 0
        ? storedLeafHash(store, index)
        : store.get<{ hash: Uint8Array }>('SELECT hash FROM nodes WHERE position = ?', nodePosition(level, index))
            ?.hash,
    latestCheckpoint: () => store.get<StoredCheckpoint>(`${SELECT_CHECKPOINT} ORDER BY size DESC LIMIT 1`),
    checkpointFrom: (size) =>
      store.get<StoredCheckpoint>(`${SELECT_CHECKPOINT} WHERE size >= ? ORDER BY size LIMIT 1`, size),
    keyEntries: () => storedOfKinds(store, ['genesis', 'key']),
    modelEntries: () => storedOfKinds(store, ['model']),
    models: () => store.rows<ModelRow>('SELECT digest, unit_id AS unitId, text FROM models'),
    outboxEntries: () => storedOfKinds(store, ['batch', 'receipt']),
    batchRows: () => batchRows(store),
    receiptRows: () => receiptRows(store),
    settings: () => settingsRows(store),
    damage: () => {
      const first = store.get<{ integrity_check: string }>('PRAGMA integrity_check(1)')?.integrity_check;
      return first === 'ok' ? damagedBlock(store) : first;
    },
    snapshot: (read) => store.snapshot(read),
  };
}

/** The last of `size` entries has the index `size - 1`. */
const SIZE_WITHIN = 'size > ? AND size <= ?';
const SELECT_CHECKPOINT = 'SELECT size, root, signature FROM checkpoints';
const SELECT_SIGNATURE = 'SELECT size, verifier_key AS verifierKey, signature FROM checkpoint_signatures';
const SELECT_READING = `SELECT ${READING_COLUMNS} FROM readings`;
const SELECT_PUSH = `SELECT idx AS "index", unit_id AS unitId, lower(hex(body_sha256)) AS bodySha256, nonce FROM pushes`;
const SELECT_WAITING = 'SELECT idx AS "index", unit_id AS unitId, from_ms AS fromMs FROM readings_to_decide';
const SELECT_GAP = `SELECT ${GAP_COLUMNS} FROM gaps`;

function insertGroup(store: WritableStore, { entries, nodes, checkpoint, alsoSigned }: LedgerGroup): void {
  for (const { index, kind, bytes, leafHash, entry } of entries) {
    store.run('INSERT INTO entries (idx, kind, bytes, leaf_hash) VALUES (?, ?, ?, ?)', index, kind, bytes, leafHash);
    insertProjection(store, entry);
    if (kind === 'receipt') insertReceipt(store, projectReceipt(entry));
  }
  let position = nodesBefore(checkpoint.size - entries.length);
  for (const { hash } of nodes) {
    store.run('INSERT INTO nodes (position, hash) VALUES (?, ?)', position, hash);
    position += 1;
  }
  const { size, root, signature } = checkpoint;
  store.run('INSERT INTO checkpoints (size, root, signature) VALUES (?, ?, ?)', size, root, signature);
  for (const item of alsoSigned) insertSignature(store, item);
}

/** Writes the rows that the entry gives, in the order of the indexes. */
function insertProjection(store: WritableStore, entry: Entry): void {
  const { kind } = entry;
  if (kind === 'reading') insertReading(store, projectReading(entry));
  const push = kind === 'reading' ? projectPush(entry) : undefined;
  if (push !== undefined) insertPush(store, push);
  if (kind === 'gap') insertGap(store, projectGap(entry));
  if (kind === 'review') insertReview(store, projectReview(entry));
}

/** The tables that are computed from the entries alone, those that refer to others first. */
export const PROJECTIONS = ['readings_to_decide', 'reviews', 'pushes', 'gaps', 'readings'] as const;

/** The projections in SQLite, for rebuilding them. */
export function projectionStore(store: WritableStore): ProjectionStore {
  return {
    clear: () => {
      // An index that has not the rows of its table would make the deletion fail half-way.
      for (const table of PROJECTIONS) store.run(`REINDEX ${table}`);
      for (const table of PROJECTIONS) store.run(`DELETE FROM ${table}`);
      clearOutbox(store);
    },
    insert: (entry) => {
      insertProjection(store, entry);
      restoreOutbox(store, entry);
    },
    write: (work) =>
      store.write(() => {
        const result = work();
        dropLooseIntents(store);
        return result;
      }),
  };
}

/** Keeps a signature under a checkpoint; one by the same key that is there already stays. */
export function insertSignature(store: WritableStore, { size, verifierKey, signature }: StoredSignature): void {
  const sql = `INSERT INTO checkpoint_signatures (size, verifier_key, signature) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`;
  store.run(sql, size, verifierKey, signature);
}

export function insertReading(store: WritableStore, row: ReadingRow): void {
  store.run(
    `INSERT INTO readings (idx, unit_id, from_ms, to_ms, status, trust_score, energy_wh, energy_import_wh,
       energy_source, coverage, fingerprint) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.index,
    row.unitId,
    row.fromMs,
    row.toMs,
    row.status,
    row.trustScore,
    row.energyWh,
    row.energyImportWh,
    row.energySource,
    row.coverage,
    row.fingerprint,
  );
  if (row.status !== 'APPROVED') setWaiting(store, row);
}

export function insertGap(store: WritableStore, row: GapRow): void {
  store.run(
    `INSERT INTO gaps (idx, unit_id, from_ms, to_ms, reason, treatment, energy_wh, reading_idx, missing_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.index,
    row.unitId,
    row.fromMs,
    row.toMs,
    row.reason,
    row.treatment,
    row.energyWh,
    row.readingIndex,
    row.missingMs,
  );
}
