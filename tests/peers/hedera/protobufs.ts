import { createRequire } from 'node:module';

/** A 64-bit integer as protobufjs decodes it; in what is encoded a decimal string stands for it. */
export interface Int64 {
  toString(): string;
}

export interface AccountIdProto {
  shardNum: Int64;
  realmNum: Int64;
  accountNum: Int64 | null;
}

export interface TopicIdProto {
  shardNum: Int64;
  realmNum: Int64;
  topicNum: Int64;
}

export interface TokenIdProto {
  shardNum: Int64;
  realmNum: Int64;
  tokenNum: Int64;
}

export interface TimestampProto {
  seconds: Int64;
  nanos: number;
}

export interface TransactionIdProto {
  transactionValidStart: TimestampProto | null;
  accountID: AccountIdProto | null;
}

export interface KeyProto {
  ed25519?: Uint8Array | null;
  ECDSASecp256k1?: Uint8Array | null;
  keyList?: { keys: KeyProto[] } | null;
  thresholdKey?: { threshold: number; keys: { keys: KeyProto[] } | null } | null;
}

export interface SignaturePairProto {
  pubKeyPrefix: Uint8Array;
  ed25519?: Uint8Array | null;
  ECDSASecp256k1?: Uint8Array | null;
}

export interface SubmitMessageProto {
  topicID: TopicIdProto | null;
  message: Uint8Array;
  chunkInfo: { initialTransactionID: TransactionIdProto | null; total: number; number: number } | null;
}

export interface CreateTopicProto {
  memo: string;
  adminKey: KeyProto | null;
  submitKey: KeyProto | null;
  autoRenewPeriod: { seconds: Int64 } | null;
  autoRenewAccount: AccountIdProto | null;
}

export interface UpdateTopicProto {
  topicID: TopicIdProto | null;
  memo: { value: string } | null;
  adminKey: KeyProto | null;
  submitKey: KeyProto | null;
}

export interface TokenCreateProto {
  name: string;
  symbol: string;
  decimals: number;
  initialSupply: Int64;
  treasury: AccountIdProto | null;
  adminKey: KeyProto | null;
  supplyKey: KeyProto | null;
  memo: string;
  tokenType: number;
  supplyType: number;
  maxSupply: Int64;
  metadata: Uint8Array;
}

export interface TokenMintProto {
  token: TokenIdProto | null;
  amount: Int64;
  metadata: Uint8Array[];
}

export interface TransferProto {
  transfers: { accountAmounts: { accountID: AccountIdProto | null; amount: Int64 }[] } | null;
}

export interface TransactionBodyProto {
  transactionID: TransactionIdProto | null;
  nodeAccountID: AccountIdProto | null;
  transactionFee: Int64;
  transactionValidDuration: { seconds: Int64 } | null;
  memo: string;
  consensusCreateTopic: CreateTopicProto | null;
  consensusUpdateTopic: UpdateTopicProto | null;
  consensusSubmitMessage: SubmitMessageProto | null;
  tokenCreation: TokenCreateProto | null;
  tokenMint: TokenMintProto | null;
  tokenAssociate: { account: AccountIdProto | null; tokens: TokenIdProto[] } | null;
  cryptoTransfer: TransferProto | null;
}

export interface TransactionProto {
  signedTransactionBytes: Uint8Array;
}

export interface QueryHeaderProto {
  payment: TransactionProto | null;
  responseType: number;
}

export interface QueryProto {
  transactionGetReceipt: {
    header: QueryHeaderProto | null;
    transactionID: TransactionIdProto | null;
    includeDuplicates: boolean;
  } | null;
  cryptogetAccountBalance: { header: QueryHeaderProto | null; accountID: AccountIdProto | null } | null;
  cryptoGetInfo: { header: QueryHeaderProto | null; accountID: AccountIdProto | null } | null;
  consensusGetTopicInfo: { header: QueryHeaderProto | null; topicID: TopicIdProto | null } | null;
}

interface Codec<Message> {
  decode(bytes: Uint8Array): Message;
  encode(message: object): { finish(): Uint8Array };
}

interface Protobufs {
  Transaction: Codec<TransactionProto>;
  SignedTransaction: Codec<{ bodyBytes: Uint8Array; sigMap: { sigPair: SignaturePairProto[] } | null }>;
  TransactionBody: Codec<TransactionBodyProto>;
  TransactionResponse: Codec<object>;
  Query: Codec<QueryProto>;
  Response: Codec<object>;
  Key: Codec<KeyProto>;
  ResponseCodeEnum: Readonly<Record<string, number>>;
}

/**
 * The protobufs of the Hedera API, from the very package that the SDK encodes with. It lies beneath the SDK and has no
 * place of its own in package.json; its declarations name half the network, so what the stand-in reads is typed here.
 */
export const { proto } = loadProtobufs();

function loadProtobufs(): { proto: Protobufs } {
  const sdkPath = createRequire(import.meta.url).resolve('@hashgraph/sdk');
  return createRequire(sdkPath)('@hiero-ledger/proto') as { proto: Protobufs };
}

/** The number of a response code, such as `BUSY`. */
export function responseCode(name: string): number {
  const code = proto.ResponseCodeEnum[name];
  if (code === undefined) throw new Error(`the Hedera API has no response code ${name}`);
  return code;
}
