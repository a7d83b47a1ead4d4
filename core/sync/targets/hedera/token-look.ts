import type { SyncFault } from '../../target.ts';
import type { HederaSession } from './hedera-session.ts';
import type { MirrorToken } from './token-answers.ts';
import {
  accountFrozen,
  notAssociated,
  supplyInfinite,
  supplyKeyForeign,
  supplyReached,
  TOKEN_PENDING,
  tokenDeleted,
  tokenPaused,
  tokenUnknown,
  tokenUnlike,
  treasuryForeign,
} from './token-faults.ts';
import { mirrorToken, tokenRelation } from './token-mirror.ts';

export interface WantedToken {
  readonly tokenId: string;
  readonly form: 'nft' | 'fungible';
  readonly decimals: number;
  /** It was made by this ledger, so that a mirror which lacks it is behind. */
  readonly isOwn: boolean;
}

export type TokenLook =
  | { readonly kind: 'token'; readonly token: MirrorToken }
  | { readonly kind: 'trouble'; readonly fault: SyncFault };

type Looking = Pick<HederaSession, 'mirror' | 'network' | 'operatorId' | 'publicKey' | 'pause'>;

/** A mirror may not know for a moment what it knew before; what is said three times holds. */
const LOOKS = 3;
const LOOK_PAUSE_MS = 500;

/** Whether the token is there, is what plant.yaml says, is ours to mint, and takes so many (smallest amounts) more. */
export async function lookAtToken(
  parts: Looking,
  wanted: WantedToken,
  units: number,
  signal: AbortSignal,
): Promise<TokenLook> {
  for (let number = 1; ; number += 1) {
    const look = await lookOnce(parts, wanted, units, signal);
    if (look.kind === 'token' || number === LOOKS || signal.aborted) return look;
    await parts.pause(LOOK_PAUSE_MS, signal);
  }
}

async function lookOnce(parts: Looking, wanted: WantedToken, units: number, signal: AbortSignal): Promise<TokenLook> {
  const { mirror, network, operatorId } = parts;
  const { tokenId } = wanted;
  const found = await mirrorToken(mirror, tokenId, signal);
  if (found.kind === 'failed') return trouble(found.fault);
  if (found.kind === 'absent') return trouble(wanted.isOwn ? TOKEN_PENDING : tokenUnknown(tokenId, network));
  const token = found.value;
  const wrong = wrongOf(parts, wanted, token, units);
  if (wrong !== undefined) return trouble(wrong);
  const relation = await tokenRelation(mirror, operatorId, tokenId, signal);
  if (relation.kind === 'failed') {
    // A mirror of one's own may know less than Hedera's; the nodes decide then.
    return network === 'private' && relation.isNoRoute === true ? { kind: 'token', token } : trouble(relation.fault);
  }
  if (relation.kind === 'absent') return trouble(notAssociated(tokenId, operatorId));
  if (relation.value.isFrozen || relation.value.isRevoked) return trouble(accountFrozen(tokenId, operatorId));
  return { kind: 'token', token };
}

function wrongOf(
  { operatorId, publicKey }: Looking,
  { tokenId, form, decimals }: WantedToken,
  token: MirrorToken,
  units: number,
): SyncFault | undefined {
  if (token.isDeleted) return tokenDeleted(tokenId);
  if (token.form !== form)
    return tokenUnlike(tokenId, `it is ${token.form === 'nft' ? 'of certificates' : 'fungible'}`);
  if (token.decimals !== decimals) return tokenUnlike(tokenId, `it has ${token.decimals} decimals`);
  const isOurs = token.supplyKey?.type === publicKey.type && token.supplyKey.hex === publicKey.hex;
  if (!isOurs) return supplyKeyForeign(tokenId);
  if (token.treasuryId !== operatorId) return treasuryForeign(tokenId, token.treasuryId);
  if (token.isPaused) return tokenPaused(tokenId);
  if (token.maxSupply === null) return supplyInfinite(tokenId);
  const left = token.maxSupply - token.totalSupply;
  return left < units ? supplyReached(tokenId, left, units) : undefined;
}

function trouble(fault: SyncFault): TokenLook {
  return { kind: 'trouble', fault };
}
