import type { Reading } from '../acquisition/reading.ts';
import type { UnitConfig } from '../config/plant.ts';
import { instantMs } from '../model/time.ts';
import type { Originals } from './fingerprint-book.ts';
import { HeldBack } from './held-back.ts';
import { type JudgedReading, UnitHistory } from './history.ts';
import type { Sibling } from './layer.ts';
import type { VerificationSettings } from './settings.ts';
import type { RegisterMark } from './time-line.ts';
import { loadStepOf } from './twin/load-step.ts';
import type { TwinModel } from './twin/twin-model.ts';
import { UnitTwin } from './twin/unit-twin.ts';
import type { Verdict } from './verdict.ts';

export interface JudgedUnitReading {
  readonly reading: Reading;
  readonly siblings: readonly Sibling[];
  readonly verdict: Pick<Verdict, 'status' | 'findings'>;
  /** The export register at the interval's end, where the reading has no span of its own. */
  readonly register?: RegisterMark | undefined;
  /** The smallest step of the reading's energy, kWh, where that is not known from its register. */
  readonly resolutionKwh?: number | undefined;
}

/** All that a unit's earlier readings leave behind for the next verdict: its history and its hydraulic twin. */
export class UnitMemory {
  readonly unit: UnitConfig;
  readonly history: UnitHistory;
  /** What `remember` shall not see yet. */
  readonly heldBack = new HeldBack();
  readonly #settings: VerificationSettings;
  #twin: UnitTwin;

  constructor(unit: UnitConfig, settings: VerificationSettings, originals?: Originals) {
    this.unit = unit;
    this.history = new UnitHistory(unit, settings, originals);
    this.#settings = settings;
    this.#twin = new UnitTwin(unit, undefined, settings);
  }

  get twin(): UnitTwin {
    return this.#twin;
  }

  /** Judges by another model from now on. What the twin followed was seen through the former one and is forgotten. */
  learn(model: TwinModel | undefined): void {
    this.#twin = new UnitTwin(this.unit, model, this.#settings);
  }

  /** Takes a judged reading in: once for each, in the order in which they were recorded. */
  remember({ reading, siblings, verdict, register }: JudgedUnitReading): void {
    const before = this.history.timeLine.endingAt(instantMs(reading.from));
    this.#twin.remember(
      reading,
      siblings,
      { status: verdict.status, isLed: !isUnlikeUnit(verdict) },
      loadStepOf(reading, this.unit, before),
    );
    this.history.remember({ reading, status: verdict.status, register, ...whatHolds(verdict) });
  }
}

const DOUBTED_REGISTER_CODES = ['VER_REGISTER_ORDER', 'VER_REGISTER_RISE'];
const REGISTER_CODES = [...DOUBTED_REGISTER_CODES, 'VER_CLAIM_UNLIKE_REGISTER'];

const UNLIKE_UNIT_CODES = ['VER_DRIFT', 'VER_UNREST'];

/** Whether the reading was doubted for how its power, flow, head and gate hang together. */
function isUnlikeUnit({ findings }: Pick<Verdict, 'findings'>): boolean {
  return findings.some(
    ({ layer, severity, code }) => severity !== 'note' && (layer === 'physics' || UNLIKE_UNIT_CODES.includes(code)),
  );
}

function whatHolds({
  findings,
}: Pick<Verdict, 'findings'>): Pick<JudgedReading, 'claimHolds' | 'registerIs' | 'originalMs'> {
  const says = (...codes: string[]): boolean => findings.some(({ code }) => codes.includes(code));
  // Where register and claim differ and nothing else speaks against the claim, the register may be the one that lies.
  const isClaimAlone = findings.every(({ severity, code }) => severity === 'note' || REGISTER_CODES.includes(code));
  const isDoubted = says(...DOUBTED_REGISTER_CODES) || isClaimAlone;
  const twinFrom = findings.find(({ code }) => code === 'VER_REPLAY')?.evidence.twinFrom;
  return {
    originalMs: typeof twinFrom === 'string' ? instantMs(twinFrom) : undefined,
    claimHolds: findings.every(({ severity, code }) => severity !== 'reject' || REGISTER_CODES.includes(code)),
    registerIs: says(...REGISTER_CODES) ? (isDoubted ? 'doubted' : 'unlike-claim') : 'holds',
  };
}
