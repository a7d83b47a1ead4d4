import { z } from 'zod';
import type { JsonObject } from '../model/json.ts';
import { canonicalize } from './canonical.ts';
import type { DeviceKey } from './device-key.ts';
import type { NewEntry } from './entry.ts';
import { parseVerifierKey, signatureChecker, type VerifierKey } from './verifier-key.ts';

/**
 * Tells the statement apart from everything else that a device key signs: no reading and no checkpoint can have it.
 */
const PURPOSE = 'forebay/key-change/v1';

const HASH_BASE64 = /^[A-Za-z0-9+/]{43}=$/;
const SIGNATURE_BASE64 = /^[A-Za-z0-9+/]{86}==$/;

/** What is signed, in canonical form, by the new key and, where it still exists, by the old one. */
export const keyStatementSchema = z.strictObject({
  purpose: z.literal(PURPOSE),
  /** `rotated`: the old key names its successor. `lost`: the old key is gone, so nothing of it vouches for the new. */
  event: z.enum(['rotated', 'lost']),
  /** Verifier keys: the one in force before, and the one that signs from the entry after this on. */
  from: z.string(),
  to: z.string(),
  /** Size and root (base64) of the ledger before this entry: the statement is of no other ledger and no other place. */
  size: z.int().min(1),
  root: z.string().regex(HASH_BASE64),
  reason: z.string().min(1),
  by: z.string().min(1),
});

export const keyBodySchema = z.discriminatedUnion('event', [
  z.strictObject({
    v: z.literal(1),
    event: z.literal('rotated'),
    statement: keyStatementSchema,
    newSignature: z.string().regex(SIGNATURE_BASE64),
    oldSignature: z.string().regex(SIGNATURE_BASE64),
  }),
  z.strictObject({
    v: z.literal(1),
    event: z.literal('lost'),
    statement: keyStatementSchema,
    newSignature: z.string().regex(SIGNATURE_BASE64),
  }),
]);

export type KeyStatement = z.infer<typeof keyStatementSchema>;
export type KeyBody = z.infer<typeof keyBodySchema>;

/** A key that signs statements: its private half is at hand. */
export type SigningKey = Pick<DeviceKey, 'sign' | 'verifierKey'>;

export interface KeyChange {
  readonly newKey: SigningKey;
  /** The key in force, or its verifier key alone when its private half is lost. */
  readonly oldKey: SigningKey | { readonly lost: string };
  /** The ledger as it is before the entry. */
  readonly head: { readonly size: number; readonly root: Uint8Array };
  readonly reason: string;
  readonly by: string;
}

/** The entry that puts another device key in force. It is the last one of its write. */
export function makeKeyEntry({ newKey, oldKey, head, reason, by }: KeyChange): NewEntry {
  const isLost = 'lost' in oldKey;
  const event = isLost ? 'lost' : 'rotated';
  const from = isLost ? oldKey.lost : oldKey.verifierKey;
  const root = Buffer.from(head.root).toString('base64');
  const statement = { purpose: PURPOSE, event, from, to: newKey.verifierKey, size: head.size, root, reason, by };
  const bytes = Buffer.from(canonicalize(statement), 'utf8');
  const signed = { v: 1, event, statement, newSignature: base64(newKey.sign(bytes)) };
  return { kind: 'key', body: isLost ? signed : { ...signed, oldSignature: base64(oldKey.sign(bytes)) } };
}

export interface CheckedKeyChange {
  readonly event: KeyStatement['event'];
  readonly from: VerifierKey;
  readonly to: VerifierKey;
  readonly reason: string;
  readonly by: string;
}

/**
 * The change that the body of a `key` entry states, if its form is right and the signatures that it must carry hold;
 * else why not, as the end of a sentence. Whether it fits its place in the ledger is for `KeyChain` to say.
 */
export function checkKeyBody(body: JsonObject): CheckedKeyChange | string {
  const parsed = keyBodySchema.safeParse(body);
  if (!parsed.success) return 'has not the form of a key change';
  const { data } = parsed;
  const { statement } = data;
  const from = parseVerifierKey(statement.from);
  const to = parseVerifierKey(statement.to);
  if (statement.event !== data.event || from === undefined || to === undefined)
    return 'has not the form of a key change';
  const bytes = Buffer.from(canonicalize(statement), 'utf8');
  if (!signatureChecker(to.publicKey)(bytes, Buffer.from(data.newSignature, 'base64'))) {
    return 'is not signed by the new key';
  }
  if (data.event === 'rotated' && !signatureChecker(from.publicKey)(bytes, Buffer.from(data.oldSignature, 'base64'))) {
    return 'is not signed by the key that it replaces';
  }
  return { event: data.event, from, to, reason: statement.reason, by: statement.by };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
