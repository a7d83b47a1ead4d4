import { countNoun } from '../commands/count-noun.ts';
import type { MintProof } from './mint-prover.ts';
import type { TokensAnswer } from './token-answer.ts';

type Setup = NonNullable<TokensAnswer['setup']>;
type Month = TokensAnswer['months'][number];
type Plan = TokensAnswer['plans'][number];
type Mint = TokensAnswer['mints'][number];

const WH_PER_KWH = 1000;
const ID_DIGITS = 12;
const SHOWN_MAX = 10;

/** Everything that is known of certificates, in lines. */
export function tokensInWords({ setup, work, minted, months, plans, mints }: TokensAnswer): readonly string[] {
  if (setup === null && minted.mints === 0) return ['plant.yaml says nothing of certificates, and none were minted.'];
  return [
    ...(setup === null ? ['plant.yaml says nothing of certificates any more.'] : [setupInWords(setup)]),
    `minted: ${amount(minted.units, setup)} for ${kwh(minted.energyWh)}, in ${countNoun(minted.mints, 'mint')}`,
    ...workInWords(work),
    ...(months.length === 0 ? ['No month is closed yet.'] : months.map(monthInWords)),
    ...plans.slice(0, SHOWN_MAX).flatMap(planInWords),
    ...mints.slice(0, SHOWN_MAX).map(mintInWords),
  ];
}

function setupInWords({ network, form, unit, decimals, name, symbol, token, maxUnits, keys, tokenUrl }: Setup): string {
  const what =
    form === 'nft' ? `certificates of 1 ${unit} each` : `an amount, 1 token for 1 ${unit}, ${decimals} decimals`;
  const where = network === 'private' ? "a network of one's own" : network;
  const which = token === null ? 'made with the first mint' : `token ${token}, with the keys ${keys.join(', ')}`;
  const most = maxUnits === null ? '' : `, at most ${maxUnits / 10 ** decimals}`;
  return `${symbol} (${name}) on ${where}: ${what}${most}; ${which}${tokenUrl === null ? '' : ` ${tokenUrl}`}`;
}

function workInWords(work: TokensAnswer['work']): readonly string[] {
  if (work === null) return [];
  const { state, fault } = work;
  const why =
    fault === null ? [] : [`  ${fault.code}: ${fault.message}${fault.hint === null ? '' : ` (${fault.hint})`}`];
  return state === 'idle' ? [] : [WORK[state], ...why];
}

const WORK = {
  minting: 'Something is being minted now.',
  waiting: 'Something waits to be minted; it is tried by itself.',
  held: 'Something is approved and not minted: it needs a person.',
} as const;

function monthInWords({ month, creditedNetWh, state, mintable, fault, carriedWh }: Month): string {
  const what = mintable === null ? STATES[state] : `may be minted: ${mintableInWords(mintable)}`;
  const why = fault === null ? '' : `; ${fault.code}: ${fault.message} (${fault.hint})`;
  const carried = carriedWh === 0 ? '' : `, ${carriedWh} Wh carried on to the next month`;
  return `${month}: ${kwh(creditedNetWh)} net, ${what}${carried}${why}`;
}

const STATES: Readonly<Record<Month['state'], string>> = {
  minted: 'minted',
  nothing: 'nothing to mint',
  approved: 'approved by two persons',
  proposed: 'proposed, and waits for a second person',
  mintable: 'may be minted',
  carried: 'less than the smallest amount',
  refused: 'cannot be minted now',
  'left-out': 'left out',
};

function mintableInWords({ units, fromWh, toWh, costUsd }: NonNullable<Month['mintable']>): string {
  return `${units} for ${kwh(toWh - fromWh)}, about ${costUsd} USD`;
}

function planInWords({
  id,
  month,
  units,
  mintedUnits,
  state,
  reason,
  approvals,
  fromWh,
  toWh,
}: Plan): readonly string[] {
  const persons = approvals.map(({ by }) => by).join(' and ');
  const said = persons === '' ? '' : `, by ${persons}`;
  const part = state === 'minted' || mintedUnits === 0 ? '' : `, ${mintedUnits} of them minted`;
  const line = `plan ${id.slice(0, ID_DIGITS)}: ${month}, ${units} for ${kwh(toWh - fromWh)}, ${state}${said}${part}`;
  return reason === null ? [line] : [line, `  ${reason}`];
}

function mintInWords({ index, month, units, serials, token, consensusAt, hashscanUrl, fromWh, toWh }: Mint): string {
  const [first] = serials;
  const which = first === undefined ? '' : `, serials ${first} to ${serials.at(-1)}`;
  const of = month ?? 'a ledger that was lost';
  return `mint of entry ${index}: ${units} of ${token}${which} for ${kwh(toWh - fromWh)} of ${of}, ${consensusAt} ${hashscanUrl ?? ''}`.trim();
}

/** A proof in lines. */
export function mintProofInWords({ summary, steps, mint, mirrorUrl }: MintProof): readonly string[] {
  return [
    summary,
    ...steps.map(({ outcome, sentence }) => `  ${outcome.padEnd(STEP_WIDTH)}${sentence}`),
    ...(mint.hashscanUrl === null ? [] : [`Look yourself: ${mint.hashscanUrl}`]),
    ...(mirrorUrl === null ? ['No mirror was asked.'] : []),
  ];
}

const STEP_WIDTH = 13;

function amount(units: number, setup: Setup | null): string {
  if (setup === null || setup.form === 'nft') return countNoun(units, 'certificate');
  return `${(units / 10 ** setup.decimals).toFixed(setup.decimals)} ${setup.symbol}`;
}

function kwh(wh: number): string {
  return `${(wh / WH_PER_KWH).toFixed(3)} kWh`;
}
