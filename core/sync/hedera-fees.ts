import type { FeeSchedule } from '../config/fee-schema.ts';
import type { TokenFees } from '../config/token-schema.ts';

/**
 * Fees of Hedera's public networks, as published: data that plant.yaml replaces (`sync.hedera.fees`) and that no rule
 * depends on. They are fixed in USD and paid in HBAR at the network's own rate; ConsensusSubmitMessage rose from 0.0001 to
 * 0.0008 USD in January 2026, and with "simple fees" (HIP-1261) bytes beyond the included ones are charged.
 */
export const PUBLISHED_FEES: FeeSchedule = {
  source: 'docs.hedera.com, fees of ConsensusSubmitMessage, and HIP-1261',
  asOf: '2026-01-31',
  messageUsd: 0.0008,
  includedBytes: 100,
  byteUsd: 0.000_000_68,
};

/** Fees of the Token Service, as published: shown to whoever approves a mint, replaced by `sync.hedera.tokens.fees`. */
export const PUBLISHED_TOKEN_FEES: TokenFees = {
  source: 'docs.hedera.com, fees of TokenCreate and TokenMint',
  asOf: '2026-01-31',
  createUsd: 1,
  mintUsd: 0.001,
  nftUsd: 0.02,
};
