import { accountIdOf, bigintOf, tokenIdOf } from './entity-id.ts';
import type { Effect, NetworkState, Token } from './network-state.ts';
import type { ParsedTransaction } from './parse-transaction.ts';
import type { TokenCreateProto, TokenIdProto, TokenMintProto } from './protobufs.ts';
import { isSignedBy } from './signatures.ts';

const NAME_BYTES_MAX = 100;
const METADATA_BYTES_MAX = 100;
/** `tokens.nfts.maxBatchSizeMint`. */
const MINT_BATCH_MAX = 10;
const NON_FUNGIBLE_UNIQUE = 1;
const FINITE = 1;

export function createToken(
  state: NetworkState,
  transaction: ParsedTransaction,
  op: TokenCreateProto,
  nowNs: bigint,
): Effect {
  const treasury = state.accounts.get(accountIdOf(op.treasury) ?? '');
  if (treasury === undefined) return { status: 'INVALID_TREASURY_ACCOUNT_FOR_TOKEN' };
  const wrong = judgeToken(op);
  if (wrong !== undefined) return { status: wrong };
  const keys = [treasury.key, op.adminKey].filter((key) => key !== null);
  if (!keys.every((key) => isSignedBy(key, transaction.signatures, transaction.bodyBytes))) {
    return { status: 'INVALID_SIGNATURE' };
  }
  const initialSupply = bigintOf(op.initialSupply);
  const token: Token = {
    id: state.newEntityId(),
    type: op.tokenType === NON_FUNGIBLE_UNIQUE ? 'NON_FUNGIBLE_UNIQUE' : 'FUNGIBLE_COMMON',
    name: op.name,
    symbol: op.symbol,
    memo: op.memo,
    metadata: op.metadata,
    decimals: op.decimals,
    treasury: treasury.id,
    adminKey: op.adminKey,
    supplyKey: op.supplyKey,
    initialSupply,
    maxSupply: op.supplyType === FINITE ? bigintOf(op.maxSupply) : 0n,
    totalSupply: initialSupply,
    createdNs: nowNs,
    changedNs: nowNs,
    supplies: [{ atNs: nowNs, totalSupply: initialSupply }],
    nfts: [],
    isPaused: false,
    isDeleted: false,
    frozen: new Set(),
  };
  state.tokens.set(token.id, token);
  treasury.tokens.set(token.id, initialSupply);
  return { status: 'SUCCESS', tokenId: token.id, totalSupply: initialSupply };
}

function judgeToken(op: TokenCreateProto): string | undefined {
  if (op.name === '') return 'MISSING_TOKEN_NAME';
  if (op.symbol === '') return 'MISSING_TOKEN_SYMBOL';
  if (Buffer.byteLength(op.name) > NAME_BYTES_MAX) return 'TOKEN_NAME_TOO_LONG';
  if (Buffer.byteLength(op.symbol) > NAME_BYTES_MAX) return 'TOKEN_SYMBOL_TOO_LONG';
  if (op.metadata.length > METADATA_BYTES_MAX) return 'METADATA_TOO_LONG';
  const isNft = op.tokenType === NON_FUNGIBLE_UNIQUE;
  const initialSupply = bigintOf(op.initialSupply);
  const maxSupply = bigintOf(op.maxSupply);
  if (isNft && initialSupply !== 0n) return 'INVALID_TOKEN_INITIAL_SUPPLY';
  if (isNft && op.decimals !== 0) return 'INVALID_TOKEN_DECIMALS';
  if (isNft && op.supplyKey === null) return 'TOKEN_HAS_NO_SUPPLY_KEY';
  if (op.supplyType === FINITE ? maxSupply <= 0n : maxSupply !== 0n) return 'INVALID_TOKEN_MAX_SUPPLY';
  return op.supplyType === FINITE && initialSupply > maxSupply ? 'INVALID_TOKEN_INITIAL_SUPPLY' : undefined;
}

export function mintToken(
  state: NetworkState,
  transaction: ParsedTransaction,
  op: TokenMintProto,
  nowNs: bigint,
): Effect {
  const token = state.tokens.get(tokenIdOf(op.token) ?? '');
  if (token === undefined) return { status: 'INVALID_TOKEN_ID' };
  if (token.isDeleted) return { status: 'TOKEN_WAS_DELETED' };
  if (token.isPaused) return { status: 'TOKEN_IS_PAUSED' };
  if (state.accounts.get(token.treasury)?.tokens.has(token.id) !== true) {
    return { status: 'TOKEN_NOT_ASSOCIATED_TO_ACCOUNT' };
  }
  if (token.frozen.has(token.treasury)) return { status: 'ACCOUNT_FROZEN_FOR_TOKEN' };
  if (token.supplyKey === null) return { status: 'TOKEN_HAS_NO_SUPPLY_KEY' };
  if (!isSignedBy(token.supplyKey, transaction.signatures, transaction.bodyBytes)) {
    return { status: 'INVALID_SIGNATURE' };
  }
  const wrong = judgeMint(token, op);
  if (wrong !== undefined) return { status: wrong };
  const isNft = token.type === 'NON_FUNGIBLE_UNIQUE';
  const amount = isNft ? BigInt(op.metadata.length) : bigintOf(op.amount);
  if (token.maxSupply > 0n && token.totalSupply + amount > token.maxSupply) {
    return { status: 'TOKEN_MAX_SUPPLY_REACHED' };
  }
  const serialNumbers = op.metadata.map((_, at) => token.nfts.length + at + 1);
  op.metadata.forEach((metadata, at) => {
    token.nfts.push({ serialNumber: serialNumbers[at] ?? 0, metadata, createdNs: nowNs, owner: token.treasury });
  });
  token.totalSupply += amount;
  token.changedNs = nowNs;
  token.supplies.push({ atNs: nowNs, totalSupply: token.totalSupply });
  const treasury = state.accounts.get(token.treasury);
  treasury?.tokens.set(token.id, (treasury.tokens.get(token.id) ?? 0n) + amount);
  return {
    status: 'SUCCESS',
    tokenId: token.id,
    totalSupply: token.totalSupply,
    serialNumbers,
    tokenTransfers: isNft ? [] : [{ tokenId: token.id, account: token.treasury, amount }],
  };
}

function judgeMint(token: Token, op: TokenMintProto): string | undefined {
  if (token.type === 'FUNGIBLE_COMMON') {
    if (op.metadata.length > 0) return 'INVALID_TRANSACTION_BODY';
    return bigintOf(op.amount) > 0n ? undefined : 'INVALID_TOKEN_MINT_AMOUNT';
  }
  if (op.metadata.length === 0 || bigintOf(op.amount) > 0n) return 'INVALID_TOKEN_MINT_METADATA';
  if (op.metadata.length > MINT_BATCH_MAX) return 'BATCH_SIZE_LIMIT_EXCEEDED';
  return op.metadata.some((each) => each.length > METADATA_BYTES_MAX) ? 'METADATA_TOO_LONG' : undefined;
}

export function associateToken(
  state: NetworkState,
  transaction: ParsedTransaction,
  op: { account: Parameters<typeof accountIdOf>[0]; tokens: TokenIdProto[] },
): Effect {
  const account = state.accounts.get(accountIdOf(op.account) ?? '');
  if (account === undefined) return { status: 'INVALID_ACCOUNT_ID' };
  if (account.key === null || !isSignedBy(account.key, transaction.signatures, transaction.bodyBytes)) {
    return { status: 'INVALID_SIGNATURE' };
  }
  const ids = op.tokens.map((token) => tokenIdOf(token) ?? '');
  if (!ids.every((id) => state.tokens.has(id))) return { status: 'INVALID_TOKEN_ID' };
  if (ids.some((id) => account.tokens.has(id))) return { status: 'TOKEN_ALREADY_ASSOCIATED_TO_ACCOUNT' };
  for (const id of ids) account.tokens.set(id, 0n);
  return { status: 'SUCCESS' };
}
