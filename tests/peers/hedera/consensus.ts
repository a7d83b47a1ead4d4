import type { CancelTimer, Clock } from '../../../core/model/clock.ts';
import type { Random } from '../../../core/model/random.ts';
import { accountIdOf, bigintOf, NANOS_PER_MS, NANOS_PER_SECOND, tokenIdOf, topicIdOf } from './entity-id.ts';
import type { FaultScript } from './fault-script.ts';
import { type Fee, feeOf, totalOf } from './fees.ts';
import { associateToken, createToken, mintToken } from './handle-tokens.ts';
import { createTopic, submitMessage, updateTopic } from './handle-topics.ts';
import type { Effect, NetworkState, TransactionRecord } from './network-state.ts';
import type { ParsedTransaction } from './parse-transaction.ts';

/** Accounts that fees go to besides the node's. */
const NETWORK_FEE_ACCOUNT = '0.0.98';
const SERVICE_FEE_ACCOUNT = '0.0.801';
/** What a node answers for when it lets such a transaction through: the payer pays nothing, and the id is not spent. */
const NODE_FAILURES = ['TRANSACTION_EXPIRED', 'INVALID_TRANSACTION_START', 'INSUFFICIENT_PAYER_BALANCE'];
/** No two transactions are at the same time: where they would be, the later one is this much later. */
const STEP_NS = 1000n;

/** What is known of an id that a node has taken. */
interface Taken {
  readonly nodes: Set<string>;
  readonly validStartNs: bigint;
  lie: Effect | undefined;
}

export interface ConsensusOptions {
  readonly state: NetworkState;
  readonly faults: FaultScript;
  readonly clock: Clock;
  readonly random: Random;
  /** From a node's yes to consensus; each transaction takes between half of it and one and a half. */
  readonly consensusDelayMs: number;
  /** `records.cacheTtl`: how long after consensus a receipt can be had. */
  readonly receiptLifetimeMs: number;
}

/** Puts the transactions of all nodes into one order and carries them out. */
export class Consensus {
  readonly #options: ConsensusOptions;
  readonly #taken = new Map<string, Taken>();
  readonly #timers = new Set<CancelTimer>();
  #lastNs = 0n;
  /** What waits while consensus stands still. */
  #stalled: (() => void)[] | undefined;

  constructor(options: ConsensusOptions) {
    this.#options = options;
  }

  nowNs(): bigint {
    return BigInt(this.#options.clock.wallMs()) * NANOS_PER_MS;
  }

  /** True where a node turns the id away: it took it itself, or the id came to consensus. */
  isDuplicate(nodeId: string, id: string): boolean {
    return this.#taken.get(id)?.nodes.has(nodeId) === true || this.#spent(id) !== undefined;
  }

  /** Takes a transaction that a node has let through. */
  submit(nodeId: string, transaction: ParsedTransaction): void {
    const { faults, clock, random, consensusDelayMs } = this.#options;
    const taken = this.#take(nodeId, transaction);
    if (faults.happens('accepted-and-lost')) return;
    if (faults.happens('receipt-lies')) {
      taken.lie = this.#inventEffect(transaction);
      return;
    }
    const handle = (): void => this.#handle(nodeId, transaction);
    if (this.#stalled !== undefined) this.#stalled.push(handle);
    else if (consensusDelayMs === 0) handle();
    else {
      const cancel = clock.after(consensusDelayMs * (0.5 + random.next()), () => {
        this.#timers.delete(cancel);
        if (this.#stalled === undefined) handle();
        else this.#stalled.push(handle);
      });
      this.#timers.add(cancel);
    }
  }

  /** Nodes go on taking transactions, and none comes to consensus until `resume`. */
  stall(): void {
    this.#stalled ??= [];
  }

  resume(): void {
    const stalled = this.#stalled ?? [];
    this.#stalled = undefined;
    for (const handle of stalled) handle();
  }

  /** What a node says of a transaction: its effects with the one that counts first, or that it knows it or knows it not. */
  receiptsOf(nodeId: string, id: string): readonly Effect[] | 'unknown' | 'not found' {
    const { state, receiptLifetimeMs } = this.#options;
    const oldestNs = this.nowNs() - BigInt(receiptLifetimeMs) * NANOS_PER_MS;
    const records = state.recordsOf(id).filter(({ consensusNs }) => consensusNs > oldestNs);
    if (records.length > 0) return orderByWeight(records).map(({ effect }) => effect);
    const taken = this.#taken.get(id);
    if (taken?.lie !== undefined) return [taken.lie];
    return taken?.nodes.has(nodeId) === true ? 'unknown' : 'not found';
  }

  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #take(nodeId: string, { id, validStartNs }: ParsedTransaction): Taken {
    const taken = this.#taken.get(id) ?? { nodes: new Set<string>(), validStartNs, lie: undefined };
    taken.nodes.add(nodeId);
    this.#taken.set(id, taken);
    return taken;
  }

  /** The record that used the id up, if there is one. */
  #spent(id: string): TransactionRecord | undefined {
    return this.#options.state.recordsOf(id).find(({ effect }) => !NODE_FAILURES.includes(effect.status));
  }

  #handle(nodeId: string, transaction: ParsedTransaction): void {
    const { state } = this.#options;
    const nowNs = this.#nextNs();
    const fee = feeOf(transaction);
    const first = this.#spent(transaction.id);
    const wrong = judgeTime(transaction, nowNs) ?? this.#judgePayer(transaction, fee);
    if (first !== undefined) {
      const paid = first.node === nodeId ? NO_FEE : { ...fee, service: 0n };
      this.#record(nodeId, transaction, nowNs, { status: 'DUPLICATE_TRANSACTION' }, paid);
    } else if (wrong !== undefined) {
      this.#record(nodeId, transaction, nowNs, { status: wrong }, NO_FEE);
    } else if (this.#options.faults.happens('throttled-at-consensus')) {
      this.#record(nodeId, transaction, nowNs, { status: 'THROTTLED_AT_CONSENSUS' }, fee);
    } else {
      this.#record(nodeId, transaction, nowNs, carryOut(state, transaction, nowNs), fee);
    }
  }

  #judgePayer({ payer }: ParsedTransaction, fee: Fee): string | undefined {
    const balance = this.#options.state.accounts.get(payer)?.balance ?? 0n;
    return balance < totalOf(fee) ? 'INSUFFICIENT_PAYER_BALANCE' : undefined;
  }

  #record(nodeId: string, transaction: ParsedTransaction, nowNs: bigint, effect: Effect, fee: Fee): void {
    const { state } = this.#options;
    const { id, name, payer, validStartNs, durationS, maxFee, memo, hash } = transaction;
    const charged = totalOf(fee);
    const transfers = [
      { account: nodeId, amount: fee.node },
      { account: NETWORK_FEE_ACCOUNT, amount: fee.network },
      { account: SERVICE_FEE_ACCOUNT, amount: fee.service },
      { account: payer, amount: -charged },
    ].filter(({ amount }) => amount !== 0n);
    for (const { account, amount } of transfers) state.pay(account, amount, nowNs);
    const moved = effect.status === 'SUCCESS' ? amountsOf(transaction) : [];
    for (const { account, amount } of moved) state.pay(account, amount, nowNs);
    state.addRecord({
      id,
      name,
      node: nodeId,
      payer,
      consensusNs: nowNs,
      validStartNs,
      durationS,
      maxFee,
      memo,
      hash,
      effect,
      entityId: effect.topicId ?? effect.tokenId ?? entityOf(transaction),
      charged,
      transfers: [...transfers, ...moved],
    });
  }

  #nextNs(): bigint {
    // Somewhere in this millisecond, so that whoever drops the digits beyond it is found out.
    const nowNs = this.nowNs() + BigInt(Math.floor(this.#options.random.next() * Number(NANOS_PER_MS)));
    this.#lastNs = nowNs > this.#lastNs ? nowNs : this.#lastNs + STEP_NS;
    return this.#lastNs;
  }

  /** An effect that never was, in the form of a true one. */
  #inventEffect({ body }: ParsedTransaction): Effect {
    const { state, random } = this.#options;
    const number = Math.floor(random.next() * 1000) + 1;
    if (body.consensusCreateTopic) return { status: 'SUCCESS', topicId: state.newEntityId() };
    if (body.tokenCreation) return { status: 'SUCCESS', tokenId: state.newEntityId() };
    if (body.tokenMint) return { status: 'SUCCESS', totalSupply: BigInt(number), serialNumbers: [number] };
    const runningHash = Buffer.from(Array.from({ length: 48 }, () => Math.floor(random.next() * 256)));
    return { status: 'SUCCESS', sequenceNumber: number, runningHash };
  }
}

const NO_FEE: Fee = { node: 0n, network: 0n, service: 0n };

/** The time box as it is at consensus: without the buffer that a node keeps. */
function judgeTime({ validStartNs, durationS }: ParsedTransaction, nowNs: bigint): string | undefined {
  if (validStartNs > nowNs) return 'INVALID_TRANSACTION_START';
  return nowNs >= validStartNs + BigInt(durationS) * NANOS_PER_SECOND ? 'TRANSACTION_EXPIRED' : undefined;
}

/** Receipts that a node answers for come after real outcomes, duplicates last. */
function orderByWeight(records: readonly TransactionRecord[]): TransactionRecord[] {
  const weight = ({ effect }: TransactionRecord): number => {
    if (effect.status === 'DUPLICATE_TRANSACTION') return 2;
    return NODE_FAILURES.includes(effect.status) ? 1 : 0;
  };
  return records.toSorted((a, b) => weight(a) - weight(b));
}

function carryOut(state: NetworkState, transaction: ParsedTransaction, nowNs: bigint): Effect {
  const { body } = transaction;
  if (body.consensusSubmitMessage) return submitMessage(state, transaction, body.consensusSubmitMessage, nowNs);
  if (body.consensusCreateTopic) return createTopic(state, transaction, body.consensusCreateTopic, nowNs);
  if (body.consensusUpdateTopic) return updateTopic(state, transaction, body.consensusUpdateTopic, nowNs);
  if (body.tokenCreation) return createToken(state, transaction, body.tokenCreation, nowNs);
  if (body.tokenMint) return mintToken(state, transaction, body.tokenMint, nowNs);
  if (body.tokenAssociate) return associateToken(state, transaction, body.tokenAssociate);
  const sum = amountsOf(transaction).reduce((total, { amount }) => total + amount, 0n);
  return { status: sum === 0n ? 'SUCCESS' : 'INVALID_ACCOUNT_AMOUNTS' };
}

/** The topic or token that a transaction names. */
function entityOf({ body }: ParsedTransaction): string | null {
  const topic = topicIdOf((body.consensusSubmitMessage ?? body.consensusUpdateTopic)?.topicID);
  return topic ?? tokenIdOf(body.tokenMint?.token) ?? null;
}

function amountsOf({ body }: ParsedTransaction): { account: string; amount: bigint }[] {
  return (body.cryptoTransfer?.transfers?.accountAmounts ?? []).map(({ accountID, amount }) => ({
    account: accountIdOf(accountID) ?? '',
    amount: bigintOf(amount),
  }));
}
