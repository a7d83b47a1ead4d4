import { hash } from 'node:crypto';
import type { Clock } from '../../core/model/clock.ts';

export const LINK_MS = 15 * 60_000;
const LINKS_MAX = 100;
const TOKEN_BYTES = 32;

/** One-time links that sign a browser of this computer's owner in. Only the tokens' hashes are kept. */
export class SignInLinks {
  readonly #clock: Clock;
  readonly #randomBytes: (count: number) => Uint8Array;
  readonly #endsMonotonicMs = new Map<string, number>();

  constructor(clock: Clock, randomBytes: (count: number) => Uint8Array) {
    this.#clock = clock;
    this.#randomBytes = randomBytes;
  }

  /** The token of a new link. With too many unused links the oldest one becomes void. */
  issue(): string {
    const now = this.#clock.monotonicMs();
    for (const [key, endsMs] of this.#endsMonotonicMs) if (endsMs <= now) this.#endsMonotonicMs.delete(key);
    const oldest = this.#endsMonotonicMs.keys().next().value;
    if (this.#endsMonotonicMs.size >= LINKS_MAX && oldest !== undefined) this.#endsMonotonicMs.delete(oldest);
    const token = Buffer.from(this.#randomBytes(TOKEN_BYTES)).toString('base64url');
    this.#endsMonotonicMs.set(hash('sha256', token, 'hex'), now + LINK_MS);
    return token;
  }

  /** Whether the link was valid. It is not any more. */
  redeem(token: string): boolean {
    const key = hash('sha256', token, 'hex');
    const endsMs = this.#endsMonotonicMs.get(key);
    this.#endsMonotonicMs.delete(key);
    return endsMs !== undefined && endsMs > this.#clock.monotonicMs();
  }
}
