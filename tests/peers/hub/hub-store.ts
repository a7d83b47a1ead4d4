import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type CheckedUpload, readEntry } from './check-upload.ts';
import { PlantKeys } from './plant-keys.ts';
import { hashLeaf, Peaks } from './tree.ts';

/** A test may throw here, as a crash before that step would. */
export type BeforeStep = (step: 'second half' | 'standing' | 'answer') => void;

interface Standing {
  readonly origin: string;
  readonly size: number;
  /** Length of the entries' file that counts; what lies behind it was cut short. */
  readonly bytes: number;
  /** The note that was given for it, always the same one. */
  readonly note: string;
}

/**
 * One ledger in a folder of its own: `entries.ndjson`, and `standing.json`, which says how much of it counts and is put
 * in place once the entries are durable. A crash at any moment leaves the one standing or the other.
 */
export class HeldLedger {
  readonly folder: string;
  readonly origin: string;
  readonly #acknowledge: (size: number, root: Uint8Array) => string;
  readonly #beforeStep: BeforeStep;
  #peaks = new Peaks();
  #keys = new PlantKeys();
  #standing: Standing;

  constructor(
    root: string,
    origin: string,
    acknowledge: (size: number, root: Uint8Array) => string,
    beforeStep: BeforeStep = () => undefined,
  ) {
    this.#beforeStep = beforeStep;
    this.folder = join(root, createHash('sha256').update(origin).digest('hex').slice(0, 16));
    this.origin = origin;
    this.#acknowledge = acknowledge;
    mkdirSync(join(this.folder, 'uploads'), { recursive: true });
    const path = join(this.folder, 'standing.json');
    this.#standing = existsSync(path)
      ? (JSON.parse(readFileSync(path, 'utf8')) as Standing)
      : { origin, size: 0, bytes: 0, note: acknowledge(0, this.#peaks.root()) };
    for (const [index, line] of this.#lines().entries()) {
      this.#keys.follow(readEntry(line, index), () => this.#peaks.root(), undefined);
      this.#peaks.add(hashLeaf(line));
    }
    if (this.#peaks.size !== this.#standing.size) throw new Error(`${this.folder}: the entries are not whole`);
  }

  get note(): string {
    return this.#standing.note;
  }

  get peaks(): Peaks {
    return this.#peaks;
  }

  /** The plant's keys as the entries name them. */
  get keys(): PlantKeys {
    return this.#keys;
  }

  /** The entries as they came, in their order. */
  entries(): readonly string[] {
    return this.#lines().map((line) => line.toString('utf8'));
  }

  take({ lines, peaks, keys }: CheckedUpload): void {
    const added = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
    const file = openSync(join(this.folder, 'entries.ndjson'), 'a+');
    ftruncateSync(file, this.#standing.bytes);
    try {
      // In two parts, so that a test can end it in between.
      const half = Math.floor(added.length / 2);
      writeSync(file, added.subarray(0, half));
      this.#beforeStep('second half');
      writeSync(file, added.subarray(half));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    this.#beforeStep('standing');
    const { size } = peaks;
    const bytes = this.#standing.bytes + added.length;
    const standing = { origin: this.origin, size, bytes, note: this.#acknowledge(size, peaks.root()) };
    const path = join(this.folder, 'standing.json');
    writeFileSync(`${path}.part`, JSON.stringify(standing), { flush: true });
    renameSync(`${path}.part`, path);
    const folder = openSync(this.folder, 'r');
    fsyncSync(folder);
    closeSync(folder);
    this.#beforeStep('answer');
    this.#peaks = peaks;
    this.#keys = keys;
    this.#standing = standing;
  }

  uploadPath(digest: string): string {
    return join(this.folder, 'uploads', digest);
  }

  /** How much of the upload is here; undefined where nothing is known of it. */
  offsetOf(digest: string): number | undefined {
    return statSync(this.uploadPath(digest), { throwIfNoEntry: false })?.size;
  }

  forget(digest: string): void {
    rmSync(this.uploadPath(digest), { force: true });
  }

  #lines(): Buffer[] {
    const path = join(this.folder, 'entries.ndjson');
    const whole = existsSync(path) ? readFileSync(path).subarray(0, this.#standing.bytes) : Buffer.alloc(0);
    const lines: Buffer[] = [];
    for (let from = 0; from < whole.length; ) {
      const end = whole.indexOf('\n', from);
      lines.push(whole.subarray(from, end));
      from = end + 1;
    }
    return lines;
  }
}
