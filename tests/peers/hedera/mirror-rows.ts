import { NANOS_PER_MS, timestampText } from './entity-id.ts';
import type {
  Account,
  AddressBookNode,
  NetworkState,
  Nft,
  Token,
  Topic,
  TopicMessage,
  TransactionRecord,
} from './network-state.ts';
import { type KeyProto, proto } from './protobufs.ts';
import { RUNNING_HASH_VERSION } from './running-hash.ts';

/** A row of the mirror's REST API, as its openapi.yml describes it. */
export type Row = Record<string, unknown>;

const AUTO_RENEW_S = 7_776_000;

export function keyRow(key: KeyProto | null): Row | null {
  if (key === null) return null;
  if (key.ed25519 && key.ed25519.length > 0) return { _type: 'ED25519', key: hex(key.ed25519) };
  if (key.ECDSASecp256k1 && key.ECDSASecp256k1.length > 0) {
    return { _type: 'ECDSA_SECP256K1', key: hex(key.ECDSASecp256k1) };
  }
  return { _type: 'ProtobufEncoded', key: hex(proto.Key.encode(key).finish()) };
}

export function topicRow(topic: Topic): Row {
  return {
    admin_key: keyRow(topic.adminKey),
    auto_renew_account: topic.autoRenewAccount,
    auto_renew_period: topic.autoRenewS,
    created_timestamp: timestampText(topic.createdNs),
    custom_fees: { created_timestamp: timestampText(topic.createdNs), fixed_fees: [] },
    deleted: false,
    fee_exempt_key_list: [],
    fee_schedule_key: null,
    memo: topic.memo,
    submit_key: keyRow(topic.submitKey),
    timestamp: { from: timestampText(topic.changedNs), to: null },
    topic_id: topic.id,
  };
}

export function messageRow(topic: Topic, message: TopicMessage): Row {
  const { chunk } = message;
  return {
    chunk_info: chunk && {
      initial_transaction_id: transactionIdRow(chunk.initialTransactionId),
      number: chunk.number,
      total: chunk.total,
    },
    consensus_timestamp: timestampText(message.consensusNs),
    message: base64(message.message),
    payer_account_id: message.payer,
    running_hash: base64(message.runningHash),
    running_hash_version: RUNNING_HASH_VERSION,
    sequence_number: message.sequenceNumber,
    topic_id: topic.id,
  };
}

function transactionIdRow(id: string): Row {
  const [account, seconds, nanos] = id.split('-');
  return { account_id: account, nonce: 0, scheduled: false, transaction_valid_start: `${seconds}.${nanos}` };
}

export function transactionRow(record: TransactionRecord): Row {
  return {
    batch_key: null,
    bytes: null,
    charged_tx_fee: Number(record.charged),
    consensus_timestamp: timestampText(record.consensusNs),
    entity_id: record.entityId,
    max_custom_fees: [],
    max_fee: record.maxFee.toString(),
    memo_base64: base64(Buffer.from(record.memo)),
    name: record.name,
    nft_transfers: (record.effect.serialNumbers ?? []).map((serialNumber) => ({
      is_approval: false,
      receiver_account_id: record.payer,
      sender_account_id: null,
      serial_number: serialNumber,
      token_id: record.entityId,
    })),
    node: record.node,
    nonce: 0,
    parent_consensus_timestamp: null,
    result: record.effect.status,
    scheduled: false,
    staking_reward_transfers: [],
    token_transfers: (record.effect.tokenTransfers ?? []).map(({ tokenId, account, amount }) => ({
      account,
      amount: Number(amount),
      is_approval: false,
      token_id: tokenId,
    })),
    transaction_hash: base64(record.hash),
    transaction_id: record.id,
    transfers: record.transfers.map(({ account, amount }) => ({ account, amount: Number(amount), is_approval: false })),
    valid_duration_seconds: String(record.durationS),
    valid_start_timestamp: timestampText(record.validStartNs),
  };
}

/** `seenNs` is the moment up to which the mirror has imported. */
export function accountRow(state: NetworkState, account: Account, seenNs: bigint): Row {
  return {
    account: account.id,
    alias: null,
    auto_renew_period: AUTO_RENEW_S,
    balance: {
      balance: balanceAt(state, account.id, seenNs),
      timestamp: timestampText(seenNs),
      tokens: tokenBalances(account),
    },
    created_timestamp: null,
    decline_reward: false,
    deleted: false,
    ethereum_nonce: 0,
    evm_address: null,
    expiry_timestamp: null,
    key: keyRow(account.key),
    max_automatic_token_associations: 0,
    memo: '',
    pending_reward: 0,
    receiver_sig_required: false,
    staked_account_id: null,
    staked_node_id: null,
    stake_period_start: null,
  };
}

export function balanceRow(state: NetworkState, account: Account, seenNs: bigint): Row {
  return {
    account: account.id,
    balance: balanceAt(state, account.id, seenNs),
    tokens: tokenBalances(account),
  };
}

function balanceAt(state: NetworkState, id: string, seenNs: bigint): number {
  const change = state.balances.findLast(({ account, atNs }) => account === id && atNs <= seenNs);
  return Number(change?.balance ?? 0n);
}

function tokenBalances(account: Account): Row[] {
  return [...account.tokens].map(([tokenId, balance]) => ({ token_id: tokenId, balance: Number(balance) }));
}

export function tokenRow(token: Token, seenNs: bigint): Row {
  const supply = token.supplies.findLast(({ atNs }) => atNs <= seenNs);
  return {
    admin_key: keyRow(token.adminKey),
    auto_renew_account: null,
    auto_renew_period: null,
    created_timestamp: timestampText(token.createdNs),
    custom_fees: { created_timestamp: timestampText(token.createdNs), fixed_fees: [], fractional_fees: [] },
    decimals: String(token.decimals),
    deleted: token.isDeleted,
    expiry_timestamp: null,
    fee_schedule_key: null,
    freeze_default: false,
    freeze_key: null,
    initial_supply: token.initialSupply.toString(),
    kyc_key: null,
    max_supply: token.maxSupply.toString(),
    memo: token.memo,
    metadata: base64(token.metadata),
    metadata_key: null,
    modified_timestamp: timestampText(supply?.atNs ?? token.createdNs),
    name: token.name,
    pause_key: null,
    pause_status: token.isPaused ? 'PAUSED' : 'NOT_APPLICABLE',
    supply_key: keyRow(token.supplyKey),
    supply_type: token.maxSupply === 0n ? 'INFINITE' : 'FINITE',
    symbol: token.symbol,
    token_id: token.id,
    total_supply: (supply?.totalSupply ?? token.initialSupply).toString(),
    treasury_account_id: token.treasury,
    type: token.type,
    wipe_key: null,
  };
}

/** What ties an account to a token. */
export function relationRow(token: Token, accountId: string, balance: bigint): Row {
  return {
    automatic_association: false,
    balance: Number(balance),
    created_timestamp: timestampText(token.createdNs),
    decimals: token.decimals,
    freeze_status: token.frozen.has(accountId) ? 'FROZEN' : 'NOT_APPLICABLE',
    kyc_status: 'NOT_APPLICABLE',
    token_id: token.id,
  };
}

export function nftRow(token: Token, nft: Nft): Row {
  return {
    account_id: nft.owner,
    created_timestamp: timestampText(nft.createdNs),
    delegating_spender: null,
    deleted: false,
    metadata: base64(nft.metadata),
    modified_timestamp: timestampText(nft.createdNs),
    serial_number: nft.serialNumber,
    spender: null,
    token_id: token.id,
  };
}

export function nodeRow({ accountId, host, certificateHash }: AddressBookNode): Row {
  const endpoint = { domain_name: '', ip_address_v4: host };
  return {
    description: `Node of ${accountId}`,
    file_id: '0.0.102',
    memo: accountId,
    node_account_id: accountId,
    node_cert_hash: `0x${certificateHash}`,
    node_id: Number(accountId.split('.')[2]) - 3,
    public_key: '0x',
    service_endpoints: [50211, 50212].map((port) => ({ ...endpoint, port })),
  };
}

/** The block that holds everything from `number * blockMs` on, for `blockMs`. */
export function blockRow(state: NetworkState, number: bigint, blockMs: number): Row {
  const fromNs = number * BigInt(blockMs) * NANOS_PER_MS;
  const toNs = fromNs + BigInt(blockMs) * NANOS_PER_MS - 1n;
  const count = state.records.filter(({ consensusNs }) => consensusNs >= fromNs && consensusNs <= toNs).length;
  return {
    count,
    gas_used: 0,
    hapi_version: '0.70.0',
    hash: `0x${number.toString(16).padStart(96, '0')}`,
    logs_bloom: '0x',
    name: `${new Date(Number(fromNs / NANOS_PER_MS)).toISOString().replaceAll(':', '_')}.rcd.gz`,
    number: Number(number),
    previous_hash: `0x${(number - 1n).toString(16).padStart(96, '0')}`,
    size: 1024,
    timestamp: { from: timestampText(fromNs), to: timestampText(toNs) },
  };
}

/** A transaction of somebody else, as there are always some on a network that others use too. */
export function strangerRow(consensusNs: bigint): Row {
  const validStart = timestampText(consensusNs - 5_000_000_000n);
  return {
    charged_tx_fee: 83_333,
    consensus_timestamp: timestampText(consensusNs),
    entity_id: null,
    max_fee: '100000000',
    memo_base64: '',
    name: 'CRYPTOTRANSFER',
    node: '0.0.3',
    nonce: 0,
    result: 'SUCCESS',
    scheduled: false,
    transaction_id: `0.0.902-${validStart.replace('.', '-')}`,
    valid_duration_seconds: '120',
    valid_start_timestamp: validStart,
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
