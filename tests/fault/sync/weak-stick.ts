import type { Random } from '../../../core/model/random.ts';
import type { CarrierDisk } from '../../../core/sync/targets/file.ts';

/** A removable disk in memory that is pulled out at every bad moment there is. */
export class WeakStick implements CarrierDisk {
  readonly files = new Map<string, Uint8Array>();
  isIn = true;
  freeBytesNow = 1e9;
  /** How many operations ended in a fault. */
  cuts = 0;
  cutShare: number;
  /** The next file is written whole, and nobody hears of it. */
  isPulledAfterWriting = false;
  readonly #random: Random;
  #standing: Promise<void> | undefined;

  constructor(random: Random, cutShare: number) {
    this.#random = random;
    this.cutShare = cutShare;
  }

  isThere(): Promise<boolean> {
    return Promise.resolve(this.isIn && !this.#isCut());
  }

  list(folder: string): Promise<readonly string[]> {
    if (!this.isIn || this.#isCut()) return Promise.reject(trouble('EIO'));
    const inside = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`));
    return Promise.resolve([...new Set(inside.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))]);
  }

  sizeOf(path: string): Promise<number | undefined> {
    if (!this.isIn || this.#isCut()) return Promise.reject(trouble('EIO'));
    return Promise.resolve(this.files.get(path)?.length);
  }

  read(path: string): Promise<Uint8Array | undefined> {
    if (!this.isIn || this.#isCut()) return Promise.reject(trouble('EIO'));
    return Promise.resolve(this.files.get(path));
  }

  /** The next write waits for the call of what is returned, whatever anybody wants meanwhile. */
  standStill(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#standing = promise;
    return resolve;
  }

  /** Cut before, in the middle of the name beside, or after everything was written and before anybody was told. */
  async write(path: string, bytes: Uint8Array): Promise<void> {
    const standing = this.#standing;
    this.#standing = undefined;
    await standing;
    if (!this.isIn || this.#isCut()) return Promise.reject(trouble('ENOENT'));
    if (this.#isCut()) {
      this.files.set(`${path}.part`, bytes.subarray(0, Math.floor(bytes.length * this.#random.next())));
      return Promise.reject(trouble('EIO'));
    }
    this.files.delete(`${path}.part`);
    this.files.set(path, this.#isCut() ? flipped(bytes, this.#random) : Uint8Array.from(bytes));
    if (!this.isPulledAfterWriting) return this.#isCut() ? Promise.reject(trouble('EIO')) : Promise.resolve();
    this.isPulledAfterWriting = false;
    return Promise.reject(trouble('EIO'));
  }

  freeBytes(): Promise<number> {
    return this.#isCut() ? Promise.reject(trouble('EIO')) : Promise.resolve(this.freeBytesNow);
  }

  #isCut(): boolean {
    const isCut = this.#random.next() < this.cutShare;
    if (isCut) this.cuts += 1;
    return isCut;
  }
}

function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(random.next() * copy.length);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function trouble(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`the stick: ${code}`), { code });
}
