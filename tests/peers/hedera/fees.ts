import type { ParsedTransaction } from './parse-transaction.ts';

/** Tinybars of a US dollar at the stand-in's rate of 12 cents for an hbar. */
export const CENTS_PER_HBAR = 12;
const TINYBARS_PER_HBAR = 100_000_000;
/** A message of up to this many bytes costs the base price. */
const INCLUDED_BYTES = 100;
/** Node 1 part and network 9 parts of what every transaction costs, and all that a duplicate costs (HIP-1261). */
const NODE_USD = 0.00001;
const NETWORK_USD = 0.00009;
const QUERY_USD = 0.0001;

/** Prices of the network's schedule in US dollars, as published for 2026. */
const BASE_USD = {
  submitMessage: 0.0008,
  submitByte: 0.000_000_68,
  createTopic: 0.01,
  updateTopic: 0.00022,
  createToken: 1,
  mintFungible: 0.001,
  mintNft: 0.02,
  associateToken: 0.05,
  transfer: 0.0001,
} as const;

export interface Fee {
  readonly node: bigint;
  readonly network: bigint;
  readonly service: bigint;
}

/** What a transaction costs, in tinybars. */
export function feeOf(transaction: ParsedTransaction): Fee {
  const node = tinybars(NODE_USD);
  const network = tinybars(NETWORK_USD);
  const whole = tinybars(priceUsd(transaction));
  const service = whole - node - network;
  return { node, network, service: service > 0n ? service : 0n };
}

/** What a paid query costs, in tinybars. */
export function queryFee(): bigint {
  return tinybars(QUERY_USD);
}

export function totalOf({ node, network, service }: Fee): bigint {
  return node + network + service;
}

function priceUsd({ body }: ParsedTransaction): number {
  if (body.consensusSubmitMessage) {
    const over = Math.max(0, body.consensusSubmitMessage.message.length - INCLUDED_BYTES);
    return BASE_USD.submitMessage + over * BASE_USD.submitByte;
  }
  if (body.consensusCreateTopic) return BASE_USD.createTopic;
  if (body.consensusUpdateTopic) return BASE_USD.updateTopic;
  if (body.tokenCreation) return BASE_USD.createToken;
  if (body.tokenMint) {
    return body.tokenMint.metadata.length > 0
      ? body.tokenMint.metadata.length * BASE_USD.mintNft
      : BASE_USD.mintFungible;
  }
  if (body.tokenAssociate) return BASE_USD.associateToken;
  return BASE_USD.transfer;
}

function tinybars(usd: number): bigint {
  const exact = (usd * 100 * TINYBARS_PER_HBAR) / CENTS_PER_HBAR;
  // Rounded up, but not for a last binary digit.
  return BigInt(Math.ceil(Number(exact.toFixed(6))));
}
