import type { Fault } from '../../core/model/fault.ts';
import type { Question } from './read-codec.ts';

/** The numbers of one device's connection, whichever links its questions went over. */
export interface Tally {
  requests: number;
  timeouts: number;
  strangers: number;
  /** Function codes that were sent, with how often. */
  readonly sent: Map<number, number>;
}

export type Reply =
  | { readonly kind: 'data'; readonly bytes: Uint8Array; readonly readAtMs: number }
  | { readonly kind: 'exception'; readonly exception: number }
  /** No answer in time, or given up; `isDamaged`: something came that could not be understood. */
  | { readonly kind: 'silent'; readonly isDamaged: boolean }
  /** No answer, and the link is spent. */
  | { readonly kind: 'lost'; readonly fault: Fault };

/** One way to one or more devices, open now, used for one question at a time. */
export interface Link {
  /** False once the way is lost; it does not come back. */
  readonly isUsable: boolean;
  /** Never rejects. `tally` counts what happens until the reply is there. */
  request(question: Question, timeoutMs: number, tally: Tally): Promise<Reply>;
  /** Gives up the question that is on its way: it counts as silent. */
  abandon(): void;
  close(): void;
}

export type LinkOutcome =
  | { readonly kind: 'open'; readonly link: Link }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Whole frames that came on a link without being asked for. */
export interface Heard {
  /** A reply that answers nothing; `cells` stand only during the call. */
  surplus(unitId: number, functionCode: number, cells: Uint8Array): void;
  /** Another master asks on the same line. */
  foreignRequest(unitId: number, functionCode: number, cells: number): void;
}

/** Opens a link; never rejects, and gives up when `signal` aborts. */
export type OpenLink = (signal: AbortSignal, heard: Heard) => Promise<LinkOutcome>;

export function countRequest(tally: Tally, functionCode: number): void {
  tally.requests += 1;
  tally.sent.set(functionCode, (tally.sent.get(functionCode) ?? 0) + 1);
}
