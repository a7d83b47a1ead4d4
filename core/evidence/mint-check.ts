import { canonicalize } from '../ledger/canonical.ts';
import type { JsonObject } from '../model/json.ts';
import { isSamePerson } from '../verification/review.ts';
import { toBytes, toHex } from './bytes.ts';
import type { BundleEntry } from './entry-line.ts';
import { asCount, asList, asText } from './form.ts';
import type { EvidenceMachine } from './machine.ts';
import { Refusal } from './refusal.ts';

/** What the range says of certificates for closed months, all of it checked as far as the range shows it. */
export interface MintFacts {
  readonly mints: number;
  readonly energyWh: number;
  /** Mints whose approvals or months lie before the range, so that they were not checked. */
  readonly unshown: number;
  /** Mints that a ledger which was lost had made: no approval stands for them here. */
  readonly found: number;
  /** Energy that is minted beyond what is closed at the end of the range: a month was corrected after it was minted. */
  readonly beyondWh: number;
}

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

/**
 * Holds mints against closes and approvals, entry by entry: that no energy is minted twice on a network, that each mint is
 * of a plan that two different persons had approved, of a month's close in force, and that no more is minted than was
 * closed. What lies before the range is not seen; a ledger that is here as a whole is checked as a whole.
 */
export class MintCheck {
  readonly #machine: Pick<EvidenceMachine, 'sha256'>;
  /** The first entry of the range. */
  readonly #from: number;
  readonly #closes = new Map<string, Close>();
  readonly #plans = new Map<string, Plan>();
  readonly #untilWh = new Map<string, number>();
  readonly #serials = new Set<string>();
  #mints = 0;
  #energyWh = 0;
  #unshown = 0;
  #found = 0;
  /** Whether the range says that another ledger was in this one's place. */
  #wasLost = false;

  constructor(machine: Pick<EvidenceMachine, 'sha256'>, from: number) {
    this.#machine = machine;
    this.#from = from;
  }

  facts(): MintFacts {
    const closedWh = this.#from === 0 ? this.#closedUpTo('9999-12') : undefined;
    const most = Math.max(0, ...this.#untilWh.values());
    const beyondWh = closedWh === undefined ? 0 : Math.max(0, most - closedWh);
    return {
      mints: this.#mints,
      energyWh: this.#energyWh,
      unshown: this.#unshown,
      found: this.#found,
      beyondWh,
    };
  }

  /** Takes the next entry of the range; others are none of its business. @throws Refusal `LED_BUNDLE_MINT` */
  take({ index, kind, body, at }: BundleEntry, leaf: Uint8Array, place: string): void {
    if (kind === 'restore' || kind === 'salvage') this.#wasLost = true;
    if (kind === 'month-closed') this.#takeClose(index, body, leaf, place);
    if (kind === 'mint-approved') this.#takeVoice(index, body, Date.parse(at), place);
    if (kind === 'token-minted') this.#takeMint(index, body, place);
  }

  #takeClose(index: number, body: JsonObject, leaf: Uint8Array, place: string): void {
    const creditedNetWh = asCount(body.creditedNetWh, place);
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
    if (this.#from === 0) {
      const earlierWh = plan.voices.length === 0 ? undefined : plan.closedWh;
      plan.closedWh = Math.min(earlierWh ?? Number.POSITIVE_INFINITY, this.#closedUpTo(month));
    }
    if (!plan.voices.some((other) => isSamePerson(other, voice))) plan.voices = [...plan.voices, voice];
  }

  /** The approval names the close in force, as far as that is shown. */
  #checkMonth(index: number, { month, monthEntry }: Plan, hash: string, place: string): void {
    const close = this.#closes.get(month);
    if (monthEntry >= this.#from && (close?.index !== monthEntry || close.leaf !== hash)) {
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
    this.#mints += 1;
    this.#energyWh += toWh - fromWh;
    if (body.plan !== null) {
      const signedMs = validStartMs(asText(body.transactionId, place));
      this.#checkPlan(index, asText(body.plan, place), { fromWh, toWh, network, signedMs }, place);
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
    for (const serial of serials) {
      const name = `${asText(body.token, place)}/${asCount(serial, place)} ${asText(body.network, place)}`;
      if (this.#serials.has(name)) throw refused(place, `Entry ${index} names the certificate ${name} a second time.`);
      this.#serials.add(name);
    }
  }

  #checkPlan(
    index: number,
    id: string,
    minted: { readonly fromWh: number; readonly toWh: number; readonly network: string; readonly signedMs: number },
    place: string,
  ): void {
    const plan = this.#plans.get(id);
    if (plan === undefined && this.#from > 0) {
      this.#unshown += 1;
      return;
    }
    const isWithin =
      plan !== undefined && minted.fromWh >= plan.fromWh && minted.toWh <= plan.toWh && minted.network === plan.network;
    if (!isWithin) throw refused(place, `Entry ${index} minted what nobody had approved.`);
    const isApproved = plan.voices.length >= PERSONS_NEEDED || minted.signedMs <= plan.approvedUntilMs;
    if (!isApproved) {
      if (this.#from > 0) this.#unshown += 1;
      else throw refused(place, `Entry ${index} minted what two different persons had not approved.`);
    }
    if (plan.closedWh !== undefined && minted.toWh > plan.closedWh) {
      const sentence = `Entry ${index} mints energy up to ${minted.toWh} Wh, and ${plan.closedWh} Wh were closed up to the end of ${plan.month}.`;
      throw refused(place, sentence);
    }
    if (plan.closedWh === undefined) this.#unshown += isApproved ? 1 : 0;
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

function refused(place: string, sentence: string): Refusal {
  return new Refusal('LED_BUNDLE_MINT', place, sentence);
}

/** What holds of the mints, as sentences. */
export function mintCheckedWords({ mints, energyWh, unshown }: MintFacts): readonly string[] {
  if (mints === 0) return [];
  const whole = unshown === 0 ? ', each approved by two different persons, and no more than was closed' : '';
  return [
    `${mints} mint${mints === 1 ? '' : 's'} of certificates for ${energyWh} Wh of closed months: no energy twice on a network, no certificate twice${whole}.`,
  ];
}

/** What of the mints the bundle does not show, as sentences. */
export function mintUncheckedWords({ mints, unshown, found, beyondWh }: MintFacts): readonly string[] {
  return [
    ...(unshown > 0
      ? [
          `The approvals or months of ${unshown} of ${mints} mints lie before the range: whether more was minted than was closed is shown by a bundle from the ledger's beginning on.`,
        ]
      : []),
    ...(found > 0
      ? [
          `${found} mint${found === 1 ? '' : 's'} had been made by a ledger that was lost, and no approval is in this one.`,
        ]
      : []),
    ...(beyondWh > 0
      ? [
          `${beyondWh} Wh more are minted than are closed at the end of the range: a month was corrected after it was minted, or its close was lost.`,
        ]
      : []),
    ...(mints > 0 ? ['Whether the network shows the mints: forebay tokens prove holds each against a mirror.'] : []),
  ];
}
