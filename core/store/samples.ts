import { hash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { assert } from '../model/assert.ts';
import { Failure } from '../model/failure.ts';
import type { ReadableStore, WritableStore } from './handle.ts';

/** One poll of one device, as bytes of the acquisition's making. */
export interface StoredCycle {
  readonly deviceId: string;
  readonly slotMs: number;
  readonly bytes: Uint8Array;
}

/** The cycles of one device in one closed interval. */
export interface SampleBlock {
  /** SHA-256 of `bytes`, lower-case hexadecimal; readings refer to it. */
  readonly digest: string;
  readonly deviceId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Number of samples and misses. */
  readonly outcomes: number;
  /** Not compressed. */
  readonly bytes: Uint8Array;
}

/** Keeps a cycle of the interval in progress, so that a crash loses none that was kept. */
export function appendCycle(write: WritableStore, { deviceId, slotMs, bytes }: StoredCycle): void {
  write.run('INSERT INTO open_cycles (device_id, slot_ms, bytes) VALUES (?, ?, ?)', deviceId, slotMs, bytes);
}

/** The kept cycles whose slot lies in `[fromMs, toMs)`, by slot and then as they came. */
export function openCycles(store: ReadableStore, deviceId: string, fromMs: number, toMs: number): StoredCycle[] {
  return store.all<StoredCycle>(
    `SELECT device_id AS deviceId, slot_ms AS slotMs, bytes FROM open_cycles
     WHERE device_id = ? AND slot_ms >= ? AND slot_ms < ? ORDER BY slot_ms, id`,
    deviceId,
    fromMs,
    toMs,
  );
}

/**
 * Keeps the block compressed and deletes the open cycles that it covers. A block that is there already (two units on
 * one device) is kept once.
 */
export function sealBlock(write: WritableStore, block: SampleBlock): void {
  const { digest, deviceId, fromMs, toMs, outcomes, bytes } = block;
  assert(digestOf(bytes) === digest, `the block's digest is ${digest}`);
  write.write(() => {
    const key = Buffer.from(digest, 'hex');
    const isKept = write.get('SELECT 1 FROM sample_blocks WHERE digest = ?', key) !== undefined;
    if (!isKept) {
      write.run(
        `INSERT INTO sample_blocks (digest, device_id, from_ms, to_ms, outcomes, bytes) VALUES (?, ?, ?, ?, ?, ?)`,
        key,
        deviceId,
        fromMs,
        toMs,
        outcomes,
        zstdCompressSync(bytes),
      );
    }
    write.run('DELETE FROM open_cycles WHERE device_id = ? AND slot_ms >= ? AND slot_ms < ?', deviceId, fromMs, toMs);
  });
}

/** A block as it lies in the store. */
export interface CompressedBlock extends Omit<SampleBlock, 'digest'> {
  readonly digest: Uint8Array;
}

/** Keeps a block that was found in another store, if it is what its digest says. Whether it was new and sound. */
export function takeBlock(write: WritableStore, block: CompressedBlock): boolean {
  const { digest, deviceId, fromMs, toMs, outcomes, bytes } = block;
  const text = decompress(bytes);
  if (text === undefined || digestOf(text) !== Buffer.from(digest).toString('hex')) return false;
  const sql = `INSERT INTO sample_blocks (digest, device_id, from_ms, to_ms, outcomes, bytes) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`;
  return write.run(sql, digest, deviceId, fromMs, toMs, outcomes, bytes).changes === 1;
}

/** Deletes the open cycles of a device before `beforeMs`: their block is sealed. */
export function discardCycles(write: WritableStore, deviceId: string, beforeMs: number): void {
  write.run('DELETE FROM open_cycles WHERE device_id = ? AND slot_ms < ?', deviceId, beforeMs);
}

/**
 * The uncompressed bytes of the block that a reading refers to, or undefined when they are not kept (any more).
 *
 * @throws Failure `STO_BLOCK_DAMAGED` when what is kept is not what the reading was computed from.
 */
export function sampleBlock(store: ReadableStore, digest: string): Uint8Array | undefined {
  const sql = 'SELECT bytes FROM sample_blocks WHERE digest = ?';
  const row = store.get<{ bytes: Uint8Array }>(sql, Buffer.from(digest, 'hex'));
  if (row === undefined) return undefined;
  const bytes = decompress(row.bytes);
  if (bytes === undefined || digestOf(bytes) !== digest) {
    throw new Failure('STO_BLOCK_DAMAGED', `The raw samples ${digest.slice(0, 16)} are not what was recorded.`, {
      hint: 'the reading itself still holds; restore the samples from a backup',
      exitCode: 4,
    });
  }
  return bytes;
}

function decompress(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return zstdDecompressSync(bytes);
  } catch {
    return undefined;
  }
}

function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}
