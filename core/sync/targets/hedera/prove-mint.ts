import type { MintedTokens } from '../../../ledger/mint-entries.ts';
import type { ProofOutcome } from '../../proof-step.ts';
import { parseInstant } from './instant.ts';
import { type MintReference, mintReference, readMintReference } from './mint-reference.ts';
import type { MirrorClient } from './mirror.ts';
import type { MirrorMint } from './token-answers.ts';
import { mintAt, nftsOf } from './token-mirror.ts';
import { transactionIdText } from './transaction-id.ts';

export const MINT_PROOF_STEPS = [
  'reference',
  'fetched',
  'transaction',
  'memo',
  'amount',
  'treasury',
  'certificates',
  'attested',
] as const;

export interface MintProofStep {
  readonly step: (typeof MINT_PROOF_STEPS)[number];
  readonly outcome: ProofOutcome;
  readonly sentence: string;
}

/**
 * Holds a recorded mint against a mirror: that this transaction minted this, and that it names this energy. `treasury` is the
 * account that the ledger names for the token; undefined where it names none, which is then not looked at.
 */
export async function proveMint(
  mirror: Pick<MirrorClient, 'url' | 'get'>,
  minted: MintedTokens,
  treasury: string | undefined,
  signal?: AbortSignal,
): Promise<readonly MintProofStep[]> {
  const reference = readMintReference(minted.reference);
  const stated = referenceStep(minted, reference);
  const at = parseInstant(minted.consensusTimestamp);
  if (at === undefined || reference === undefined) return [stated];
  const found = await mintAt(mirror, at, signal);
  if (found.kind === 'failed') return [stated, step('fetched', 'not-reached', found.fault.message)];
  if (found.kind === 'absent') {
    return [stated, step('fetched', 'not-there', `The mirror ${mirror.url} shows no mint at ${minted.consensusAt}.`)];
  }
  const { id, tokenId, memo, transfers, serials } = found.value;
  const own = serials.filter((each) => each.tokenId === minted.token).map(({ serial }) => serial);
  const units =
    minted.form === 'nft'
      ? own.length
      : transfers.reduce((sum, each) => sum + (each.tokenId === minted.token ? each.amount : 0), 0);
  const isSameSerials = own.toSorted((a, b) => a - b).join() === minted.serials.join();
  const steps = [
    stated,
    step('fetched', 'holds', `The mirror ${mirror.url} shows a mint at ${minted.consensusAt}.`),
    transactionIdText(id) === minted.transactionId && tokenId === minted.token
      ? step('transaction', 'holds', `It is of the token ${tokenId}, by the transaction ${minted.transactionId}.`)
      : step(
          'transaction',
          'differs',
          `It is of ${tokenId}, by ${transactionIdText(id)}; the ledger says ${minted.token}, by ${minted.transactionId}.`,
        ),
    memo === minted.reference
      ? step('memo', 'holds', 'Its memo is the reference that the ledger records, letter by letter.')
      : step('memo', 'differs', `Its memo is "${memo.slice(0, 100)}".`),
    units === minted.units && isSameSerials
      ? step('amount', 'holds', `It minted ${units}, as the ledger says.`)
      : step(
          'amount',
          'differs',
          `It minted ${units}${own.length > 0 ? ` (serials ${own.join(', ')})` : ''}; the ledger says ${minted.units}.`,
        ),
    ...(treasury === undefined ? [] : [treasuryStep(minted, treasury, found.value)]),
  ];
  return minted.form === 'nft' ? [...steps, await certificateStep(mirror, minted, reference, signal)] : steps;
}

function referenceStep(minted: MintedTokens, reference: MintReference | undefined): MintProofStep {
  const isSame =
    reference !== undefined &&
    reference.topicId === minted.topic &&
    reference.sequence === minted.sequence &&
    reference.entry === minted.monthEntry &&
    minted.monthHash.startsWith(reference.hash) &&
    reference.fromWh === minted.fromWh &&
    reference.fromWh + reference.wh === minted.toWh &&
    reference.wh === minted.units * minted.unitWh;
  return isSame
    ? step(
        'reference',
        'holds',
        `The reference names message ${minted.sequence} of topic ${minted.topic}, entry ${minted.monthEntry}, and ${reference.wh} Wh from ${minted.fromWh} Wh on.`,
      )
    : step('reference', 'differs', `The reference "${minted.reference}" is not what the entry says.`);
}

/** The account that holds the token's treasury may change later; where this mint went to stays in the network's history. */
function treasuryStep({ token }: MintedTokens, treasury: string, { transfers, serials }: MirrorMint): MintProofStep {
  const to = [...transfers, ...serials].flatMap((each) => (each.tokenId === token ? [each.to ?? 'no account'] : []));
  const other = to.find((account) => account !== treasury);
  if (other === undefined && to.length > 0) return step('treasury', 'holds', `It went to the treasury ${treasury}.`);
  const where = other ?? 'no account';
  return step('treasury', 'differs', `It went to ${where}; the ledger names ${treasury} as the treasury of ${token}.`);
}

async function certificateStep(
  mirror: Pick<MirrorClient, 'url' | 'get'>,
  { token, serials, unitWh }: MintedTokens,
  reference: MintReference,
  signal: AbortSignal | undefined,
): Promise<MintProofStep> {
  const range = { from: serials[0] ?? 0, to: serials.at(-1) ?? 0 };
  const nfts = await nftsOf(mirror, token, range, signal);
  if (nfts.kind === 'failed') return step('certificates', 'not-reached', nfts.fault.message);
  const found = nfts.kind === 'found' ? nfts.value : [];
  for (const [i, serial] of serials.entries()) {
    const wanted = mintReference({ ...reference, fromWh: reference.fromWh + i * unitWh, wh: unitWh });
    const seen = found.find((nft) => nft.serial === serial);
    if (seen === undefined) return step('certificates', 'not-there', `The mirror does not have serial ${serial}.`);
    if (seen.metadata !== wanted)
      return step(
        'certificates',
        'differs',
        `Serial ${serial} says "${seen.metadata.slice(0, 100)}" in place of "${wanted}".`,
      );
  }
  return step(
    'certificates',
    'holds',
    `Each of the ${serials.length} certificates names its own stretch of the energy.`,
  );
}

function step(name: MintProofStep['step'], outcome: ProofOutcome, sentence: string): MintProofStep {
  return { step: name, outcome, sentence };
}
