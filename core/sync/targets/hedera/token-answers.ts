import { z } from 'zod';
import { base64, count, id, instant, key, transactionId } from './mirror-answers.ts';

/** An amount as mirrors write it: digits in a text, or a number. What cannot be counted exactly is no answer. */
const amount = z
  .union([z.string().regex(/^\d{1,20}$/, 'no amount'), count])
  .transform(Number)
  .refine((value) => Number.isSafeInteger(value), 'an amount beyond what is counted exactly');

/** What of a mirror's answers on tokens is used (mirror node REST API, OpenAPI `api/v1`). */
export const tokenAnswer = z
  .object({
    token_id: id,
    type: z.enum(['FUNGIBLE_COMMON', 'NON_FUNGIBLE_UNIQUE']),
    name: z.string().max(1000),
    symbol: z.string().max(1000),
    memo: z.string().max(1000).nullish(),
    decimals: amount,
    total_supply: amount,
    max_supply: z.union([z.string(), z.number()]).transform(Number),
    supply_type: z.enum(['FINITE', 'INFINITE']),
    treasury_account_id: id,
    created_timestamp: instant,
    deleted: z.boolean().nullish(),
    pause_status: z.string().max(32).nullish(),
    admin_key: key.nullish(),
    supply_key: key.nullish(),
    pause_key: key.nullish(),
    freeze_key: key.nullish(),
    wipe_key: key.nullish(),
    kyc_key: key.nullish(),
  })
  .transform((answer) => ({
    tokenId: answer.token_id,
    form: answer.type === 'NON_FUNGIBLE_UNIQUE' ? ('nft' as const) : ('fungible' as const),
    name: answer.name,
    symbol: answer.symbol,
    memo: answer.memo ?? '',
    decimals: answer.decimals,
    totalSupply: answer.total_supply,
    maxSupply: answer.supply_type === 'FINITE' ? answer.max_supply : null,
    treasuryId: answer.treasury_account_id,
    createdAt: answer.created_timestamp,
    isDeleted: answer.deleted === true,
    isPaused: answer.pause_status === 'PAUSED',
    supplyKey: answer.supply_key ?? null,
    /** Keys that are set besides the supply key, by their names on HashScan. */
    otherKeys: (['admin', 'pause', 'freeze', 'wipe', 'kyc'] as const).filter(
      (name) => (answer[`${name}_key`] ?? null) !== null,
    ),
  }));
export type MirrorToken = z.output<typeof tokenAnswer>;

export const relationsAnswer = z.object({
  tokens: z
    .array(
      z
        .object({ token_id: id, freeze_status: z.string().max(32), kyc_status: z.string().max(32) })
        .transform((row) => ({
          tokenId: row.token_id,
          isFrozen: row.freeze_status === 'FROZEN',
          isRevoked: row.kyc_status === 'REVOKED',
        })),
    )
    .max(1000),
});

const mintRow = z
  .object({
    transaction_id: transactionId,
    consensus_timestamp: instant,
    name: z.string().max(100),
    result: z.string().max(100),
    entity_id: id.nullish(),
    memo_base64: base64.nullish(),
    scheduled: z.boolean().nullish(),
    nonce: count.nullish(),
    token_transfers: z
      .array(
        z
          .object({ token_id: id, amount: z.number(), account: id.nullish() })
          .transform((row) => ({ tokenId: row.token_id, amount: row.amount, to: row.account ?? null })),
      )
      .max(1000)
      .nullish(),
    nft_transfers: z
      .array(
        z.object({ token_id: id, serial_number: count, receiver_account_id: id.nullish() }).transform((row) => ({
          tokenId: row.token_id,
          serial: row.serial_number,
          to: row.receiver_account_id ?? null,
        })),
      )
      .max(1000)
      .nullish(),
  })
  .transform((row) => ({
    id: row.transaction_id,
    consensusAt: row.consensus_timestamp,
    name: row.name,
    result: row.result,
    tokenId: row.entity_id ?? null,
    memo: Buffer.from(row.memo_base64 ?? new Uint8Array()).toString('utf8'),
    transfers: row.token_transfers ?? [],
    /** `to` is the account that they went to, null where the mirror does not say. */
    serials: row.nft_transfers ?? [],
  }));

export const mintsAnswer = z.object({ transactions: z.array(mintRow).max(1000) });
/** A mint that came to consensus with success, as a mirror has it. */
export type MirrorMint = z.output<typeof mintRow>;

export const nftAnswer = z
  .object({ token_id: id, serial_number: count.min(1), metadata: base64, created_timestamp: instant })
  .transform((row) => ({
    tokenId: row.token_id,
    serial: row.serial_number,
    metadata: Buffer.from(row.metadata).toString('utf8'),
    createdAt: row.created_timestamp,
  }));
export type MirrorNft = z.output<typeof nftAnswer>;

export const nftsAnswer = z.object({ nfts: z.array(nftAnswer).max(1000) });
