import type { KeyObject } from 'node:crypto';
import type { BookNode } from '../../core/sync/targets/hedera/node-book.ts';
import type { AskOutcome, PrepareOutcome, PrepareRequest, SendOutcome } from '../../core/sync/targets/hedera/port.ts';
import type { SdkOptions } from '../../core/sync/targets/hedera/sdk-port.ts';

/** What the thread is given when it begins. */
export type HederaWorkerData = SdkOptions & { readonly privateKey: KeyObject };

export type PublicNetwork = 'mainnet' | 'testnet' | 'previewnet';

export type HederaQuestion = { readonly number: number } & (
  | { readonly kind: 'prepare'; readonly request: PrepareRequest }
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'ask'; readonly id: string }
  /** The address book that came with the SDK. */
  | { readonly kind: 'bundled'; readonly network: PublicNetwork }
);

export interface HederaAnswer {
  readonly number: number;
  readonly outcome: PrepareOutcome | SendOutcome | AskOutcome | readonly BookNode[];
  /** Bytes of the thread's own heap in use. */
  readonly heapBytes: number;
}
