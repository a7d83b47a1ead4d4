import type { PlantConfig } from '../../core/config/plant.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import type { MintApproval } from '../../core/ledger/mint-entries.ts';
import { present } from '../../core/model/assert.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import type { MintPlan } from '../../core/sync/mint-plan.ts';
import { isSamePerson } from '../../core/verification/review.ts';
import { MintBook, type MintRecords } from './mint-book.ts';
import type { MintProof, MintProver } from './mint-prover.ts';
import { planFor, refuseUnproven } from './plan-for.ts';
import { type PlanStanding, planStandings } from './plan-states.ts';
import { type TokensAnswer, tokensAnswer } from './token-answer.ts';
import type { TokenFigures } from './token-metrics.ts';
import type { MinterStatus } from './token-minter.ts';
import { changedMeanwhile, planExpired, planOver, planUnknown, samePerson, tokensOff } from './token-refusals.ts';
import { type TokenSetup, tokenSetupOf } from './token-setup.ts';

/** Who acts, as entries name persons. */
export interface Person {
  readonly by: string;
  readonly account: string;
  readonly role: string;
}

export interface ProposeRequest extends Person {
  readonly month: string;
  /** The plan that the person had before them; absent when it was not told. */
  readonly seen?: string | undefined;
}

/** What the API and the command line may ask of certificates. Refusals are Failures with a sentence for a person. */
export interface TokenActions {
  list(): TokensAnswer;
  /** For Prometheus; costs nothing that grows with the ledger. Undefined where plant.yaml says nothing of certificates. */
  figures(): TokenFigures | undefined;
  /** The first of two words: mint what is closed up to the end of this month. */
  propose(request: ProposeRequest): TokensAnswer;
  /** The second word, of another person: it is minted from here on. */
  approve(plan: string, person: Person): TokensAnswer;
  /** Takes back every word on the plan; what was minted stays. */
  withdraw(plan: string, person: Person): TokensAnswer;
  /** Fetches a mint, named by the index of its entry, from the mirror and holds it against the ledger. */
  prove(index: number): Promise<MintProof>;
}

export interface TokenActionParts {
  readonly config: PlantConfig;
  readonly store: ReadableStore;
  /** Records the entry, or throws and keeps nothing. */
  readonly record: (entry: NewEntry) => unknown;
  /** Told when something is to be minted. */
  readonly wake?: () => void;
  /** What mints, where an appliance runs. */
  readonly minter?: () => MinterStatus | undefined;
  readonly prover?: () => MintProver | undefined;
}

/** A person waits for it. */
const PROOF_MS_MAX = 30_000;

export function tokenActions(parts: TokenActionParts): TokenActions {
  const { config, store, record } = parts;
  const book = new MintBook(store);
  const list = (): TokensAnswer => tokensAnswer(store, book.read(), tokenSetupOf(config), parts.minter?.());
  const speak = (decision: MintApproval['decision'], plan: MintPlan, person: Person): TokensAnswer => {
    const { id, ...facts } = plan;
    const { by, account, role } = person;
    record({ kind: 'mint-approved', body: { v: 1, decision, plan: id, ...facts, by, account, role } });
    parts.wake?.();
    return list();
  };
  return {
    list,
    figures: () => figuresOf(book.read(), tokenSetupOf(config), parts.minter?.()),
    propose: ({ month, seen, ...person }) => {
      const plan = planFor(store, book.read(), setupIn(config), month);
      if (seen !== undefined && seen !== plan.id) throw changedMeanwhile();
      return speak('approve', plan, person);
    },
    approve: (id, person) => {
      const setup = setupIn(config);
      const { plan, state, reason, voices } = standingOf(book.read(), setup, id);
      if (state === 'expired') throw planExpired(present(reason, 'why it is expired'));
      if (state !== 'proposed') throw planOver(state);
      const own = voices.find((voice) => isSamePerson(voice, person));
      if (own !== undefined) throw samePerson(own.by);
      refuseUnproven(store, plan, setup);
      return speak('approve', plan, person);
    },
    withdraw: (id, person) => {
      const { plan, state } = standingOf(book.read(), tokenSetupOf(config), id);
      if (state === 'minted' || state === 'withdrawn') throw planOver(state);
      return speak('withdraw', plan, person);
    },
    prove: async (mint) => present(parts.prover?.(), 'the prover')({ mint }, AbortSignal.timeout(PROOF_MS_MAX)),
  };
}

function figuresOf(
  records: MintRecords,
  setup: TokenSetup | undefined,
  minter: MinterStatus | undefined,
): TokenFigures | undefined {
  if (setup === undefined) return undefined;
  const { network } = setup;
  const minted = records.minted.filter((each) => each.network === network);
  const approved = planStandings(records, setup).filter(({ state }) => state === 'approved');
  return {
    network,
    energyWh: minted.reduce((sum, { fromWh, toWh }) => sum + toWh - fromWh, 0),
    mints: minted.length,
    approvedUnits: approved.reduce((sum, { units, mintedUnits }) => sum + units - mintedUnits, 0),
    faultCode: minter?.fault?.code,
  };
}

function setupIn(config: PlantConfig): TokenSetup {
  const setup = tokenSetupOf(config);
  if (setup === undefined) throw tokensOff();
  return setup;
}

/** By its id, or by the first digits of it where no other has the same. */
function standingOf(records: MintRecords, setup: TokenSetup | undefined, id: string): PlanStanding {
  const found = planStandings(records, setup).filter(
    ({ plan }) => id.length >= ID_DIGITS_MIN && plan.id.startsWith(id),
  );
  const [one, more] = found;
  if (one === undefined || more !== undefined) throw planUnknown(id);
  return one;
}

const ID_DIGITS_MIN = 8;
