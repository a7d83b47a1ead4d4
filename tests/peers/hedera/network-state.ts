import type { KeyProto } from './protobufs.ts';

export interface Account {
  readonly id: string;
  readonly key: KeyProto | null;
  balance: bigint;
  /** Tokens that it is associated with, and how many of each it holds. */
  readonly tokens: Map<string, bigint>;
}

export interface TopicMessage {
  readonly sequenceNumber: number;
  readonly consensusNs: bigint;
  readonly message: Uint8Array;
  readonly payer: string;
  readonly runningHash: Buffer;
  /** Id of the transaction that brought it. */
  readonly transactionId: string;
  readonly chunk: { readonly initialTransactionId: string; readonly number: number; readonly total: number } | null;
}

export interface Topic {
  readonly id: string;
  memo: string;
  adminKey: KeyProto | null;
  submitKey: KeyProto | null;
  readonly autoRenewAccount: string | null;
  readonly autoRenewS: number;
  readonly createdNs: bigint;
  changedNs: bigint;
  runningHash: Buffer;
  readonly messages: TopicMessage[];
}

export interface Nft {
  readonly serialNumber: number;
  readonly metadata: Uint8Array;
  readonly createdNs: bigint;
  readonly owner: string;
}

export interface Token {
  readonly id: string;
  readonly type: 'FUNGIBLE_COMMON' | 'NON_FUNGIBLE_UNIQUE';
  readonly name: string;
  readonly symbol: string;
  readonly memo: string;
  readonly metadata: Uint8Array;
  readonly decimals: number;
  readonly treasury: string;
  readonly adminKey: KeyProto | null;
  readonly supplyKey: KeyProto | null;
  readonly initialSupply: bigint;
  /** 0 where the supply is infinite. */
  readonly maxSupply: bigint;
  totalSupply: bigint;
  readonly createdNs: bigint;
  changedNs: bigint;
  /** Supply after each change of it, by time: what a mirror that is behind still shows. */
  readonly supplies: { readonly atNs: bigint; readonly totalSupply: bigint }[];
  readonly nfts: Nft[];
  /** What the holders of a token's other keys do to it; tests set them. */
  isPaused: boolean;
  isDeleted: boolean;
  readonly frozen: Set<string>;
}

/** What a transaction did, as its receipt says. */
export interface Effect {
  readonly status: string;
  readonly topicId?: string;
  readonly tokenId?: string;
  readonly sequenceNumber?: number;
  readonly runningHash?: Buffer;
  readonly totalSupply?: bigint;
  readonly serialNumbers?: readonly number[];
  readonly tokenTransfers?: readonly { readonly tokenId: string; readonly account: string; readonly amount: bigint }[];
}

/** One row of the network's history: a transaction that came to consensus, whatever became of it. */
export interface TransactionRecord {
  readonly id: string;
  readonly name: string;
  readonly node: string;
  readonly payer: string;
  readonly consensusNs: bigint;
  readonly validStartNs: bigint;
  readonly durationS: number;
  readonly maxFee: bigint;
  readonly memo: string;
  readonly hash: Buffer;
  readonly effect: Effect;
  /** The topic or token that it is about. */
  readonly entityId: string | null;
  readonly charged: bigint;
  readonly transfers: readonly { readonly account: string; readonly amount: bigint }[];
}

/** Balance of an account after each change, by time. */
export interface BalanceChange {
  readonly account: string;
  readonly atNs: bigint;
  readonly balance: bigint;
}

export interface AddressBookNode {
  readonly accountId: string;
  readonly host: string;
  /** SHA-384 over the PEM text of its certificate, hexadecimal. */
  readonly certificateHash: string;
}

/** What all nodes agree on. */
export class NetworkState {
  readonly accounts = new Map<string, Account>();
  readonly topics = new Map<string, Topic>();
  readonly tokens = new Map<string, Token>();
  /** By consensus time. */
  readonly records: TransactionRecord[] = [];
  readonly balances: BalanceChange[] = [];
  /** What the mirror's address book has. */
  addressBook: readonly AddressBookNode[] = [];
  readonly #recordsById = new Map<string, TransactionRecord[]>();
  #nextEntity: number;

  constructor(firstEntity: number) {
    this.#nextEntity = firstEntity;
  }

  newEntityId(): string {
    const id = `0.0.${this.#nextEntity}`;
    this.#nextEntity += 1;
    return id;
  }

  addAccount(id: string, key: KeyProto | null, balance: bigint, atNs: bigint): Account {
    const account = { id, key, balance, tokens: new Map<string, bigint>() };
    this.accounts.set(id, account);
    this.balances.push({ account: id, atNs, balance });
    return account;
  }

  /** Adds to a balance; what goes to an account that the stand-in does not keep is left out. */
  pay(id: string, amount: bigint, atNs: bigint): void {
    const account = this.accounts.get(id);
    if (account === undefined) return;
    account.balance += amount;
    this.balances.push({ account: id, atNs, balance: account.balance });
  }

  addRecord(record: TransactionRecord): void {
    this.records.push(record);
    this.#recordsById.set(record.id, [...this.recordsOf(record.id), record]);
  }

  /** Every record of a transaction id, in consensus order. */
  recordsOf(id: string): readonly TransactionRecord[] {
    return this.#recordsById.get(id) ?? [];
  }
}
