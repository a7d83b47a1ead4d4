import { z } from 'zod';
import { PROOF_OUTCOMES } from '../../../core/sync/proof-step.ts';
import { MINT_PROOF_STEPS } from '../../../core/sync/targets/hedera/prove-mint.ts';

const count = z.number().int().min(0);
const energyWh = z.number().int().min(0);
const fault = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });
const form = z.enum(['nft', 'fungible']);

export const mintRequestSchema = z.object({
  month: z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/),
  plan: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('What the person had before them, as `mintable.plan` of the month; anything else is a conflict'),
});
export const planParamsSchema = z.object({ plan: z.string().regex(/^[0-9a-f]{8,64}$/) });

const setup = z
  .object({
    network: z.string(),
    isPublic: z.boolean().describe('Whether anybody can look there'),
    form,
    unit: z.enum(['Wh', 'kWh', 'MWh']).describe('What one whole token stands for'),
    decimals: count,
    unitWh: energyWh.describe('Energy of the smallest amount'),
    name: z.string(),
    symbol: z.string(),
    maxUnits: count
      .nullable()
      .describe('The finite supply, in smallest amounts; null where plant.yaml names the token'),
    token: z.string().nullable().describe('Null until it is made with the first mint'),
    tokenUrl: z.string().nullable().describe("The token on HashScan; null on a network of one's own"),
    keys: z.array(z.string()).describe('The keys that are set; empty until there is a token'),
    persons: count.describe('How many different persons a mint takes'),
    fees: z.object({
      source: z.string(),
      asOf: z.string(),
      createUsd: z.number(),
      mintUsd: z.number(),
      nftUsd: z.number(),
    }),
  })
  .meta({ id: 'TokenSetup' });

const month = z
  .object({
    month: z.string(),
    entry: count.describe('Index of the close in force'),
    hash: z.string().describe('Its leaf hash, hexadecimal'),
    closedBy: z.string(),
    creditedNetWh: energyWh,
    fromWh: energyWh.describe('Where its energy begins among that of all closed months'),
    toWh: energyWh,
    mintedWh: energyWh.describe('What of the stretch is minted on this network'),
    carriedWh: energyWh.describe('What is left at its end below the smallest amount: carried on to the next month'),
    state: z
      .enum(['minted', 'nothing', 'approved', 'proposed', 'mintable', 'carried', 'refused', 'left-out'])
      .describe('nothing: the month credits no energy, so that there is nothing to mint'),
    mintable: z
      .object({
        plan: z.string().describe('What a person approves, by its SHA-256'),
        fromWh: energyWh,
        toWh: energyWh,
        units: count,
        costUsd: z.number().describe('By the fees of `setup`; the making of the token included where there is none'),
      })
      .nullable(),
    fault: fault.nullable().describe('What is in the way'),
  })
  .meta({ id: 'TokenMonth' });

const plan = z
  .object({
    id: z.string(),
    month: z.string(),
    monthEntry: count,
    fromWh: energyWh,
    toWh: energyWh,
    units: count,
    mintedUnits: count,
    form,
    network: z.string(),
    state: z.enum(['proposed', 'approved', 'minted', 'withdrawn', 'expired']),
    reason: z.string().nullable(),
    approvals: z.array(z.object({ index: count, at: z.string(), by: z.string(), account: z.string() })),
  })
  .meta({ id: 'MintPlan' });

export const mintSchema = z
  .object({
    index: count.describe('Index of its entry'),
    plan: z.string().nullable(),
    month: z.string().nullable(),
    fromWh: energyWh,
    toWh: energyWh,
    units: count,
    serials: z.array(count),
    network: z.string(),
    token: z.string(),
    topic: z.string(),
    sequence: count,
    reference: z.string(),
    transactionId: z.string(),
    consensusAt: z.string(),
    hashscanUrl: z.string().nullable(),
  })
  .meta({ id: 'Mint' });

export const tokensSchema = z
  .object({
    setup: setup.nullable().describe('Null where plant.yaml says nothing of certificates'),
    work: z
      .object({ state: z.enum(['idle', 'minting', 'waiting', 'held']), fault: fault.nullable() })
      .nullable()
      .describe('What mints; null where nothing does, as while no appliance runs'),
    minted: z.object({ energyWh, units: count, mints: count }).describe('On the network of `setup`'),
    months: z.array(month).describe('Closed months, oldest first'),
    plans: z.array(plan).describe('Newest first; at most 100'),
    mints: z.array(mintSchema).describe('Newest first; at most 100'),
  })
  .meta({ id: 'Tokens' });

export const mintProofSchema = z
  .object({
    mint: mintSchema,
    outcome: z.enum(PROOF_OUTCOMES).describe('The worst of the steps'),
    summary: z.string(),
    checkedAt: z.iso.datetime(),
    mirrorUrl: z.string().nullable(),
    steps: z.array(
      z.object({
        step: z.enum(MINT_PROOF_STEPS),
        outcome: z.enum(PROOF_OUTCOMES),
        sentence: z.string().describe('What was held against what'),
      }),
    ),
  })
  .meta({ id: 'MintProof' });
