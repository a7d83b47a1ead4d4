import type { NewEntry } from '../../core/ledger/entry.ts';
import type { PlantSync } from '../sync/plant-sync.ts';
import type { MintProver } from './mint-prover.ts';
import { type TokenActionParts, type TokenActions, tokenActions } from './token-actions.ts';

/** What of a running plant certificates need besides its ledger. */
export interface TokenWatchers {
  readonly sync?: PlantSync | undefined;
  readonly mintProver?: MintProver;
}

/** Certificates of a running plant: what persons decide is recorded by it and minted by what runs beside it. */
export function viewTokens(
  parts: Pick<TokenActionParts, 'config' | 'store'>,
  record: (entry: NewEntry) => unknown,
  watchers: () => TokenWatchers,
): TokenActions {
  return tokenActions({
    ...parts,
    record,
    wake: () => watchers().sync?.minter?.wake(),
    minter: () => watchers().sync?.minter?.status(),
    prover: () => watchers().mintProver,
  });
}
