import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { findApiKey, listApiKeys } from '../../core/store/api-keys.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { Role } from './schema/session.ts';
import type { OpenSession, SessionBook } from './session-book.ts';

/**
 * `open` is for everybody; a role is for whoever has it or one above it. `push` is for ingest keys and for operators and
 * above: a viewer sees more than an ingest key and still adds nothing.
 */
export type Access = 'open' | 'push' | Exclude<Role, 'ingest'>;

export type Principal = {
  readonly name: string;
  readonly role: Role;
  /** What tells persons apart: `key:<id>`, or `local` for whoever may read the data folder. */
  readonly account: string;
} & (
  | { readonly kind: 'local'; readonly role: 'admin' }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'session'; readonly token: string }
);

export const LOCAL_ACCOUNT = 'local';

export const SESSION_COOKIE = 'forebay_session';

/** Higher may do all that lower may. An ingest key only pushes readings in. */
const RANK: Readonly<Record<Role, number>> = { ingest: 0, viewer: 1, operator: 2, engineer: 3, admin: 4 };

export interface AuthenticatorParts {
  readonly store: ReadableStore;
  readonly sessions: SessionBook;
  /** From the run file; whoever can read that is the user that the appliance runs as. */
  readonly localToken: string;
}

/** Tells who calls. */
export class Authenticator {
  readonly #parts: AuthenticatorParts;

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
  }

  /** Undefined when the request names nobody, or names somebody falsely. A key in a header goes before the cookie. */
  identify(request: FastifyRequest): Principal | undefined {
    const key = keyOf(request);
    if (key !== undefined) return this.#byKey(key);
    const token = request.cookies[SESSION_COOKIE];
    return token === undefined ? undefined : this.#bySession(token);
  }

  /** Whether the principal would still be let in; long answers ask now and then. */
  isInForce(principal: Principal): boolean {
    if (principal.kind === 'local') return true;
    return principal.kind === 'key'
      ? this.#byKey(principal.key) !== undefined
      : this.#bySession(principal.token) !== undefined;
  }

  session(token: string): OpenSession | undefined {
    const session = this.#parts.sessions.find(token);
    if (session?.keyId === undefined) return session;
    const isKeyInForce = listApiKeys(this.#parts.store).some(
      ({ id, revokedAtMs }) => id === session.keyId && revokedAtMs === null,
    );
    return isKeyInForce ? session : undefined;
  }

  #byKey(text: string): Principal | undefined {
    if (isSame(text, this.#parts.localToken)) {
      return { kind: 'local', name: 'local', role: 'admin', account: LOCAL_ACCOUNT };
    }
    const key = findApiKey(this.#parts.store, text);
    if (key === undefined) return undefined;
    return { kind: 'key', name: key.name, role: key.role, account: accountOf(key.id), key: text };
  }

  #bySession(token: string): Principal | undefined {
    const session = this.session(token);
    if (session === undefined) return undefined;
    const { name, role, keyId } = session;
    return { kind: 'session', name, role, account: accountOf(keyId), token };
  }
}

/** A session that no key opened came from the appliance's own sign-in link. */
function accountOf(keyId: string | undefined): string {
  return keyId === undefined ? LOCAL_ACCOUNT : `key:${keyId}`;
}

export function mayCall(role: Role, access: Exclude<Access, 'open'>): boolean {
  if (access === 'push') return role === 'ingest' || RANK[role] >= RANK.operator;
  return RANK[role] >= RANK[access];
}

/** The key that a request brings along, if any. */
export function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['x-api-key'];
  if (typeof header === 'string') return header;
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Hashed first, so that neither content nor length shows in the time it takes. */
function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', wanted, 'buffer'));
}
