import type { Nanos } from './instant.ts';

/** A public key as mirrors give it: raw bytes in hexadecimal, compressed for ECDSA. */
export interface HederaKey {
  readonly type: 'ED25519' | 'ECDSA_SECP256K1';
  readonly hex: string;
}

/** What every transaction of ours states. The port names three nodes in it, in turn, and signs one body for each. */
export interface PrepareCommon {
  readonly payerId: string;
  readonly validStart: Nanos;
  readonly validForSeconds: number;
  /** The most that the network may charge, in tinybars. */
  readonly feeMaxTinybars: number;
}

export type PrepareRequest = PrepareCommon &
  (
    | { readonly kind: 'message'; readonly topicId: string; readonly message: Uint8Array }
    | { readonly kind: 'topic'; readonly memo: string }
    | ({ readonly kind: 'token' } & NewToken)
    | ({ readonly kind: 'mint' } & Mint)
  );

/**
 * A token of finite supply whose treasury and supply key are those of the account that pays. No other key is set: nobody
 * can change or delete the token, and nobody can take certificates away, freeze or pause them.
 */
export interface NewToken {
  readonly form: 'nft' | 'fungible';
  readonly name: string;
  readonly symbol: string;
  readonly memo: string;
  readonly decimals: number;
  /** In smallest amounts. */
  readonly maxSupply: number;
}

/** One transaction that mints: certificates with their metadata, or an amount of smallest parts. */
export interface Mint {
  readonly tokenId: string;
  readonly memo: string;
  readonly what:
    | { readonly form: 'nft'; readonly metadata: readonly string[] }
    | { readonly form: 'fungible'; readonly amount: number };
}

/**
 * What became of handing a signed transaction to nodes. None of these but a refusal by every node says that it did not
 * happen, and not even that where a node may lie: the mirror decides.
 */
export type SendOutcome =
  | { readonly kind: 'accepted' }
  /** A node knows the id already. */
  | { readonly kind: 'duplicate' }
  /** A node refused it before consensus, by this status of the network (`INSUFFICIENT_PAYER_BALANCE`). */
  | { readonly kind: 'refused'; readonly status: string }
  /** No node answered in a way that says anything. */
  | {
      readonly kind: 'unanswered';
      readonly why: string;
      /** A node whose certificate is not the one of the address book: something in between answers in its place. */
      readonly intercepted?: string;
    };

/** What a node says became of a transaction id. One node's word over a channel that proves nothing. */
export type AskOutcome =
  | { readonly kind: 'known'; readonly status: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unanswered'; readonly why: string };

/** The few things that the SDK does for the target. Never rejects; whatever goes wrong inside is `unanswered`. */
export interface ConsensusPort {
  /** Builds, freezes and signs; sends nothing. The bytes hold everything that sending needs. */
  prepare(request: PrepareRequest, signal: AbortSignal): Promise<PrepareOutcome>;
  send(bytes: Uint8Array, signal: AbortSignal): Promise<SendOutcome>;
  ask(transactionId: string, signal: AbortSignal): Promise<AskOutcome>;
  close(): Promise<void>;
}

export type PrepareOutcome =
  | { readonly kind: 'prepared'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly why: string };
