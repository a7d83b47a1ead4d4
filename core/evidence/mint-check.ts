import { canonicalize } from '../ledger/canonical.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { SpanSet } from '../model/span-set.ts';
import { isSamePerson } from '../verification/review.ts';
import { toBytes, toHex } from './bytes.ts';
import type { BundleEntry } from './entry-line.ts';
import { asCount, asList, asText } from './form.ts';
import type { EvidenceMachine } from './machine.ts';
import type { MintFacts } from './mint-words.ts';
import { Refusal } from './refusal.ts';

interface Voice {
  readonly by: string;
  readonly account: string;
}

interface Plan {
  readonly month: string;
  readonly monthEntry: number;
  readonly fromWh: number;
  readonly toWh: number;
  readonly network: string;
  /** As its entries state them. */
  readonly facts: JsonObject;
  voices: readonly Voice[];
  /** When two persons' approval was last taken back: what was signed before it may have been minted nevertheless. */
  approvedUntilMs: number;
  /** The least that was closed up to the end of the month when a standing approval was recorded; undefined: not shown. */
  closedWh: number | undefined;
}

interface Close {
  readonly index: number;
  readonly leaf: string;
  readonly creditedNetWh: number;
}

const PERSONS_NEEDED = 2;
const ROLES = ['engineer', 'admin'];
const FIRST_MAX = 10;
const PLAN_MEMBERS = [
  'form',
  'fromWh',
  'month',
  'monthEntry',
  'monthHash',
  'network',
  'toWh',
  'token',
  'unitWh',
] as const;
/** What a mint has in common with its plan; the token only where the plan names one. */
const SHARED = ['form', 'month', 'monthEntry', 'monthHash', 'network', 'unitWh'] as const;

/**
 * Holds mints against closes and approvals, entry by entry: that no energy is minted twice on a network, that each mint is
 * of a plan that two different persons had approved, of a month's close in force, and that no more is minted than was
 * closed. Of what lies before the range it goes by what the bundle holds of it; a ledger that is here as a whole is checked as a
 * whole. Memory grows with months and plans, not with mints.
 */
export class MintCheck {
  readonly #machine: Pick<EvidenceMachine, 'sha256'>;
  /** The first entry of the range. */
  readonly #from: number;
  readonly #closes = new Map<string, Close>();
  readonly #closeIndexes = new Set<Json | undefined>();
  readonly #plans = new Map<string, Plan>();
  readonly #untilWh = new Map<string, number>();
  /** Serial numbers by token and network. */
  readonly #serials = new Map<string, SpanSet>();
  readonly #withoutApprovals = { mints: 0, first: [] as number[] };
  readonly #withoutMonths = { mints: 0, first: [] as number[] };
  /** Whether the first close of all is in the range, so that whatever was approved and minted is. */
  #beganHere: boolean;
  /** Whether each close that is known names none that is not. */
  #isChainKnown = true;
  #mints = 0;
  #energyWh = 0;
  #found = 0;
  /** Whether the range says that another ledger was in this one's place. */
  #wasLost = false;

  constructor(machine: Pick<EvidenceMachine, 'sha256'>, from: number) {
    this.#machine = machine;
    this.#from = from;
    this.#beganHere = from === 0;
  }

  facts(): MintFacts {
    const closedWh =
      this.#from === 0 || (this.#isChainKnown && this.#closes.size > 0) ? this.#closedUpTo('9999-12') : undefined;
    const most = Math.max(0, ...this.#untilWh.values());
    const beyondWh = closedWh === undefined ? 0 : Math.max(0, most - closedWh);
    return {
      mints: this.#mints,
      energyWh: this.#energyWh,
      withoutApprovals: this.#withoutApprovals,
      withoutMonths: this.#withoutMonths,
      restsOnEarlier: !this.#beganHere && this.#mints > this.#withoutApprovals.mints,
      found: this.#found,
      beyondWh,
    };
  }

  /**
   * Takes the next entry, one of those from before the range or of the range itself, in the order of their indexes; other kinds are
   * none of its business.
   *
   * @throws Refusal `LED_BUNDLE_MINT`
   */
  take({ index, kind, body, at }: BundleEntry, leaf: Uint8Array, place: string): void {
    if (kind === 'restore' || kind === 'salvage') this.#wasLost = true;
    if (kind === 'month-closed') this.#takeClose(index, body, leaf, place);
    if (kind === 'mint-approved') this.#takeVoice(index, body, Date.parse(at), place);
    if (kind === 'token-minted') this.#takeMint(index, body, place);
  }

  #takeClose(index: number, body: JsonObject, leaf: Uint8Array, place: string): void {
    const creditedNetWh = asCount(body.creditedNetWh, place);
    const named = [body.previous, body.corrects].filter((each) => typeof each === 'number');
    if (this.#closes.size === 0) this.#beganHere ||= index >= this.#from && named.length === 0;
    this.#isChainKnown &&= named.every((each) => this.#closeIndexes.has(each));
    this.#closeIndexes.add(index);
    this.#closes.set(asText(body.month, place), { index, leaf: toHex(leaf), creditedNetWh });
  }

  #takeVoice(index: number, body: JsonObject, atMs: number, place: string): void {
    const id = asText(body.plan, place);
    const facts = Object.fromEntries(PLAN_MEMBERS.map((name) => [name, body[name] ?? null]));
    const isStated = toHex(this.#machine.sha256(toBytes(canonicalize(facts)))) === id;
    if (!isStated) throw refused(place, `Entry ${index} names a plan by another digest than its facts give.`);
    const month = asText(body.month, place);
    const monthEntry = asCount(body.monthEntry, place);
    const known = this.#plans.get(id);
    const plan: Plan = known ?? {
      month,
      monthEntry,
      fromWh: asCount(body.fromWh, place),
      toWh: asCount(body.toWh, place),
      network: asText(body.network, place),
      facts,
      voices: [],
      approvedUntilMs: 0,
      closedWh: undefined,
    };
    this.#plans.set(id, plan);
    if (body.decision === 'withdraw') {
      if (plan.voices.length >= PERSONS_NEEDED) plan.approvedUntilMs = atMs;
      plan.voices = [];
      return;
    }
    const voice = { by: asText(body.by, place), account: asText(body.account, place) };
    if (!ROLES.includes(asText(body.role, place))) {
      throw refused(place, `Entry ${index} approves a mint in the role ${String(body.role)}, which may not.`);
    }
    this.#checkMonth(index, plan, asText(body.monthHash, place), place);
    const earlierWh = plan.voices.length === 0 ? undefined : plan.closedWh;
    plan.closedWh = this.#showsUpTo(plan)
      ? Math.min(earlierWh ?? Number.POSITIVE_INFINITY, this.#closedUpTo(month))
      : undefined;
    if (!plan.voices.some((other) => isSamePerson(other, voice))) plan.voices = [...plan.voices, voice];
  }

  /** Whether all closes are known of which the month of the plan is the last. */
  #showsUpTo({ month, monthEntry }: Plan): boolean {
    return this.#from === 0 || (this.#isChainKnown && this.#closes.get(month)?.index === monthEntry);
  }

  /** The approval names the close in force, as far as that is shown. */
  #checkMonth(index: number, { month, monthEntry }: Plan, hash: string, place: string): void {
    const close = this.#closes.get(month);
    if ((monthEntry >= this.#from || close !== undefined) && (close?.index !== monthEntry || close.leaf !== hash)) {
      throw refused(place, `Entry ${index} approves a mint for another close of ${month} than the one in force.`);
    }
  }

  #takeMint(index: number, body: JsonObject, place: string): void {
    const fromWh = asCount(body.fromWh, place);
    const toWh = asCount(body.toWh, place);
    const network = asText(body.network, place);
    const units = asCount(body.units, place);
    if (toWh - fromWh !== units * asCount(body.unitWh, place) || units === 0) {
      throw refused(
        place,
        `Entry ${index} minted ${units} for ${toWh - fromWh} Wh, which is no whole number of amounts.`,
      );
    }
    const untilWh = this.#untilWh.get(network) ?? 0;
    if (fromWh < untilWh) {
      throw refused(
        place,
        `Entry ${index} mints energy from ${fromWh} Wh on, and up to ${untilWh} Wh it was minted before.`,
      );
    }
    this.#untilWh.set(network, toWh);
    this.#checkSerials(index, body, units, place);
    if (index < this.#from) return;
    this.#mints += 1;
    this.#energyWh += toWh - fromWh;
    if (body.plan !== null) {
      this.#checkPlan(index, body, { fromWh, toWh }, place);
      return;
    }
    this.#found += 1;
    if (this.#from === 0 && !this.#wasLost) {
      throw refused(
        place,
        `Entry ${index} says that a lost ledger minted, and this one was never restored nor salvaged.`,
      );
    }
  }

  #checkSerials(index: number, body: JsonObject, units: number, place: string): void {
    const serials = asList(body.serials, place);
    const isCertificates = body.form === 'nft';
    if (serials.length !== (isCertificates ? units : 0)) {
      throw refused(place, `Entry ${index} names ${serials.length} serial numbers for ${units} certificates.`);
    }
    if (!isCertificates) return;
    const token = `${asText(body.token, place)} on ${asText(body.network, place)}`;
    const seen = this.#serials.get(token) ?? new SpanSet();
    this.#serials.set(token, seen);
    for (const serial of serials) {
      const number = asCount(serial, place);
      if (seen.add(number, number + 1)) continue;
      throw refused(place, `Entry ${index} names the certificate ${number} of ${token} a second time.`);
    }
  }

  #checkPlan(
    index: number,
    body: JsonObject,
    { fromWh, toWh }: { readonly fromWh: number; readonly toWh: number },
    place: string,
  ): void {
    const plan = this.#plans.get(asText(body.plan, place));
    if (plan === undefined && !this.#beganHere) {
      note(this.#withoutApprovals, index);
      note(this.#withoutMonths, index);
      return;
    }
    if (plan === undefined || fromWh < plan.fromWh || toWh > plan.toWh) {
      throw refused(place, `Entry ${index} minted what nobody had approved.`);
    }
    const names = plan.facts.token === null ? SHARED : [...SHARED, 'token' as const];
    const other = names.find((name) => body[name] !== plan.facts[name]);
    if (other !== undefined) throw refused(place, `Entry ${index} minted for another ${other} than was approved.`);
    const signedMs = validStartMs(asText(body.transactionId, place));
    const isApproved = plan.voices.length >= PERSONS_NEEDED || signedMs <= plan.approvedUntilMs;
    if (!isApproved) {
      if (this.#beganHere) throw refused(place, `Entry ${index} minted what two different persons had not approved.`);
      note(this.#withoutApprovals, index);
    }
    if (plan.closedWh === undefined) note(this.#withoutMonths, index);
    else if (toWh > plan.closedWh) {
      const sentence = `Entry ${index} mints energy up to ${toWh} Wh, and ${plan.closedWh} Wh were closed up to the end of ${plan.month}.`;
      throw refused(place, sentence);
    }
  }

  #closedUpTo(month: string): number {
    return [...this.#closes].reduce((sum, [each, { creditedNetWh }]) => sum + (each <= month ? creditedNetWh : 0), 0);
  }
}

const MS_PER_S = 1000;

/** From when on a transaction was valid, by the clock of the plant, which had signed it by then; NaN for another form. */
function validStartMs(id: string): number {
  return Number(/@(\d+)\.\d{9}$/.exec(id)?.[1]) * MS_PER_S;
}

function note(few: { mints: number; readonly first: number[] }, index: number): void {
  few.mints += 1;
  if (few.first.length < FIRST_MAX) few.first.push(index);
}

function refused(place: string, sentence: string): Refusal {
  return new Refusal('LED_BUNDLE_MINT', place, sentence);
}
