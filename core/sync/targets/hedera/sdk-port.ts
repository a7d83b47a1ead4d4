import { type KeyObject, sign } from 'node:crypto';
import { present } from '../../../model/assert.ts';
import { bundledBook, type CheckedClientParts, checkedClient } from './checked-client.ts';
import { secondsOf } from './instant.ts';
import type { BookNode } from './node-book.ts';
import type {
  AskOutcome,
  ConsensusPort,
  HederaKey,
  Mint,
  NewToken,
  PrepareCommon,
  PrepareOutcome,
  PrepareRequest,
  SendOutcome,
} from './port.ts';
import {
  AccountId,
  type Client,
  Hbar,
  PrivateKey,
  PublicKey,
  StatusError,
  Timestamp,
  TokenCreateTransaction,
  TokenId,
  TokenMintTransaction,
  TokenSupplyType,
  TokenType,
  TopicCreateTransaction,
  TopicId,
  TopicMessageSubmitTransaction,
  Transaction,
  TransactionId,
  TransactionReceiptQuery,
} from './sdk.ts';
import { parseTransactionId } from './transaction-id.ts';

/** How certificates of nodes are fetched and held against the address book. */
export type CertificateWays = Pick<CheckedClientParts, 'fetchCertificate' | 'hasHash'>;

export interface SdkOptions {
  /** One of Hedera's networks, whose nodes the SDK knows, or nodes of one's own: `host:port` to account id. */
  readonly network: 'mainnet' | 'testnet' | 'previewnet' | Readonly<Record<string, string>>;
  /** The address book of one of Hedera's networks, where a newer one is known than came with the SDK. */
  readonly book?: readonly BookNode[] | undefined;
  /** Without TLS the nodes are on another port. */
  readonly transport: 'tls' | 'plain';
  readonly operatorId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: HederaKey;
  /** Where the turns of the nodes begin. */
  readonly firstNode: number;
}

/** An attempt at a node is given up after so long; what it sets in motion goes on, so the next one finds a connection. */
const ATTEMPT_MS = 3000;
const REQUEST_MS = 15_000;
const ATTEMPTS_MAX = 5;
const BACKOFF_MIN_MS = 20;
const BACKOFF_MAX_MS = 500;
const NODES_PER_TRANSACTION = 3;
const TLS_PORT = 50212;
const PLAIN_PORT = 50211;

/**
 * What the SDK does for the target: it builds, signs and sends. Only for a thread of its own: it takes half a second and
 * 50 MB to load, and keeps 122 bytes for each id for good.
 */
export function sdkPort(options: SdkOptions, ways: CertificateWays): ConsensusPort {
  const intercepted = { count: 0, address: '' };
  const client = clientOf(options, {
    ...ways,
    onIntercepted: (address) => Object.assign(intercepted, { count: intercepted.count + 1, address }),
  });
  const nodeIds = [...new Set(Object.values(client.network).map(String))].sort(byNumber);
  let turn = options.firstNode;
  const nextNodes = (): AccountId[] => {
    const count = Math.min(NODES_PER_TRANSACTION, nodeIds.length);
    turn += 1;
    return Array.from({ length: count }, (_, i) =>
      AccountId.fromString(present(nodeIds[(turn + i) % nodeIds.length], 'a node')),
    );
  };
  return {
    prepare: (request) => prepare(client, options, nextNodes(), request),
    send: async (bytes) => {
      const { count } = intercepted;
      const sent = await send(client, bytes);
      const isIntercepted = sent.kind === 'unanswered' && intercepted.count > count;
      return isIntercepted ? { ...sent, intercepted: intercepted.address } : sent;
    },
    ask: (id) => ask(client, nextNodes(), id),
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}

function byNumber(a: string, b: string): number {
  return Number(a.split('.').at(-1)) - Number(b.split('.').at(-1));
}

/**
 * A client whose settings bound every wait: without them a node that failed once is left alone for up to an hour, and
 * three attempts at a dead one take half a minute. It never fetches an address book: an answer with ports of its own kind
 * would leave it without nodes.
 */
function clientOf(options: SdkOptions, ways: CertificateWays & Pick<CheckedClientParts, 'onIntercepted'>): Client {
  const { nodes, hashes } = nodesOf(options);
  const { transport } = options;
  const client = checkedClient({ ...ways, nodes, hashes, transport, attemptMs: ATTEMPT_MS, requestMs: REQUEST_MS })
    .setMaxAttempts(ATTEMPTS_MAX)
    .setMinBackoff(BACKOFF_MIN_MS)
    .setNodeMinBackoff(10)
    .setNodeMaxBackoff(20)
    .setNodeMinReadmitPeriod(10)
    .setNodeMaxReadmitPeriod(50)
    .setMaxNodesPerTransaction(NODES_PER_TRANSACTION);
  const { operatorId, publicKey } = options;
  const operatorKey =
    publicKey.type === 'ED25519'
      ? PublicKey.fromStringED25519(publicKey.hex)
      : PublicKey.fromStringECDSA(publicKey.hex);
  return client.setOperatorWith(operatorId, operatorKey, signerOf(options));
}

/** Nodes by `host:port`, and the hashes of their certificates by account. */
function nodesOf({ network, transport, book }: SdkOptions): Pick<CheckedClientParts, 'nodes' | 'hashes'> {
  const known = book ?? (typeof network === 'string' ? bundledBook(network) : []);
  const hashes = new Map(
    known.flatMap(({ accountId, certificateHash }) =>
      certificateHash === undefined ? [] : [[accountId, certificateHash] as const],
    ),
  );
  if (typeof network !== 'string') return { nodes: network, hashes };
  const port = transport === 'tls' ? TLS_PORT : PLAIN_PORT;
  const addresses = known.flatMap(({ accountId, hosts }) => hosts.map((host) => [`${host}:${port}`, accountId]));
  return { nodes: Object.fromEntries(addresses), hashes };
}

/** node:crypto signs Ed25519 several times faster than the SDK; the hash that ECDSA keys sign here it does not know. */
function signerOf({ privateKey, publicKey }: SdkOptions): (message: Uint8Array) => Promise<Uint8Array> {
  if (publicKey.type === 'ED25519') return (message) => Promise.resolve(sign(null, message, privateKey));
  const { d } = privateKey.export({ format: 'jwk' });
  const key = PrivateKey.fromBytesECDSA(Buffer.from(present(d, 'the secret of the key'), 'base64url'));
  return (message) => Promise.resolve(key.sign(message));
}

async function prepare(
  client: Client,
  { publicKey }: SdkOptions,
  nodes: AccountId[],
  request: PrepareRequest,
): Promise<PrepareOutcome> {
  try {
    const { seconds, nanos } = secondsOf(request.validStart);
    const start = new Timestamp(Number(seconds), nanos);
    const transaction = await unsigned(request, publicKey)
      .setTransactionId(TransactionId.withValidStart(AccountId.fromString(request.payerId), start))
      .setNodeAccountIds(nodes)
      .setTransactionValidDuration(request.validForSeconds)
      .setMaxTransactionFee(Hbar.fromTinybars(request.feeMaxTinybars))
      .setRegenerateTransactionId(false)
      .freezeWith(client)
      .signWithOperator(client);
    // A copy: these bytes lie in a buffer of 64 KB, which would be sent to another thread and kept as a whole.
    return { kind: 'prepared', bytes: new Uint8Array(transaction.toBytes()) };
  } catch (error) {
    return { kind: 'failed', why: words(error) };
  }
}

function unsigned(request: PrepareRequest, ours: HederaKey): Transaction {
  if (request.kind === 'message') {
    return new TopicMessageSubmitTransaction()
      .setTopicId(TopicId.fromString(request.topicId))
      .setMessage(request.message)
      .setMaxChunks(1);
  }
  if (request.kind === 'mint') return unsignedMint(request);
  const key = ours.type === 'ED25519' ? PublicKey.fromStringED25519(ours.hex) : PublicKey.fromStringECDSA(ours.hex);
  if (request.kind === 'token') return unsignedToken(request, key);
  return new TopicCreateTransaction().setTopicMemo(request.memo).setSubmitKey(key);
}

function unsignedToken(request: NewToken & PrepareCommon, key: PublicKey): Transaction {
  const { form, name, symbol, memo, decimals, maxSupply, payerId } = request;
  return new TokenCreateTransaction()
    .setTokenType(form === 'nft' ? TokenType.NonFungibleUnique : TokenType.FungibleCommon)
    .setTokenName(name)
    .setTokenSymbol(symbol)
    .setTokenMemo(memo)
    .setDecimals(decimals)
    .setInitialSupply(0)
    .setSupplyType(TokenSupplyType.Finite)
    .setMaxSupply(maxSupply)
    .setTreasuryAccountId(AccountId.fromString(payerId))
    .setSupplyKey(key);
}

function unsignedMint({ tokenId, memo, what }: Mint): Transaction {
  const mint = new TokenMintTransaction().setTokenId(TokenId.fromString(tokenId)).setTransactionMemo(memo);
  if (what.form === 'fungible') return mint.setAmount(what.amount);
  return mint.setMetadata(what.metadata.map((text) => Buffer.from(text, 'utf8')));
}

/** Never asks the answer for its receipt: that would send again under an id of its own. */
async function send(client: Client, bytes: Uint8Array): Promise<SendOutcome> {
  try {
    await Transaction.fromBytes(bytes).setMaxBackoff(BACKOFF_MAX_MS).setMinBackoff(BACKOFF_MIN_MS).execute(client);
    return { kind: 'accepted' };
  } catch (error) {
    if (!(error instanceof StatusError)) return { kind: 'unanswered', why: words(error) };
    const status = error.status.toString();
    return status === 'DUPLICATE_TRANSACTION' ? { kind: 'duplicate' } : { kind: 'refused', status };
  }
}

async function ask(client: Client, nodes: AccountId[], text: string): Promise<AskOutcome> {
  try {
    const { payerId, validStart } = present(parseTransactionId(text), `the id ${text}`);
    const { seconds, nanos } = secondsOf(validStart);
    const id = TransactionId.withValidStart(AccountId.fromString(payerId), new Timestamp(Number(seconds), nanos));
    const receipt = await new TransactionReceiptQuery()
      .setTransactionId(id)
      .setValidateStatus(false)
      .setNodeAccountIds(nodes)
      .setMaxAttempts(nodes.length)
      .setMaxBackoff(BACKOFF_MAX_MS)
      .execute(client);
    const status = receipt.status.toString();
    return status === 'UNKNOWN' ? { kind: 'unknown' } : { kind: 'known', status };
  } catch (error) {
    const why = words(error);
    return /RECEIPT_NOT_FOUND|UNKNOWN/.test(why) ? { kind: 'unknown' } : { kind: 'unanswered', why };
  }
}

function words(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 200);
}
