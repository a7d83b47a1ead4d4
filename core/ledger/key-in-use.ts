import type { DeviceKey } from './device-key.ts';

/**
 * The device key of a program that runs for years: whoever holds this object signs with the key that is in force then.
 * Nobody may keep a copy of its members over a turn, save `name`, which is the ledger's and never changes.
 */
export class KeyInUse implements DeviceKey {
  #key: DeviceKey;

  constructor(key: DeviceKey) {
    this.#key = key;
  }

  /** Bound, since holders take it out of the object for one call. */
  readonly sign = (bytes: Uint8Array): Uint8Array => this.#key.sign(bytes);

  get publicKey(): Uint8Array {
    return this.#key.publicKey;
  }

  get name(): string {
    return this.#key.name;
  }

  get verifierKey(): string {
    return this.#key.verifierKey;
  }

  /** In the turn in which the ledger names `next`. */
  becomes(next: DeviceKey): void {
    this.#key = next;
  }
}
