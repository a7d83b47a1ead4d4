import { createHash } from 'node:crypto';
import type { DeliverOutcome } from '../../target.ts';
import type { WebClient, WebOutcome, WebReply } from '../../web.ts';
import { mayPass, retryAfterMs, statusFault } from '../../web-status.ts';
import type { Coding } from './coding.ts';
import { malformed, refusedByHub, restless } from './hub-faults.ts';

/** The way to the hub for one attempt. */
export interface HubLink {
  readonly client: WebClient;
  /** Where this ledger lies at the hub, without a slash at its end. */
  readonly ledgerUrl: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly wallMs: () => number;
}

export interface Upload {
  readonly bytes: Uint8Array;
  readonly coding: Coding;
  /** An earlier attempt may have left its beginning there. */
  readonly mayHaveBegun: boolean;
  /** Whether the delivery has taken so long that the rest is for the next one. */
  readonly isTimeUp: () => boolean;
}

export type UploadOutcome =
  /** The hub signed what it holds now: with the upload, or without it since it stands elsewhere. */
  | { readonly kind: 'stands'; readonly note: Uint8Array }
  /** It takes no body of this length. */
  | { readonly kind: 'too-long' }
  /** It has taken a piece, and time is up. */
  | { readonly kind: 'paused' }
  /** It wants another coding. */
  | { readonly kind: 'other-coding'; readonly accepted: string | undefined }
  | Exclude<DeliverOutcome, { kind: 'delivered' }>;

/**
 * So much is sent with one request, within a minute over 10 kbit/s: between them the hub says how much it has, whatever
 * stands between buffers.
 */
export const PIECE_BYTES = 65_536;
/** A shorter upload is sent at once rather than asking first how much of it is there. */
const ASK_FROM_BYTES = 16_384;
/** So often the hub may name another offset than the one expected. */
const CORRECTIONS_MAX = 3;
/** The hub's words in a sentence for a person. */
const WORDS_CHARS_MAX = 200;

/**
 * Sends the bytes under their SHA-256, going on where an earlier attempt left off: PATCH with `Upload-Offset`, after the
 * IETF draft on resumable uploads (docs/hub-api.yaml). Offsets count coded bytes.
 */
export async function upload(
  link: HubLink,
  { bytes, coding, mayHaveBegun, isTimeUp }: Upload,
  signal: AbortSignal,
): Promise<UploadOutcome> {
  const digest = createHash('sha256').update(bytes).digest('hex');
  const url = `${link.ledgerUrl}/uploads/${digest}`;
  let offset = 0;
  let corrections = 0;
  if (mayHaveBegun && bytes.length >= ASK_FROM_BYTES) {
    const asked = await link.client.request({ method: 'HEAD', url, headers: link.headers }, signal);
    if (asked.kind === 'failed') return { kind: 'later', fault: asked.fault };
    offset = Math.min(offsetOf(asked.reply) ?? 0, bytes.length);
  }
  for (;;) {
    const end = Math.min(bytes.length, offset + PIECE_BYTES);
    const outcome = await sendPiece(link, url, { bytes, coding, offset, end }, signal);
    if (outcome.kind === 'failed') {
      return { kind: outcome.mayHaveArrived ? 'unknown' : 'later', fault: outcome.fault };
    }
    const next = offsetOf(outcome.reply);
    // The last piece is answered with a note: a hub that takes it without a word would be sent nothing for ever.
    const isTaken = outcome.reply.status === 204 && next === end && end < bytes.length;
    const isElsewhere = outcome.reply.status === 409 && next !== undefined && next <= bytes.length;
    if (!isTaken && !isElsewhere) return conclude(outcome.reply, link);
    if (isElsewhere) corrections += 1;
    if (corrections > CORRECTIONS_MAX) return { kind: 'later', fault: restless() };
    offset = next;
    if (isTaken && isTimeUp()) return { kind: 'paused' };
  }
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly coding: Coding;
  readonly offset: number;
  readonly end: number;
}

function sendPiece(link: HubLink, url: string, piece: Piece, signal: AbortSignal): Promise<WebOutcome> {
  const { bytes, coding, offset, end } = piece;
  const headers = {
    ...link.headers,
    'content-type': 'application/partial-upload',
    // Of the whole upload and not of the piece: it is put together before it is decoded.
    ...(coding === 'identity' ? {} : { 'content-encoding': coding }),
    'upload-offset': String(offset),
    'upload-length': String(bytes.length),
    'upload-complete': end === bytes.length ? '?1' : '?0',
  };
  const body = bytes.subarray(offset, end);
  return link.client.request({ method: 'PATCH', url, headers, body, isIdempotent: true }, signal);
}

/** How long an upload may be, by the `Upload-Limit` of a reply. What is too long is not sent to be refused. */
export function longestUpload({ headers }: WebReply): number {
  const [, text] = /(?:^|,)\s*max-size=(\d{1,15})\s*(?:$|[,;])/.exec(headers['upload-limit'] ?? '') ?? [];
  return text === undefined ? Number.POSITIVE_INFINITY : Number(text);
}

function offsetOf({ headers }: WebReply): number | undefined {
  const text = headers['upload-offset'];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function conclude(reply: WebReply, link: HubLink): UploadOutcome {
  const { status, headers, body } = reply;
  if (status === 200 || (status === 409 && isNote(reply))) return { kind: 'stands', note: body };
  if (status === 413) return { kind: 'too-long' };
  if (status === 415) return { kind: 'other-coding', accepted: headers['accept-encoding'] };
  if (status === 422) return { kind: 'refused', fault: refusedByHub(wordsOf(reply)) };
  if (status < 300 || status === 409) return { kind: 'unknown', fault: malformed(`status ${status}`) };
  return statusOutcome(reply, link);
}

/** What a status that is no answer of the hub's own means for the delivery. */
export function statusOutcome(
  reply: WebReply,
  { host, wallMs }: HubLink,
): Exclude<DeliverOutcome, { kind: 'delivered' }> {
  const fault = statusFault(reply, host);
  // What failed half-way may have been taken all the same.
  if (reply.status >= 500 && reply.status !== 503) return { kind: 'unknown', fault };
  const afterMs = mayPass(reply) ? retryAfterMs(reply, wallMs()) : undefined;
  return { kind: 'later', fault, ...(afterMs === undefined ? {} : { afterMs }) };
}

function isNote({ headers }: WebReply): boolean {
  return /^text\/plain\b/i.test(headers['content-type'] ?? '');
}

/** The `detail` of a problem document (RFC 9457), in one short line. */
function wordsOf({ body }: WebReply): string {
  try {
    const { detail } = JSON.parse(Buffer.from(body).toString('utf8')) as { detail?: unknown };
    return typeof detail === 'string'
      ? detail
          .replaceAll(/[\p{C}\s"]+/gu, ' ')
          .trim()
          .slice(0, WORDS_CHARS_MAX)
      : '';
  } catch {
    return '';
  }
}
