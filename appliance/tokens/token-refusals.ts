import { type ExitCode, Failure } from '../../core/model/failure.ts';
import type { SyncFault } from '../../core/sync/target.ts';

const USAGE: ExitCode = 2;

function refusal(code: string, message: string, hint: string): Failure {
  return new Failure(code, message, { hint, exitCode: USAGE });
}

/** What keeps a mint from being proposed or approved, from a fault of the network's kind. */
export function refusalOf({ code, message, hint = '' }: SyncFault): Failure {
  return refusal(code, message, hint);
}

export function tokensOff(): Failure {
  return refusal(
    'TOK_OFF',
    'plant.yaml says nothing of certificates.',
    'add tokens under sync.hedera, as docs/tokens.md shows, and start the appliance again',
  );
}

export function demoTokens(): Failure {
  return refusal(
    'TOK_DEMO',
    'Certificates are never minted for demonstration data, on no network.',
    'mint for a real plant, with a ledger of its own',
  );
}

export function monthOpen(month: string): Failure {
  return refusal(
    'TOK_MONTH_OPEN',
    `The month ${month} is not closed.`,
    'close it first (forebay month close); "forebay tokens list" shows which months are',
  );
}

export function monthOrder(month: string, earlier: string): Failure {
  return refusal(
    'TOK_MONTH_ORDER',
    `Energy of ${earlier} is not minted yet, and ${month} comes after it.`,
    `mint ${earlier} first; energy from before a month that should never be minted is left out with firstMonth in plant.yaml`,
  );
}

export function nothingToMint(month: string, carriedWh: number, unitWh: number): Failure {
  return refusal(
    'TOK_NOTHING_TO_MINT',
    `Up to the end of ${month} ${carriedWh} Wh are left to mint, and the smallest amount is ${unitWh} Wh.`,
    'nothing is lost: it is carried on to the next month',
  );
}

export function underWay(): Failure {
  return refusal(
    'TOK_MINT_UNDER_WAY',
    'A mint was sent of which it is not known yet whether it happened.',
    'wait until "forebay tokens list" says what came of it, then propose',
  );
}

export function planOpen(month: string, id: string): Failure {
  return refusal(
    'TOK_PLAN_OPEN',
    `A mint for ${month} is proposed already (${id.slice(0, 12)}).`,
    'approve it, or take it back first with "forebay tokens withdraw"',
  );
}

export function planUnknown(id: string): Failure {
  return refusal(
    'TOK_PLAN_UNKNOWN',
    `Nobody proposed a mint "${id}".`,
    '"forebay tokens list" shows what was proposed',
  );
}

export function planExpired(reason: string): Failure {
  return refusal('TOK_PLAN_EXPIRED', reason, 'look at the month again, and propose anew');
}

export function planOver(state: string): Failure {
  return refusal('TOK_PLAN_OVER', `This mint is ${state}.`, '"forebay tokens list" shows how each stands');
}

export function samePerson(by: string): Failure {
  return refusal(
    'TOK_SAME_PERSON',
    `${by} has approved this mint already, and it takes two different persons.`,
    'have somebody else approve it, with an account of their own (forebay apikey create)',
  );
}

export function changedMeanwhile(): Failure {
  return refusal(
    'TOK_CHANGED_MEANWHILE',
    'What may be minted is not what you had before you.',
    'look at the month again, then decide',
  );
}
