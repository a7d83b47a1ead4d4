import { hash, timingSafeEqual } from 'node:crypto';
import type { ReadableStore, WritableStore } from './handle.ts';

export const API_ROLES = ['viewer', 'operator', 'engineer', 'admin', 'ingest'] as const;
export type ApiRole = (typeof API_ROLES)[number];

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: ApiRole;
  readonly createdAtMs: number;
  /** Null while the key is in force. */
  readonly revokedAtMs: number | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly role: ApiRole;
  readonly nowMs: number;
}

const ID_BYTES = 8;
const SECRET_BYTES = 32;
/** `fbk_<id, 16 hex>_<256 random bits, base64url>`. */
const KEY = /^fbk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/**
 * Makes a key. The key itself is returned once and kept nowhere; the store holds the SHA-256 of its 256 random bits,
 * which needs no slow hash because nobody can try that many.
 */
export function createApiKey(
  write: WritableStore,
  { name, role, nowMs }: NewApiKey,
  randomBytes: (count: number) => Uint8Array,
): { readonly id: string; readonly key: string } {
  const id = Buffer.from(randomBytes(ID_BYTES)).toString('hex');
  const secret = Buffer.from(randomBytes(SECRET_BYTES));
  const sql = 'INSERT INTO api_keys (id, name, role, hash, created_at_ms) VALUES (?, ?, ?, ?, ?)';
  write.run(sql, id, name, role, hash('sha256', secret, 'buffer'), nowMs);
  return { id, key: `fbk_${id}_${secret.toString('base64url')}` };
}

/** The key that `text` is, if it is in force; undefined for any other text. */
export function findApiKey(store: ReadableStore, text: string): ApiKey | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const row = store.get<ApiKey & { hash: Uint8Array }>(`${SELECT}, hash FROM api_keys WHERE id = ?`, id);
  if (row === undefined || row.revokedAtMs !== null) return undefined;
  const given = hash('sha256', Buffer.from(secret, 'base64url'), 'buffer');
  const { hash: kept, ...key } = row;
  return timingSafeEqual(given, kept) ? key : undefined;
}

/** All keys, revoked ones too, oldest first. */
export function listApiKeys(store: ReadableStore): ApiKey[] {
  return store.all<ApiKey>(`${SELECT} FROM api_keys ORDER BY created_at_ms, id`);
}

/** Whether there was such a key in force. It answers no call from now on. */
export function revokeApiKey(write: WritableStore, id: string, nowMs: number): boolean {
  const sql = 'UPDATE api_keys SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL';
  return write.run(sql, nowMs, id).changes === 1;
}

const SELECT = 'SELECT id, name, role, created_at_ms AS createdAtMs, revoked_at_ms AS revokedAtMs';
