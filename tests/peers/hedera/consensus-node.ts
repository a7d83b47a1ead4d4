import type { Consensus } from './consensus.ts';
import { encodeReceipt } from './encode-receipt.ts';
import { accountIdOf, accountIdProto, topicIdOf, topicIdProto, transactionIdOf } from './entity-id.ts';
import type { Fault, FaultScript } from './fault-script.ts';
import { queryFee } from './fees.ts';
import { type GrpcReply, GrpcServer, type ServerCertificate } from './grpc-server.ts';
import type { Effect, NetworkState } from './network-state.ts';
import { parseTransaction } from './parse-transaction.ts';
import { precheck } from './precheck.ts';
import { proto, type QueryHeaderProto, type QueryProto, responseCode, type TransactionIdProto } from './protobufs.ts';
import { loadSecp256k1 } from './signatures.ts';

const TRANSACTION_PATHS = [
  '/proto.ConsensusService/createTopic',
  '/proto.ConsensusService/updateTopic',
  '/proto.ConsensusService/submitMessage',
  '/proto.TokenService/createToken',
  '/proto.TokenService/mintToken',
  '/proto.TokenService/associateTokens',
  '/proto.CryptoService/cryptoTransfer',
];
const REFUSALS: readonly Fault[] = [
  'busy',
  'platform-transaction-not-created',
  'platform-not-active',
  'unknown',
  'invalid-node-account',
  'transaction-expired',
  'invalid-transaction-start',
];
/** Codes of gRPC by fault. */
const GRPC_CODES: Readonly<Partial<Record<Fault, number>>> = {
  'grpc-cancelled': 1,
  'grpc-unknown': 2,
  'grpc-deadline-exceeded': 4,
  'grpc-resource-exhausted': 8,
  'grpc-internal': 13,
  'grpc-unavailable': 14,
  'grpc-17': 17,
};
const GRPC_FAULTS: readonly Fault[] = [...(Object.keys(GRPC_CODES) as Fault[]), 'rst-stream'];
const UNAVAILABLE = 14;
const UNIMPLEMENTED = 12;
const COST_ANSWER = 2;
/** Bytes that no protobuf reader takes: a field that goes on beyond the end. */
const GARBAGE = Buffer.from([0x0a, 0xff, 0xff, 0x03, 0x01]);

export interface ConsensusNodeOptions {
  /** Its account, such as `0.0.3`. */
  readonly id: string;
  readonly state: NetworkState;
  readonly consensus: Consensus;
  readonly faults: FaultScript;
  readonly tls?: ServerCertificate | undefined;
  /** Called when it dies, its yes to a transaction sent. */
  readonly onDeath: (node: ConsensusNode) => void;
}

/** One consensus node: takes transactions and answers queries over gRPC, and fails as its script says. */
export class ConsensusNode {
  readonly id: string;
  readonly server: GrpcServer;
  readonly #options: ConsensusNodeOptions;

  constructor(options: ConsensusNodeOptions) {
    this.id = options.id;
    this.#options = options;
    this.server = new GrpcServer((path, request) => this.#answer(path, request), options.tls);
  }

  async #answer(path: string, request: Buffer): Promise<GrpcReply> {
    const fault = this.#options.faults.firstOf(GRPC_FAULTS);
    if (fault === 'rst-stream') return { kind: 'reset' };
    if (fault !== undefined) return { kind: 'status', code: GRPC_CODES[fault] ?? 0, text: 'scripted fault' };
    try {
      if (TRANSACTION_PATHS.includes(path)) return await this.#take(request);
      const answer = this.#query(proto.Query.decode(request));
      if (answer !== undefined) return { kind: 'message', bytes: proto.Response.encode(answer).finish() };
    } catch (error) {
      return { kind: 'status', code: 2, text: error instanceof Error ? error.message : String(error) };
    }
    return { kind: 'status', code: UNIMPLEMENTED, text: `the stand-in has no ${path}` };
  }

  async #take(bytes: Uint8Array): Promise<GrpcReply> {
    const { faults, state, consensus } = this.#options;
    const refusal = faults.firstOf(REFUSALS);
    if (refusal !== undefined) return transactionReply(refusal.toUpperCase().replaceAll('-', '_'), 0n);
    const transaction = parseTransaction(bytes);
    if (typeof transaction === 'string') return transactionReply(transaction, 0n);
    await loadSecp256k1(transaction.signatures);
    const { code, cost } = precheck(this.id, transaction, state, consensus);
    if (code !== 'OK') return transactionReply(code, cost);
    consensus.submit(this.id, transaction);
    return this.#sayYes();
  }

  #sayYes(): GrpcReply {
    const { faults, onDeath } = this.#options;
    if (faults.happens('accepted-reset')) return { kind: 'cut' };
    if (faults.happens('accepted-hang')) return { kind: 'silence' };
    if (faults.happens('accepted-unavailable')) return { kind: 'status', code: UNAVAILABLE, text: 'scripted fault' };
    if (faults.happens('accepted-busy')) return transactionReply('BUSY', 0n);
    if (faults.happens('accepted-unparsable')) return { kind: 'message', bytes: GARBAGE };
    if (!faults.happens('node-dies-after-accepting')) return transactionReply('OK', 0n);
    return { ...transactionReply('OK', 0n), onSent: () => onDeath(this) };
  }

  #query(query: QueryProto): object | undefined {
    const { transactionGetReceipt, cryptogetAccountBalance, cryptoGetInfo, consensusGetTopicInfo } = query;
    if (transactionGetReceipt) {
      const { transactionID, includeDuplicates } = transactionGetReceipt;
      return { transactionGetReceipt: this.#receipt(transactionID, includeDuplicates) };
    }
    if (cryptogetAccountBalance) {
      return { cryptogetAccountBalance: this.#balance(accountIdOf(cryptogetAccountBalance.accountID) ?? '') };
    }
    if (cryptoGetInfo) {
      const id = accountIdOf(cryptoGetInfo.accountID) ?? '';
      return { cryptoGetInfo: this.#paid(cryptoGetInfo.header, 'INVALID_ACCOUNT_ID', () => this.#accountInfo(id)) };
    }
    if (consensusGetTopicInfo) {
      const id = topicIdOf(consensusGetTopicInfo.topicID) ?? '';
      return {
        consensusGetTopicInfo: this.#paid(consensusGetTopicInfo.header, 'INVALID_TOPIC_ID', () => this.#topicInfo(id)),
      };
    }
    return undefined;
  }

  #receipt(transactionId: TransactionIdProto | null, withDuplicates: boolean): object {
    const { faults, consensus } = this.#options;
    if (faults.happens('busy')) return { header: header('BUSY') };
    const id = transactionIdOf(transactionId);
    if (id === undefined) return { header: header('INVALID_TRANSACTION_ID') };
    const known = consensus.receiptsOf(this.id, id);
    if (known === 'not found' || faults.happens('receipt-not-found')) return { header: header('RECEIPT_NOT_FOUND') };
    if (known === 'unknown' || faults.happens('receipt-unknown')) {
      return { header: header('OK'), receipt: { status: responseCode('UNKNOWN') } };
    }
    const [first = { status: 'UNKNOWN' }, ...others] = known;
    const isBare = first.status === 'SUCCESS' && faults.happens('receipt-status-only');
    const told: Effect = isBare ? { status: 'SUCCESS' } : first;
    return {
      header: header('OK'),
      receipt: encodeReceipt(told),
      duplicateTransactionReceipts: withDuplicates ? others.map(encodeReceipt) : [],
    };
  }

  #balance(id: string): object {
    if (this.#options.faults.happens('busy')) return { header: header('BUSY') };
    const account = this.#options.state.accounts.get(id);
    if (account === undefined) return { header: header('INVALID_ACCOUNT_ID') };
    return { header: header('OK'), accountID: accountIdProto(id), balance: account.balance.toString() };
  }

  /** A query that costs: first it is asked for its price, then it comes with a transfer that pays for it. */
  #paid(asked: QueryHeaderProto | null, absent: string, find: () => object | undefined): object {
    const { faults, state, consensus } = this.#options;
    if (faults.happens('busy')) return { header: header('BUSY') };
    const found = find();
    if (found === undefined) return { header: header(absent) };
    if (asked?.responseType === COST_ANSWER) return { header: header('OK', queryFee()) };
    if (!asked?.payment) return { header: header('INSUFFICIENT_TX_FEE', queryFee()) };
    const payment = parseTransaction(proto.Transaction.encode(asked.payment).finish());
    if (typeof payment === 'string') return { header: header(payment) };
    const { code, cost } = precheck(this.id, payment, state, consensus);
    if (code !== 'OK') return { header: header(code, cost) };
    consensus.submit(this.id, payment);
    return { header: header('OK'), ...found };
  }

  #accountInfo(id: string): object | undefined {
    const account = this.#options.state.accounts.get(id);
    if (account === undefined) return undefined;
    return {
      accountInfo: {
        accountID: accountIdProto(id),
        key: account.key,
        balance: account.balance.toString(),
        // What the SDK cannot read an answer without.
        expirationTime: { seconds: '0', nanos: 0 },
        autoRenewPeriod: { seconds: '7776000' },
      },
    };
  }

  #topicInfo(id: string): object | undefined {
    const topic = this.#options.state.topics.get(id);
    if (topic === undefined) return undefined;
    return {
      topicID: topicIdProto(id),
      topicInfo: {
        memo: topic.memo,
        runningHash: topic.runningHash,
        sequenceNumber: String(topic.messages.length),
        adminKey: topic.adminKey,
        submitKey: topic.submitKey,
        autoRenewPeriod: { seconds: String(topic.autoRenewS) },
        autoRenewAccount: topic.autoRenewAccount === null ? null : accountIdProto(topic.autoRenewAccount),
        ledgerId: Buffer.from([1]),
      },
    };
  }
}

function transactionReply(code: string, cost: bigint): Extract<GrpcReply, { kind: 'message' }> {
  const response = { nodeTransactionPrecheckCode: responseCode(code), cost: cost.toString() };
  return { kind: 'message', bytes: proto.TransactionResponse.encode(response).finish() };
}

function header(code: string, cost = 0n): object {
  return { nodeTransactionPrecheckCode: responseCode(code), responseType: 0, cost: cost.toString() };
}
