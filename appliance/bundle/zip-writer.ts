import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';
import type { BundleMethod, FileFacts } from '../../core/evidence/bundle-format.ts';
import { ZIP_BYTES_MAX } from '../../core/evidence/bundle-format.ts';
import { directory, localHeader, type PlacedMember } from '../../core/evidence/container.ts';
import { Failure } from '../../core/model/failure.ts';

/** Smaller pieces are put together before they are packed. */
const PIECE_BYTES = 128 * 1024;

/**
 * Writes the ZIP of a bundle front to back, one file after the other, in constant memory: a file's header is written
 * again once its lengths are known.
 */
export class ZipWriter {
  readonly #file: FileHandle;
  readonly #members: PlacedMember[] = [];
  #at = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @throws Failure `LED_BUNDLE_TOO_LARGE` when a length passes what a ZIP can say. */
  async add(
    name: string,
    method: BundleMethod,
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<FileFacts> {
    const member = { name, method, crc32: 0, bytes: 0, storedBytes: 0 };
    const headerAt = this.#at;
    await this.#write(localHeader(member));
    const from = this.#at;
    const plain = createHash('sha256');
    const stored = createHash('sha256');
    const measured = async function* () {
      for await (const piece of inPieces(content)) {
        plain.update(piece);
        member.crc32 = crc32(piece, member.crc32);
        member.bytes += piece.length;
        if (member.bytes > ZIP_BYTES_MAX) throw tooLarge();
        yield piece;
      }
    };
    for await (const piece of method === 0 ? measured() : deflate(measured())) {
      stored.update(piece);
      await this.#write(piece);
    }
    member.storedBytes = this.#at - from;
    await writeAll(this.#file, localHeader(member), headerAt);
    this.#members.push({ ...member, from, to: this.#at });
    const { bytes, storedBytes } = member;
    return { name, bytes, sha256: plain.digest('hex'), storedBytes, storedSha256: stored.digest('hex') };
  }

  /** Writes the directory and makes all of it durable. Length of the whole ZIP. */
  async finish(): Promise<number> {
    await this.#write(directory(this.#members));
    await this.#file.sync();
    return this.#at;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#at + bytes.length > ZIP_BYTES_MAX) throw tooLarge();
    await writeAll(this.#file, bytes, this.#at);
    this.#at += bytes.length;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let at = 0;
  while (at < bytes.length) at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
}

async function* inPieces(content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of content) {
    waiting.push(bytes);
    length += bytes.length;
    if (length < PIECE_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(waiting);
}

async function* deflate(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const deflating = createDeflateRaw();
  const input = Readable.from(pieces);
  input.on('error', (error) => deflating.destroy(error));
  input.pipe(deflating);
  for await (const chunk of deflating) yield chunk as Uint8Array;
}

function tooLarge(): Failure {
  return new Failure('LED_BUNDLE_TOO_LARGE', 'The bundle would pass 4 GiB, which is the most that it may hold.', {
    hint: 'make several bundles of shorter periods, or leave out --samples',
    exitCode: 2,
  });
}
