import type { ShownCertificate } from '../../core/evidence/entry-pass.ts';
import { bodyTrouble } from '../../core/ledger/entry-schemas.ts';
import type { MintedTokens, TokenTaken } from '../../core/ledger/mint-entries.ts';
import { outcomeOf, type ProofOutcome } from '../../core/sync/proof-step.ts';
import type { MirrorClient } from '../../core/sync/targets/hedera/mirror.ts';
import { proveMint } from '../../core/sync/targets/hedera/prove-mint.ts';
import { proveToken } from '../../core/sync/targets/hedera/prove-token.ts';
import { networkShown } from '../../core/sync/targets/hedera/public-mirrors.ts';

/** What a mirror of Hedera says of the mints of a bundle. */
export interface MintComparison {
  /** Mints in the bundle, and of these the ones that the mirror shows as they say. */
  readonly mints: number;
  readonly hold: number;
  /** Mints of a token of which the bundle does not say what it is, so that token and treasury were not looked at. */
  readonly withoutToken: number;
  /** Mints on other networks than the one of this mirror: it was not asked about them. */
  readonly elsewhere: number;
  /** `holds` where all do; else what came of the first entry that does not. */
  readonly outcome: ProofOutcome;
  readonly first: { readonly entry: number; readonly sentences: readonly string[] } | null;
}

interface Proof {
  readonly outcome: ProofOutcome;
  readonly sentence: string;
}

/**
 * Holds each mint, and each token that one is of, against the mirror. Goes on after one that differs, to tell how many do; ends
 * with the first that the mirror could not be asked about.
 */
export async function compareMints(
  mirror: MirrorClient,
  shown: readonly ShownCertificate[],
  onProgress: (compared: number) => void = () => {},
): Promise<MintComparison> {
  const all = shown.filter(({ kind }) => kind === 'token-minted');
  const network = networkShown(mirror.url);
  const mints = all.filter(({ body }) => network === undefined || body.network === network);
  const tokens = new Map<string, ShownCertificate>();
  for (const each of shown) if (each.kind === 'token') tokens.set(tokenOf(each), each);
  const provenTokens = new Map<string, readonly Proof[]>();
  let counts = { hold: 0, withoutToken: 0 };
  let worst: Pick<MintComparison, 'outcome' | 'first'> = { outcome: 'holds', first: null };
  for (const [order, minted] of mints.entries()) {
    const token = tokens.get(tokenOf(minted));
    const known = provenTokens.get(tokenOf(minted)) ?? (await proofsOfToken(mirror, token));
    provenTokens.set(tokenOf(minted), known);
    const proofs = [...known, ...(await proofsOfMint(mirror, minted, token))];
    const outcome = outcomeOf(proofs);
    const { hold, withoutToken } = counts;
    counts = {
      hold: hold + (outcome === 'holds' ? 1 : 0),
      withoutToken: withoutToken + (token === undefined ? 1 : 0),
    };
    if (outcome !== 'holds' && worst.first === null) {
      const sentences = proofs.filter((proof) => proof.outcome !== 'holds').map(({ sentence }) => sentence);
      worst = { outcome, first: { entry: minted.index, sentences } };
    }
    if (outcome === 'not-reached') break;
    onProgress(order + 1);
  }
  return { mints: all.length, elsewhere: all.length - mints.length, ...counts, ...worst };
}

/** Tokens of different networks may have the same id. */
function tokenOf({ body }: ShownCertificate): string {
  return `${String(body.token)} on ${String(body.network)}`;
}

async function proofsOfToken(mirror: MirrorClient, token: ShownCertificate | undefined): Promise<readonly Proof[]> {
  if (token === undefined) return [];
  if (isUnknown(token)) return [unknownForm(token)];
  return [await proveToken(mirror, token.body as unknown as TokenTaken)];
}

async function proofsOfMint(
  mirror: MirrorClient,
  minted: ShownCertificate,
  token: ShownCertificate | undefined,
): Promise<readonly Proof[]> {
  if (isUnknown(minted)) return [unknownForm(minted)];
  const treasury = typeof token?.body.treasury === 'string' ? token.body.treasury : undefined;
  return await proveMint(mirror, minted.body as unknown as MintedTokens, treasury);
}

/** What a bundle holds is signed by the device, which does not say that it has the form of its kind. */
function isUnknown(entry: ShownCertificate): boolean {
  return bodyTrouble({ ...entry, v: 1, at: '' }, 1) !== undefined;
}

function unknownForm({ index, kind }: ShownCertificate): Proof {
  return { outcome: 'differs', sentence: `Entry ${index} (${kind}) is of no form that this version knows.` };
}
