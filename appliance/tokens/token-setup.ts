import { withoutChecksum } from '../../core/config/hedera-id.ts';
import type { PlantConfig } from '../../core/config/plant.ts';
import { decimalsOf, smallestWh, type TokenFees, type TokenUnit } from '../../core/config/token-schema.ts';
import { PUBLISHED_TOKEN_FEES } from '../../core/sync/hedera-fees.ts';
import type { ReceiptNetwork } from '../../core/sync/targets/hedera/receipt.ts';

/** What plant.yaml says of certificates, with its defaults in place. */
export interface TokenSetup {
  readonly network: ReceiptNetwork;
  readonly form: 'nft' | 'fungible';
  readonly unit: TokenUnit;
  readonly decimals: number;
  /** Energy of the smallest amount. */
  readonly unitWh: number;
  readonly name: string;
  readonly symbol: string;
  /** In smallest amounts; undefined only where the token is named. */
  readonly maxUnits: number | undefined;
  /** As plant.yaml names it, without its checksum. */
  readonly token: string | undefined;
  readonly firstMonth: string | undefined;
  readonly operatorId: string;
  readonly mintFeeMaxTinybars: number;
  readonly createFeeMaxTinybars: number;
  readonly fees: TokenFees;
}

const TINYBARS_PER_HBAR = 100_000_000;
/** At 0.05 USD for an HBAR ten certificates take 4 and a token takes 20. */
const MINT_FEE_MAX_HBAR = 10;
const CREATE_FEE_MAX_HBAR = 50;
const NAME_BYTES_MAX = 100;

/** Undefined where plant.yaml says nothing of certificates: then nothing is ever minted. */
export function tokenSetupOf({ plant, sync }: Pick<PlantConfig, 'plant' | 'sync'>): TokenSetup | undefined {
  const { hedera } = sync ?? {};
  const { tokens } = hedera ?? {};
  if (hedera === undefined || tokens === undefined) return undefined;
  const decimals = decimalsOf(tokens);
  const { kind, unit, symbol, maxSupply, tokenId, firstMonth, fees } = tokens;
  return {
    network: hedera.network ?? 'private',
    form: kind,
    unit,
    decimals,
    unitWh: smallestWh(tokens),
    name: tokens.name ?? cut(`HREC ${plant.name}`),
    symbol,
    maxUnits: maxSupply === undefined ? undefined : maxSupply * 10 ** decimals,
    token: tokenId === undefined ? undefined : withoutChecksum(tokenId),
    firstMonth,
    operatorId: withoutChecksum(hedera.operatorId),
    mintFeeMaxTinybars: Math.round((tokens.maxFeeHbar ?? MINT_FEE_MAX_HBAR) * TINYBARS_PER_HBAR),
    createFeeMaxTinybars: Math.round((tokens.maxCreateFeeHbar ?? CREATE_FEE_MAX_HBAR) * TINYBARS_PER_HBAR),
    fees: fees ?? PUBLISHED_TOKEN_FEES,
  };
}

function cut(name: string): string {
  let short = name;
  while (Buffer.byteLength(short) > NAME_BYTES_MAX) short = [...short].slice(0, -1).join('');
  return short;
}
