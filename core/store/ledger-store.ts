import type { Entry, EntryKind } from '../ledger/entry.ts';
import type {
  LedgerGroup,
  LedgerReader,
  LedgerStorage,
  ModelRow,
  ProjectionStore,
  StoredCheckpoint,
  StoredEntry,
  StoredSignature,
} from '../ledger/ledger-storage.ts';
import {
  type GapRow,
  type PushRow,
  projectGap,
  projectPush,
  projectReading,
  projectReview,
  type ReadingRow,
  type ReviewRow,
  type WaitingRow,
} from '../ledger/projection.ts';
import { GAP_COLUMNS } from './gaps.ts';
import type { ReadableStore, WritableStore } from './handle.ts';
import { nodePosition, nodesBefore, nodesOf } from './node-position.ts';
import { insertPush } from './pushes.ts';
import { insertReview, REVIEW_COLUMNS, setWaiting } from './reviews.ts';

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

/** The ledger in SQLite, for proofs and fsck. */
export function ledgerReader(store: ReadableStore): LedgerReader {
  return {
    size: () => store.get<{ size: number }>('SELECT coalesce(max(idx) + 1, 0) AS size FROM entries')?.size ?? 0,
    entry: (index) => {
      const row = store.get<EntryRow>(`${SELECT_ENTRY} WHERE idx = ?`, index);
      return row === undefined ? undefined : toEntry(row);
    },
    *entries(from, to) {
      const rows = store.rows<EntryRow>(`${SELECT_ENTRY} WHERE idx >= ? AND idx < ? ORDER BY idx`, from, to);
      for (const row of rows) yield toEntry(row);
    },
    nodeHash: (level, index) =>
      level === 0
        ? store.get<{ hash: Uint8Array }>('SELECT leaf_hash AS hash FROM entries WHERE idx = ?', index)?.hash
        : store.get<{ hash: Uint8Array }>('SELECT hash FROM nodes WHERE position = ?', nodePosition(level, index))
            ?.hash,
    nodes: () => nodesOf(store.rows('SELECT position, hash FROM nodes ORDER BY position')),
    latestCheckpoint: () => store.get<StoredCheckpoint>(`${SELECT_CHECKPOINT} ORDER BY size DESC LIMIT 1`),
    checkpointFrom: (size) =>
      store.get<StoredCheckpoint>(`${SELECT_CHECKPOINT} WHERE size >= ? ORDER BY size LIMIT 1`, size),
    checkpoints: () => store.rows<StoredCheckpoint>(`${SELECT_CHECKPOINT} ORDER BY size`),
    signatures: (size) =>
      size === undefined
        ? store.rows<StoredSignature>(`${SELECT_SIGNATURE} ORDER BY size, verifier_key`)
        : store.rows<StoredSignature>(`${SELECT_SIGNATURE} WHERE size = ? ORDER BY verifier_key`, size),
    *keyEntries() {
      const rows = store.rows<EntryRow>(
        `${SELECT_ENTRY} WHERE kind IN ('genesis', 'key') AND kind <> 'reading' ORDER BY idx`,
      );
      for (const row of rows) yield toEntry(row);
    },
    readingRows: () => store.rows<ReadingRow>(`${SELECT_READING} ORDER BY idx`),
    gapRows: () => store.rows<GapRow>(`${SELECT_GAP} ORDER BY idx`),
    models: () => store.rows<ModelRow>('SELECT digest, unit_id AS unitId, text FROM models'),
    pushRows: () => store.rows<PushRow>(`${SELECT_PUSH} ORDER BY idx`),
    reviewRows: () => store.rows<ReviewRow>(`SELECT ${REVIEW_COLUMNS} FROM reviews ORDER BY idx`),
    waitingRows: () => store.rows<WaitingRow>(`${SELECT_WAITING} ORDER BY idx`),
    damage: () => {
      const first = store.get<{ integrity_check: string }>('PRAGMA integrity_check(1)')?.integrity_check;
      return first === 'ok' ? undefined : first;
    },
    snapshot: (read) => store.snapshot(read),
  };
}

interface EntryRow {
  readonly idx: number;
  readonly kind: EntryKind;
  readonly bytes: Uint8Array;
  readonly leafHash: Uint8Array;
}

const SELECT_ENTRY = 'SELECT idx, kind, bytes, leaf_hash AS leafHash FROM entries';
const SELECT_CHECKPOINT = 'SELECT size, root, signature FROM checkpoints';
const SELECT_SIGNATURE = 'SELECT size, verifier_key AS verifierKey, signature FROM checkpoint_signatures';
const SELECT_READING = `SELECT idx AS "index", unit_id AS unitId, from_ms AS fromMs, to_ms AS toMs, status,
  trust_score AS trustScore, energy_wh AS energyWh, energy_import_wh AS energyImportWh, energy_source AS energySource,
  coverage, fingerprint FROM readings`;
const SELECT_PUSH = `SELECT idx AS "index", unit_id AS unitId, lower(hex(body_sha256)) AS bodySha256, nonce FROM pushes`;
const SELECT_WAITING = 'SELECT idx AS "index", unit_id AS unitId, from_ms AS fromMs FROM readings_to_decide';
const SELECT_GAP = `SELECT ${GAP_COLUMNS} FROM gaps`;

function toEntry({ idx, kind, bytes, leafHash }: EntryRow): StoredEntry {
  return { index: idx, kind, bytes, leafHash };
}

function insertGroup(store: WritableStore, { entries, nodes, checkpoint, alsoSigned }: LedgerGroup): void {
  for (const { index, kind, bytes, leafHash, entry } of entries) {
    store.run('INSERT INTO entries (idx, kind, bytes, leaf_hash) VALUES (?, ?, ?, ?)', index, kind, bytes, leafHash);
    insertProjection(store, entry);
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
    },
    insert: (entry) => insertProjection(store, entry),
    write: (work) => store.write(work),
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
