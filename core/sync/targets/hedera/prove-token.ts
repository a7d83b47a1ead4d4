import type { TokenTaken } from '../../../ledger/mint-entries.ts';
import type { ProofOutcome } from '../../proof-step.ts';
import type { MirrorClient } from './mirror.ts';
import { mirrorToken } from './token-mirror.ts';

export interface TokenProof {
  readonly outcome: ProofOutcome;
  readonly sentence: string;
}

/**
 * Holds a recorded token against a mirror: that it exists and is what the ledger says. Its treasury is looked at mint by mint, and
 * its name and symbol not at all, since whoever has its admin key may change them.
 */
export async function proveToken(
  mirror: Pick<MirrorClient, 'url' | 'get'>,
  { token, form, decimals, maxSupply }: Pick<TokenTaken, 'token' | 'form' | 'decimals' | 'maxSupply'>,
  signal?: AbortSignal,
): Promise<TokenProof> {
  const found = await mirrorToken(mirror, token, signal);
  if (found.kind === 'failed') return { outcome: 'not-reached', sentence: found.fault.message };
  if (found.kind === 'absent')
    return { outcome: 'not-there', sentence: `The mirror ${mirror.url} has no token ${token}.` };
  const seen = found.value;
  const differs = (what: string): TokenProof => ({ outcome: 'differs', sentence: `The token ${token} ${what}.` });
  if (seen.isDeleted) return differs('was deleted');
  if (seen.form !== form) return differs(`is ${seen.form}; the ledger says ${form}`);
  if (seen.decimals !== decimals) return differs(`has ${seen.decimals} decimals; the ledger says ${decimals}`);
  if (seen.maxSupply !== maxSupply)
    return differs(`has a maximum supply of ${seen.maxSupply ?? 'infinity'}; the ledger says ${maxSupply}`);
  return { outcome: 'holds', sentence: `The token ${token} exists and is what the ledger says.` };
}
