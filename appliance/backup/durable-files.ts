import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, renameSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from '../../core/store/sync-folder.ts';

const PIECE_BYTES = 1024 * 1024;

/** Makes what was written to the file survive a power cut. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

export function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'w');
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Puts a file under its name; after a power cut there is the old one or the new one. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
}

/** SHA-256 of a file, hexadecimal, in pieces. */
export function digestOfFile(path: string): string {
  return readInPieces(path, () => {});
}

/** Copies the file in pieces, durably. The SHA-256 of what was read, hexadecimal. */
export function copyDurably(from: string, to: string): string {
  const target = openSync(to, 'w', 0o600);
  try {
    const digest = readInPieces(from, (piece) => writeFileSync(target, piece));
    fsyncSync(target);
    return digest;
  } finally {
    closeSync(target);
  }
}

function readInPieces(path: string, take: (piece: Buffer) => void): string {
  const digest = createHash('sha256');
  const piece = Buffer.alloc(PIECE_BYTES);
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const length = readSync(file, piece, 0, PIECE_BYTES, null);
      if (length === 0) return digest.digest('hex');
      const read = piece.subarray(0, length);
      digest.update(read);
      take(read);
    }
  } finally {
    closeSync(file);
  }
}

/** Bytes that this user may still write where `folder` lies. */
export function freeBytesAt(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
