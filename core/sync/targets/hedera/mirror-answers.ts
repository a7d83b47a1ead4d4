import { z } from 'zod';
import { parseHederaId } from '../../../config/hedera-id.ts';
import { type Nanos, parseInstant } from './instant.ts';
import { RUNNING_HASH_BYTES } from './running-hash.ts';
import { parseTransactionId } from './transaction-id.ts';

/**
 * What of a mirror's answers is used (mirror node REST API, OpenAPI `api/v1`). Answers hold more; what is not here is
 * not looked at, and what is here must have its form.
 */
export const instant = z.string().transform((text, context): Nanos => {
  const at = parseInstant(text);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom', message: 'no time' });
  return z.NEVER;
});

export const id = z
  .string()
  .max(64)
  .refine((text) => parseHederaId(text)?.checksum === undefined && parseHederaId(text) !== undefined, 'no id');

export const base64 = z
  .string()
  .max(64_000)
  .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'no base64')
  .transform((text): Uint8Array => Buffer.from(text, 'base64'));

export const transactionId = z
  .string()
  .max(100)
  .transform((text, context) => {
    const read = parseTransactionId(text);
    if (read !== undefined) return read;
    context.addIssue({ code: 'custom', message: 'no transaction id' });
    return z.NEVER;
  });

export const count = z.int().min(0);

const NEXT_PAGE = '/api/v1/transactions?';

/** Public keys as mirrors give them; other kinds (`ProtobufEncoded`) are of several keys. */
export const key = z
  .object({ _type: z.string().max(32), key: z.string().max(20_000) })
  .transform(({ _type, key: hex }) => ({
    type: _type,
    hex: hex.toLowerCase(),
  }));

export const messageAnswer = z
  .object({
    topic_id: id,
    sequence_number: count.min(1),
    consensus_timestamp: instant,
    message: base64,
    payer_account_id: id,
    running_hash: base64.refine((hash) => hash.length === RUNNING_HASH_BYTES, 'no running hash'),
    running_hash_version: count,
    chunk_info: z
      .object({
        initial_transaction_id: z.object({ account_id: id, transaction_valid_start: instant }),
        number: count,
        total: count,
      })
      .nullish(),
  })
  .transform((answer) => ({
    topicId: answer.topic_id,
    sequence: answer.sequence_number,
    consensusAt: answer.consensus_timestamp,
    message: answer.message,
    payerId: answer.payer_account_id,
    runningHash: answer.running_hash,
    runningHashVersion: answer.running_hash_version,
    /** Of the first chunk; given by newer mirrors for messages of one chunk too. */
    ...(answer.chunk_info === null || answer.chunk_info === undefined
      ? {}
      : {
          transactionId: {
            payerId: answer.chunk_info.initial_transaction_id.account_id,
            validStart: answer.chunk_info.initial_transaction_id.transaction_valid_start,
          },
        }),
  }));

/** A message of a topic as a mirror has it. */
export type MirrorMessage = z.output<typeof messageAnswer>;

export const messagesAnswer = z.object({ messages: z.array(messageAnswer).max(1000) });

export const transactionsAnswer = z.object({
  transactions: z
    .array(
      z
        .object({
          transaction_id: transactionId,
          consensus_timestamp: instant,
          result: z.string().regex(/^[A-Z0-9_]{1,100}$/, 'no status'),
          name: z.string().max(100).nullish(),
          entity_id: id.nullish(),
          charged_tx_fee: count.nullish(),
          scheduled: z.boolean().nullish(),
          nonce: count.nullish(),
        })
        .transform((row) => ({
          id: row.transaction_id,
          consensusAt: row.consensus_timestamp,
          result: row.result,
          ...(typeof row.name === 'string' ? { name: row.name } : {}),
          ...(typeof row.entity_id === 'string' ? { entityId: row.entity_id } : {}),
          ...(typeof row.charged_tx_fee === 'number' ? { feeTinybars: row.charged_tx_fee } : {}),
          /** A scheduled transaction or one that another one made bears the id of its parent. */
          isOwn: row.scheduled !== true && (row.nonce ?? 0) === 0,
        })),
    )
    .max(1000),
});

/** Rows with the query of the page after them, where there is one: newer mirrors give 60 days at a time, empty or not. */
export const transactionPageAnswer = transactionsAnswer
  .extend({ links: z.object({ next: z.string().max(2000).startsWith(NEXT_PAGE).nullish() }).nullish() })
  .transform(({ transactions, links }) => ({ transactions, next: links?.next?.slice(NEXT_PAGE.length) }));
export type MirrorTransactionPage = z.output<typeof transactionPageAnswer>;

export type MirrorTransaction = z.output<typeof transactionsAnswer>['transactions'][number];

export const topicAnswer = z
  .object({
    topic_id: id,
    deleted: z.boolean().nullish(),
    memo: z.string().max(1000),
    submit_key: key.nullish(),
    admin_key: key.nullish(),
  })
  .transform((answer) => ({
    topicId: answer.topic_id,
    isDeleted: answer.deleted === true,
    memo: answer.memo,
    submitKey: answer.submit_key ?? null,
    adminKey: answer.admin_key ?? null,
  }));
export type MirrorTopic = z.output<typeof topicAnswer>;

export const accountAnswer = z
  .object({
    account: id,
    balance: z.object({ balance: count, timestamp: instant.nullish() }).nullish(),
    deleted: z.boolean().nullish(),
    key: key.nullish(),
  })
  .transform((answer) => ({
    accountId: answer.account,
    isDeleted: answer.deleted === true,
    key: answer.key ?? null,
    balanceTinybars: answer.balance?.balance ?? null,
  }));
export type MirrorAccount = z.output<typeof accountAnswer>;

export const blocksAnswer = z.object({
  blocks: z.array(z.object({ timestamp: z.object({ to: instant }) })).max(1000),
});

/** What a mirror says when it does not have something, or finds fault with the question. */
export const refusalAnswer = z.object({
  _status: z.object({ messages: z.array(z.object({ message: z.string().max(1000) })).max(100) }),
});

const NEXT_NODES = '/api/v1/network/nodes?';

/** The network's address book, a page at a time. What an entry lacks (no address, no certificate) makes it no node for us. */
export const nodesAnswer = z
  .object({
    nodes: z
      .array(
        z.object({
          node_account_id: id,
          node_cert_hash: z.string().max(500).nullish(),
          service_endpoints: z
            .array(
              z.object({ domain_name: z.string().max(253).nullish(), ip_address_v4: z.string().max(40).nullish() }),
            )
            .max(100),
        }),
      )
      .max(1000),
    links: z.object({ next: z.string().max(2000).startsWith(NEXT_NODES).nullish() }).nullish(),
  })
  .transform(({ nodes, links }) => ({
    nodes: nodes.map((node) => ({
      accountId: node.node_account_id,
      hosts: hostsOf(node.service_endpoints),
      certificateHash: /^0x([0-9a-f]{96})$/.exec(node.node_cert_hash ?? '')?.[1],
    })),
    next: links?.next?.slice(NEXT_NODES.length),
  }));
export type MirrorNodePage = z.output<typeof nodesAnswer>;

function hostsOf(
  endpoints: readonly {
    readonly domain_name?: string | null | undefined;
    readonly ip_address_v4?: string | null | undefined;
  }[],
): readonly string[] {
  const hosts = endpoints.flatMap(({ domain_name, ip_address_v4 }) => [ip_address_v4 || domain_name || '']);
  return [...new Set(hosts)].filter((host) => host !== '');
}
