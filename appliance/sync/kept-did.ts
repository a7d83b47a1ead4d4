import { z } from 'zod';
import { base58 } from '../../core/ledger/did-key.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { entriesOfKinds } from '../../core/store/entries.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';

/** A DID message that was signed and kept before anything was sent, so that it stays the same over restarts. */
export interface DidMessage {
  readonly operation: 'create' | 'update';
  readonly network: string;
  readonly topic: string;
  readonly did: string;
  /** Multibase of the key that is the DID's root key once the message is on the topic. */
  readonly owner: string;
  /** The envelope as it is sent, JSON. */
  readonly text: string;
}

/** The newest DID that the ledger says is published. */
export interface PublishedDid {
  readonly network: string;
  readonly topic: string;
  readonly did: string;
  readonly owner: string;
  readonly receipt: JsonObject;
}

const messageSchema = z.object({
  operation: z.enum(['create', 'update']),
  network: z.string(),
  topic: z.string(),
  did: z.string(),
  owner: z.string(),
  text: z.string(),
});
const publishedSchema = z.object({
  network: z.string(),
  topic: z.string(),
  did: z.string(),
  owner: z.string(),
  receipt: z.record(z.string(), z.json()),
});

const MESSAGE = 'did-message';
const ATTEMPTS = 'did-attempts';

export function rootKeyOf(publicKey: Uint8Array): string {
  return `z${base58(publicKey)}`;
}

export function publishedDid(store: ReadableStore, network: string): PublishedDid | undefined {
  for (const { body } of entriesOfKinds(store, ['did'], { order: 'desc' })) {
    const read = publishedSchema.safeParse(body);
    if (read.success && read.data.network === network) return read.data;
  }
  return undefined;
}

/** The message that waits to be published, or undefined; what cannot be read was never sent in that form. */
export function pendingDid(store: ReadableStore): DidMessage | undefined {
  const [text] = intentsOf(store, MESSAGE);
  if (text === undefined) return undefined;
  try {
    return messageSchema.parse(JSON.parse(Buffer.from(text).toString('utf8')));
  } catch {
    return undefined;
  }
}

export function keepDidMessage(write: WritableStore, message: DidMessage): void {
  forgetDid(write);
  keep(write, MESSAGE, Buffer.from(JSON.stringify(message), 'utf8'));
}

export function didAttempts(store: ReadableStore): readonly Uint8Array[] {
  return intentsOf(store, ATTEMPTS);
}

export function keepDidAttempt(write: WritableStore, attempt: Uint8Array): void {
  keep(write, ATTEMPTS, attempt);
}

/** None of the attempts happened or can happen. */
export function forgetDidAttempts(write: WritableStore): void {
  write.run('DELETE FROM target_intents WHERE target = ?', ATTEMPTS);
}

/** Nothing waits to be published any more. */
export function forgetDid(write: WritableStore): void {
  write.run('DELETE FROM target_intents WHERE target IN (?, ?)', MESSAGE, ATTEMPTS);
}

export function didEntry({ text, ...facts }: DidMessage, id: string, receipt: JsonObject): NewEntry {
  return { kind: 'did', body: { v: 1, ...facts, message: text, id, receipt } };
}

function intentsOf(store: ReadableStore, target: string): readonly Uint8Array[] {
  const sql = 'SELECT intent FROM target_intents WHERE target = ? ORDER BY number';
  return store.all<{ intent: Uint8Array }>(sql, target).map(({ intent }) => intent);
}

function keep(write: WritableStore, target: string, intent: Uint8Array): void {
  const sql = `INSERT INTO target_intents (target, number, intent)
    SELECT ?, count(*), ? FROM target_intents WHERE target = ?`;
  write.run(sql, target, intent, target);
}
