import { z } from 'zod';
import { type Nanos, nanosOf } from './instant.ts';
import { parseTransactionId, type TransactionId, transactionIdText } from './transaction-id.ts';

/**
 * A signed transaction that was made durable before it was sent. Whatever became of it: its bytes have at most one effect,
 * since a network takes an id once, and none after `validStart + validForSeconds`.
 */
export interface Attempt {
  readonly id: TransactionId;
  readonly validForSeconds: number;
  readonly bytes: Uint8Array;
}

const SECOND = 1_000_000_000n;
/** So long before its end a node takes a transaction no more (`ingest` buffer of the consensus nodes). */
const INGEST_BUFFER_SECONDS = 10;
/** What a mirror behind a load balancer may lag behind another that was asked for the time. */
const MARGIN_SECONDS = 10;
/** So long a consensus node keeps a receipt. */
const RECEIPT_SECONDS = 180;

const attemptSchema = z.object({
  v: z.literal(1),
  id: z.string().transform((text, context) => {
    const id = parseTransactionId(text);
    if (id !== undefined) return id;
    context.addIssue({ code: 'custom', message: 'no transaction id' });
    return z.NEVER;
  }),
  validFor: z.int().min(1),
  bytes: z.base64(),
});

/** As it is kept with the delivery: JSON. */
export function attemptIntent({ id, validForSeconds, bytes }: Attempt): Uint8Array {
  const base64 = Buffer.from(bytes).toString('base64');
  return Buffer.from(JSON.stringify({ v: 1, id: transactionIdText(id), validFor: validForSeconds, bytes: base64 }));
}

/**
 * What was kept, oldest first; undefined for what is not of this form, so that nobody takes it for an attempt that was
 * never made.
 */
export function readIntents(intents: readonly Uint8Array[]): readonly Attempt[] | undefined {
  const attempts: Attempt[] = [];
  for (const intent of intents) {
    const read = attemptSchema.safeParse(jsonOf(intent));
    if (!read.success) return undefined;
    const { id, validFor, bytes } = read.data;
    attempts.push({ id, validForSeconds: validFor, bytes: Buffer.from(bytes, 'base64') });
  }
  return attempts;
}

/** Whether a node may still take the bytes at `nowMs` of our clock. */
export function mayBeSent({ id, validForSeconds }: Attempt, nowMs: number): boolean {
  return nanosOf(nowMs) < id.validStart + BigInt(validForSeconds - INGEST_BUFFER_SECONDS) * SECOND;
}

/** Whether a mirror that has imported so far shows the transaction if there ever will be anything to show. */
export function isOverBy({ id, validForSeconds }: Attempt, importedUntil: Nanos): boolean {
  return importedUntil > id.validStart + BigInt(validForSeconds + MARGIN_SECONDS) * SECOND;
}

/**
 * Whether the network's later record is so long beyond the end that no node knows the id any more by itself: a mirror imports
 * the record in its order, so that one which is past this without the transaction contradicts any receipt.
 */
export function isOutlivedBy(attempt: Attempt, importedUntil: Nanos): boolean {
  return isOverBy(attempt, importedUntil - BigInt(RECEIPT_SECONDS) * SECOND);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
