import { createHash } from 'node:crypto';
import { accountIdOf, bigintOf, nanosOf, transactionIdText } from './entity-id.ts';
import { proto, type SignaturePairProto, type TransactionBodyProto } from './protobufs.ts';

/** `hedera.transaction.maxBytes`: with its signatures. */
const BYTES_MAX = 6144;
const MEMO_BYTES_MAX = 100;

/** A transaction that a node can read. */
export interface ParsedTransaction {
  /** As the mirror writes it. */
  readonly id: string;
  readonly payer: string;
  readonly nodeId: string;
  readonly validStartNs: bigint;
  readonly durationS: number;
  /** Tinybars that the payer is willing to pay. */
  readonly maxFee: bigint;
  readonly memo: string;
  /** The kind in the mirror's words, such as `CONSENSUSSUBMITMESSAGE`. */
  readonly name: string;
  readonly hash: Buffer;
  readonly body: TransactionBodyProto;
  readonly bodyBytes: Uint8Array;
  readonly signatures: readonly SignaturePairProto[];
}

const NAMES = {
  consensusCreateTopic: 'CONSENSUSCREATETOPIC',
  consensusUpdateTopic: 'CONSENSUSUPDATETOPIC',
  consensusSubmitMessage: 'CONSENSUSSUBMITMESSAGE',
  tokenCreation: 'TOKENCREATION',
  tokenMint: 'TOKENMINT',
  tokenAssociate: 'TOKENASSOCIATE',
  cryptoTransfer: 'CRYPTOTRANSFER',
} as const;

/** Reads a transaction, or says with which response code a node turns it away. */
export function parseTransaction(bytes: Uint8Array): ParsedTransaction | string {
  if (bytes.length > BYTES_MAX) return 'TRANSACTION_OVERSIZE';
  try {
    return read(bytes);
  } catch {
    return 'INVALID_TRANSACTION';
  }
}

function read(bytes: Uint8Array): ParsedTransaction | string {
  const { signedTransactionBytes } = proto.Transaction.decode(bytes);
  const { bodyBytes, sigMap } = proto.SignedTransaction.decode(signedTransactionBytes);
  const body = proto.TransactionBody.decode(bodyBytes);
  const payer = accountIdOf(body.transactionID?.accountID);
  const validStartNs = nanosOf(body.transactionID?.transactionValidStart);
  const nodeId = accountIdOf(body.nodeAccountID);
  if (payer === undefined || validStartNs === undefined) return 'INVALID_TRANSACTION_ID';
  if (nodeId === undefined) return 'INVALID_NODE_ACCOUNT';
  if (Buffer.byteLength(body.memo) > MEMO_BYTES_MAX) return 'MEMO_TOO_LONG';
  const kind = (Object.keys(NAMES) as (keyof typeof NAMES)[]).find((key) => body[key]);
  if (kind === undefined) return 'INVALID_TRANSACTION_BODY';
  return {
    id: transactionIdText(payer, validStartNs),
    payer,
    nodeId,
    validStartNs,
    durationS: Number(bigintOf(body.transactionValidDuration?.seconds)),
    maxFee: bigintOf(body.transactionFee),
    memo: body.memo,
    name: NAMES[kind],
    hash: createHash('sha384').update(signedTransactionBytes).digest(),
    body,
    bodyBytes,
    signatures: sigMap?.sigPair ?? [],
  };
}
