import { z } from 'zod';
import { parseHederaId } from './hedera-id.ts';

/** How much of what a token stands for is one unit, in watt-hours. */
export const TOKEN_UNITS = { Wh: 1, kWh: 1000, MWh: 1_000_000 } as const;
export type TokenUnit = keyof typeof TOKEN_UNITS;

export const TOKEN_KINDS = ['nft', 'fungible'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** Limits of the Token Service: name and symbol in bytes of UTF-8 (`tokens.maxTokenNameUtf8Bytes`). */
const NAME_BYTES_MAX = 100;
const FEE_HBAR_MAX = 10_000;
/** Amounts stay exact in JSON, and below the 2^63 - 1 of the network. */
const SMALLEST_MAX = Number.MAX_SAFE_INTEGER;
const DECIMALS_MAX = 6;
const USD_MAX = 1000;

const DEFAULTS = { kind: 'nft', unit: 'MWh', symbol: 'HREC' } as const;

function words(expected: string) {
  return z
    .string(expected)
    .trim()
    .min(1, expected)
    .refine(
      (text) => Buffer.byteLength(text) <= NAME_BYTES_MAX && text.isWellFormed() && !/\p{C}/u.test(text),
      expected,
    );
}

function hbar(expected: string) {
  return z.number(expected).positive('more than 0 HBAR').max(FEE_HBAR_MAX, `at most ${FEE_HBAR_MAX} HBAR`).optional();
}

function usd(example: string) {
  const expected = `an amount in USD, such as ${example}`;
  return z.number(expected).min(0, expected).max(USD_MAX, expected);
}

/** What the Token Service charges, with where and when that was read: it is shown to whoever approves, and decides nothing. */
export const tokenFeesSchema = z.strictObject(
  {
    source: z.string('where the fees were read').trim().min(1, 'where the fees were read').max(300, 'a shorter text'),
    asOf: z.iso.date('the day on which they were read, such as 2026-01-31'),
    createUsd: usd('1'),
    mintUsd: usd('0.001').describe('For a mint of a fungible token'),
    nftUsd: usd('0.02').describe('For each certificate'),
  },
  'fees: { source: ..., asOf: 2026-01-31, createUsd: 1, mintUsd: 0.001, nftUsd: 0.02 }',
);
export type TokenFees = Readonly<z.infer<typeof tokenFeesSchema>>;

/** `sync.hedera.tokens` of plant.yaml: certificates for the approved net energy of closed months. */
export const tokensSchema = z
  .strictObject({
    kind: z.enum(TOKEN_KINDS).default(DEFAULTS.kind),
    unit: z.enum(Object.keys(TOKEN_UNITS) as [TokenUnit, ...TokenUnit[]]).default(DEFAULTS.unit),
    decimals: z
      .int(`0 to ${DECIMALS_MAX}`)
      .min(0, 'at least 0')
      .max(DECIMALS_MAX, `at most ${DECIMALS_MAX}`)
      .optional(),
    name: words(`a name of 1 to ${NAME_BYTES_MAX} bytes`).optional(),
    symbol: words(`a symbol of 1 to ${NAME_BYTES_MAX} bytes`).default(DEFAULTS.symbol),
    maxSupply: z.int('a whole number of tokens').min(1, 'at least 1 token').optional(),
    tokenId: z
      .string('an id such as 0.0.6001')
      .refine((text) => parseHederaId(text) !== undefined, 'an id such as 0.0.6001')
      .optional(),
    firstMonth: z
      .string('a month such as 2026-10')
      .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'a month such as 2026-10')
      .optional(),
    maxFeeHbar: hbar('an amount of HBAR, such as 10'),
    maxCreateFeeHbar: hbar('an amount of HBAR, such as 50'),
    mainnet: z.literal(true, 'mainnet: true, or no such line').optional(),
    fees: tokenFeesSchema.optional(),
  })
  .superRefine((value, context) => {
    const trouble = (message: string, key: string): void => context.addIssue({ code: 'custom', message, path: [key] });
    if (value.kind === 'nft' && value.decimals !== undefined) {
      trouble('a certificate (nft) is whole: decimals belong to kind: fungible', 'decimals');
    }
    if (value.maxSupply === undefined && value.tokenId === undefined) {
      trouble(
        'expected maxSupply, the most tokens that may ever be minted: the supply of a certificate is finite',
        'maxSupply',
      );
    }
    const smallestWh = TOKEN_UNITS[value.unit] / 10 ** decimalsOf(value);
    if (smallestWh < 1)
      trouble(`the smallest part of a token would be ${smallestWh} Wh, and energy is counted in whole Wh`, 'decimals');
    if ((value.maxSupply ?? 0) * 10 ** decimalsOf(value) > SMALLEST_MAX) trouble('a smaller supply', 'maxSupply');
  });

export type TokensConfig = Readonly<z.output<typeof tokensSchema>>;

/** How many decimals an amount has: none for certificates; a fungible token can be divided down to 1 Wh unless plant.yaml says less. */
export function decimalsOf({ kind, unit, decimals }: Pick<TokensConfig, 'kind' | 'unit' | 'decimals'>): number {
  if (kind === 'nft') return 0;
  return decimals ?? Math.round(Math.log10(TOKEN_UNITS[unit]));
}

/** The energy of the smallest amount that can be minted, in watt-hours: what is below it waits for the next month. */
export function smallestWh(tokens: Pick<TokensConfig, 'kind' | 'unit' | 'decimals'>): number {
  return TOKEN_UNITS[tokens.unit] / 10 ** decimalsOf(tokens);
}
