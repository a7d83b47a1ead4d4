import { z } from 'zod';
import type { MintApproval, MintedTokens, TokenTaken } from './mint-entries.ts';

const text = z.string();
const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const id = z.string().regex(/^\d+\.\d+\.\d+$/);
const consensus = z.string().regex(/^\d+\.\d{9}$/);
const form = z.enum(['nft', 'fungible']);

/** The form of what minting writes, by kind and version. */
export const MINT_SCHEMAS = {
  'mint-approved': {
    1: z.looseObject({
      v: z.literal(1),
      decision: z.enum(['approve', 'withdraw']),
      plan: sha256,
      month: z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/),
      monthEntry: count,
      monthHash: sha256,
      fromWh: count,
      toWh: count,
      unitWh: z.int().min(1),
      form,
      network: text,
      token: id.nullable(),
      by: text,
      account: text,
      role: text,
    }) satisfies z.ZodType<MintApproval>,
  },
  token: {
    1: z.looseObject({
      v: z.literal(1),
      event: z.enum(['made', 'taken', 'found']),
      network: text,
      token: id,
      form,
      name: text,
      symbol: text,
      decimals: count,
      unitWh: z.int().min(1),
      maxSupply: z.int().min(1),
      treasury: id,
      keys: z.array(text),
      transactionId: text.nullable(),
      consensusTimestamp: consensus.nullable(),
    }) satisfies z.ZodType<TokenTaken>,
  },
  'token-minted': {
    1: z.looseObject({
      v: z.literal(1),
      plan: sha256.nullable(),
      month: z
        .string()
        .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/)
        .nullable(),
      monthEntry: count,
      monthHash: z.string().regex(/^(?:[0-9a-f]{32}|[0-9a-f]{64})$/),
      fromWh: count,
      toWh: count,
      unitWh: z.int().min(1),
      form,
      network: text,
      token: id,
      units: z.int().min(1),
      serials: z.array(z.int().min(1)),
      reference: text,
      topic: id,
      sequence: z.int().min(1),
      transactionId: text,
      consensusTimestamp: consensus,
      consensusAt: text,
      hashscan: text.nullable(),
    }) satisfies z.ZodType<MintedTokens>,
  },
};
