import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Failure } from '../../core/model/failure.ts';
import type { StoreKey } from '../../core/store/store-key.ts';

/** Lines of text in a file that only whoever has the store's key can read. */
export interface SealedLines {
  write(line: string): void;
  /** Makes them durable. Without it the file does not open. */
  end(): void;
}

const MARK = 'FORESEAL';
const ID_BYTES = 8;
export const SALT_BYTES = 16;
const HEAD_BYTES = MARK.length + ID_BYTES + SALT_BYTES;
const PIECE_BYTES = 64 * 1024;
const PROOF_BYTES = 16;
const LENGTH_BYTES = 4;
const NONCE_BYTES = 12;
const CIPHER = 'chacha20-poly1305';

/**
 * Head: mark, id of the store key, salt. Then pieces: length, bytes and authentication of ChaCha20-Poly1305 (RFC 8439) under a key of
 * this file alone (HKDF-SHA256, RFC 5869); the nonce is the piece's number, and its first byte says which is the last.
 */
export function createSealedLines(path: string, key: StoreKey, salt: Uint8Array): SealedLines {
  const file = openSync(path, 'w', 0o600);
  const fileKey = fileKeyOf(key, salt);
  writeFileSync(file, Buffer.concat([Buffer.from(MARK, 'latin1'), Buffer.from(key.id, 'hex'), salt]));
  let [pending, number] = [Buffer.alloc(0), 0];
  const seal = (bytes: Buffer, isLast: boolean): void => {
    const cipher = createCipheriv(CIPHER, fileKey, nonceOf(number, isLast), { authTagLength: PROOF_BYTES });
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(sealed.length);
    writeFileSync(file, Buffer.concat([length, sealed]));
    number += 1;
  };
  return {
    write(line) {
      pending = Buffer.concat([pending, Buffer.from(`${line}\n`, 'utf8')]);
      if (pending.length < PIECE_BYTES) return;
      seal(pending, false);
      pending = Buffer.alloc(0);
    },
    end() {
      try {
        seal(pending, true);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
  };
}

/**
 * The text of a sealed file, a piece at a time. `findKey` gives the key with an id, or throws.
 *
 * @throws Failure `STO_SEALED_FILE` when it is none, was changed or is not whole, or of `findKey`.
 */
export function* readSealed(path: string, findKey: (id: string) => StoreKey): Generator<string> {
  const bytes = readFileSync(path);
  if (bytes.length < HEAD_BYTES || bytes.toString('latin1', 0, MARK.length) !== MARK)
    throw unreadable(path, 'it is none');
  const id = bytes.toString('hex', MARK.length, MARK.length + ID_BYTES);
  const fileKey = fileKeyOf(findKey(id), bytes.subarray(MARK.length + ID_BYTES, HEAD_BYTES));
  let at = HEAD_BYTES;
  for (let number = 0; at < bytes.length; number += 1) {
    if (at + LENGTH_BYTES > bytes.length) throw unreadable(path, 'it is cut off');
    const end = at + LENGTH_BYTES + bytes.readUInt32BE(at);
    const piece = bytes.subarray(at + LENGTH_BYTES, end);
    if (end > bytes.length || piece.length < PROOF_BYTES) throw unreadable(path, 'it is cut off');
    at = end;
    yield openPiece(path, fileKey, piece, nonceOf(number, at === bytes.length));
  }
  if (at === HEAD_BYTES) throw unreadable(path, 'it is cut off');
}

function openPiece(path: string, fileKey: Uint8Array, piece: Buffer, nonce: Uint8Array): string {
  const decipher = createDecipheriv(CIPHER, fileKey, nonce, { authTagLength: PROOF_BYTES });
  decipher.setAuthTag(piece.subarray(piece.length - PROOF_BYTES));
  try {
    const text = decipher.update(piece.subarray(0, piece.length - PROOF_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    throw unreadable(path, 'it was changed or cut off');
  }
}

function fileKeyOf({ secret }: StoreKey, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, 'forebay sealed lines', 32));
}

function nonceOf(number: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt8(isLast ? 1 : 0, 0);
  nonce.writeUInt32BE(number, NONCE_BYTES - 4);
  return nonce;
}

function unreadable(path: string, why: string): Failure {
  return new Failure('STO_SEALED_FILE', `${path} is no sealed file that can be opened: ${why}.`, {
    hint: 'name a file that Forebay sealed, such as beyond.ndjson.sealed in a folder damaged-..., and take it from where it was made',
    exitCode: 1,
  });
}
