import { hash } from 'node:crypto';
import type { Clock } from '../../core/model/clock.ts';
import type { Role } from './schema/session.ts';

export interface NewSession {
  readonly name: string;
  readonly role: Role;
  /** The API key it was opened with; the session ends when the key is revoked. */
  readonly keyId?: string;
}

export interface OpenSession extends NewSession {
  readonly expiresAtMs: number;
}

interface HeldSession extends NewSession {
  readonly endsMonotonicMs: number;
}

export const SESSION_MS = 12 * 3_600_000;
const SESSIONS_MAX = 1000;
const TOKEN_BYTES = 32;

/**
 * Sessions of the console, in memory: a restart signs everybody out. A token is 256 random bits, of which only the
 * hash is kept. Time runs on the monotonic clock, so that a stepped wall clock neither ends nor prolongs a session.
 */
export class SessionBook {
  readonly #clock: Clock;
  readonly #randomBytes: (count: number) => Uint8Array;
  readonly #sessions = new Map<string, HeldSession>();

  constructor(clock: Clock, randomBytes: (count: number) => Uint8Array) {
    this.#clock = clock;
    this.#randomBytes = randomBytes;
  }

  /** The token for the cookie. With too many sessions open the oldest one ends. */
  open(session: NewSession): string {
    this.#forgetEnded();
    const token = Buffer.from(this.#randomBytes(TOKEN_BYTES)).toString('base64url');
    const oldest = this.#sessions.keys().next().value;
    if (this.#sessions.size >= SESSIONS_MAX && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(tokenHash(token), { ...session, endsMonotonicMs: this.#clock.monotonicMs() + SESSION_MS });
    return token;
  }

  find(token: string): OpenSession | undefined {
    const held = this.#sessions.get(tokenHash(token));
    if (held === undefined) return undefined;
    const { endsMonotonicMs, ...session } = held;
    const leftMs = endsMonotonicMs - this.#clock.monotonicMs();
    return leftMs > 0 ? { ...session, expiresAtMs: this.#clock.wallMs() + Math.floor(leftMs) } : undefined;
  }

  close(token: string): void {
    this.#sessions.delete(tokenHash(token));
  }

  #forgetEnded(): void {
    const now = this.#clock.monotonicMs();
    for (const [key, { endsMonotonicMs }] of this.#sessions) if (endsMonotonicMs <= now) this.#sessions.delete(key);
  }
}

function tokenHash(token: string): string {
  return hash('sha256', token, 'hex');
}
