import type { Fault } from '../../core/model/fault.ts';
import { unitSilentFault } from './link-fault.ts';

/** So many questions in a row without an answer demote a unit. */
const SILENCES_MAX = 2;
/** The share of the line's time that waiting for silent units may take, while others use the line. */
const WAIT_SHARE = 0.05;
/** A demoted unit is not asked more often than this, even when nobody else needs the line. */
const PROBE_EVERY_MS = 5000;
/** A demoted unit that lately wanted to be asked keeps its place in the queue of the probes this long. */
const WANTED_MS = 20_000;
/** A unit that answered lately is one for whose sake waiting is rationed. */
const LIVE_MS = 60_000;
/** A probe waits for a multiple of the longest the unit ever took, but every fourth one for the whole timeout. */
const PROBE_ANSWER_FACTOR = 5;
const ABSENT_FACTOR = 1.5;
const PROBE_MS_MIN = 150;
const PROBES_TO_FULL = 4;
/** A unit that answered so often before it fell silent was probably unlucky: it is asked once more, soon. */
const STEADY_ANSWERS = 5;
const SECOND_CHANCE_MS = 1000;

interface UnitState {
  silences: number;
  /** Answers since the last silence. */
  answers: number;
  hasSecondChance: boolean;
  /** Longest the unit ever took to answer. */
  answerMsMax: number | undefined;
  /** Longest the gateway took to say that the unit does not answer. */
  absentMsMax: number;
  answeredAtMs: number;
  /** Set while the unit is demoted. */
  demoted: Fault | undefined;
  probes: number;
  probedAtMs: number;
  wantedAtMs: number;
}

export type Standing =
  | { readonly kind: 'well' }
  /** The last question was not answered: to be asked for a sign of life before anything else. */
  | { readonly kind: 'doubtful'; readonly timeoutMs: number }
  | { readonly kind: 'demoted'; readonly fault: Fault };

/**
 * Which units of a line are asked as usual, and which rarely. A unit that stays silent, or that its gateway reports
 * as silent, is demoted: it is asked for a sign of life only when its turn among the demoted ones has come and when
 * waiting for it keeps within a share of the line's time. All waiting for silent units is charged, so that a unit that
 * answers now and then cannot take more than its share either. The first answer restores a unit.
 */
export class UnitBreaker {
  readonly #place: string;
  readonly #units = new Map<number, UnitState>();
  /** Waiting that may still be done, in milliseconds; negative when more was done than the share allows. */
  #budgetMs = 0;
  #budgetAtMs: number | undefined;

  constructor(place: string) {
    this.#place = place;
  }

  /** Whether the unit may be asked now; a demoted one only when a probe is granted. */
  standing(unitId: number, timeoutMs: number, nowMs: number): Standing {
    const unit = this.#units.get(unitId);
    if (unit === undefined || (unit.silences === 0 && unit.demoted === undefined)) return { kind: 'well' };
    if (unit.demoted === undefined) return { kind: 'doubtful', timeoutMs };
    unit.wantedAtMs = nowMs;
    const probeMs = this.#probeMs(unit, timeoutMs);
    const isSecondChance = unit.hasSecondChance && nowMs - unit.probedAtMs >= SECOND_CHANCE_MS;
    unit.hasSecondChance &&= !isSecondChance;
    if (!isSecondChance && !this.#mayProbe(unit, probeMs, nowMs)) return { kind: 'demoted', fault: unit.demoted };
    unit.probes += 1;
    unit.probedAtMs = nowMs;
    return { kind: 'doubtful', timeoutMs: probeMs };
  }

  answered(unitId: number, tookMs: number, nowMs: number): void {
    const unit = this.#unit(unitId);
    unit.silences = 0;
    unit.answers += 1;
    unit.demoted = undefined;
    unit.probes = 0;
    unit.answeredAtMs = nowMs;
    unit.answerMsMax = Math.max(unit.answerMsMax ?? 0, tookMs);
  }

  /** A question without an answer. Returns the fault that demotes the unit, or nothing while it keeps its place. */
  silent(unitId: number, waitedMs: number, nowMs: number): Fault | undefined {
    const other = this.#liveUnit(unitId, nowMs);
    return this.#count(unitId, waitedMs, nowMs, unitSilentFault(this.#place, unitId, other));
  }

  /** The gateway says that the unit does not answer; `fault` is what its exception means. */
  absent(unitId: number, waitedMs: number, nowMs: number, fault: Fault): void {
    const unit = this.#unit(unitId);
    unit.absentMsMax = Math.max(unit.absentMsMax, waitedMs);
    this.#count(unitId, waitedMs, nowMs, fault);
  }

  isDemoted(unitId: number): boolean {
    return this.#units.get(unitId)?.demoted !== undefined;
  }

  forget(unitId: number): void {
    this.#units.delete(unitId);
  }

  #count(unitId: number, waitedMs: number, nowMs: number, fault: Fault): Fault | undefined {
    const unit = this.#unit(unitId);
    this.#accrue(nowMs);
    const isSteady = unit.answers >= STEADY_ANSWERS;
    const isOverspent = this.#budgetMs < 0 && !isSteady && this.#liveUnit(unitId, nowMs) !== undefined;
    // One timeout of debt at most, lest a single outage keeps every unit waiting for minutes.
    this.#budgetMs = Math.max(this.#budgetMs - waitedMs, -waitedMs);
    unit.silences += 1;
    if (isSteady) unit.hasSecondChance = true;
    unit.answers = 0;
    if (unit.demoted === undefined && unit.silences < SILENCES_MAX && !isOverspent) return undefined;
    if (unit.demoted === undefined) unit.probedAtMs = nowMs;
    unit.demoted = fault;
    return fault;
  }

  #mayProbe(unit: UnitState, probeMs: number, nowMs: number): boolean {
    if (nowMs - unit.probedAtMs < PROBE_EVERY_MS) return false;
    for (const other of this.#units.values()) {
      const waitsLonger = other.demoted !== undefined && other.probedAtMs < unit.probedAtMs;
      if (waitsLonger && nowMs - other.wantedAtMs < WANTED_MS) return false;
    }
    if (this.#liveUnit(undefined, nowMs) === undefined) return true;
    this.#accrue(nowMs);
    this.#budgetMs = Math.min(this.#budgetMs, probeMs);
    return this.#budgetMs >= probeMs;
  }

  #probeMs(unit: UnitState, timeoutMs: number): number {
    const known = unit.answerMsMax ?? this.#slowestAnswerMs();
    if (known === undefined || unit.probes % PROBES_TO_FULL === PROBES_TO_FULL - 1) return timeoutMs;
    // A gateway that gives up late must still be heard: its word is better than silence.
    const absentMs = ABSENT_FACTOR * unit.absentMsMax;
    return Math.min(timeoutMs, Math.max(PROBE_MS_MIN, PROBE_ANSWER_FACTOR * known, absentMs));
  }

  /** What the slowest unit of the line takes, for one that never answered. */
  #slowestAnswerMs(): number | undefined {
    const known = [...this.#units.values()].flatMap(({ answerMsMax }) => answerMsMax ?? []);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  #accrue(nowMs: number): void {
    if (this.#budgetAtMs !== undefined) this.#budgetMs += (nowMs - this.#budgetAtMs) * WAIT_SHARE;
    this.#budgetAtMs = nowMs;
  }

  /** Any other unit that answers. */
  #liveUnit(butUnitId: number | undefined, nowMs: number): number | undefined {
    for (const [unitId, unit] of this.#units) {
      if (unitId !== butUnitId && unit.demoted === undefined && nowMs - unit.answeredAtMs < LIVE_MS) return unitId;
    }
    return undefined;
  }

  #unit(unitId: number): UnitState {
    const known = this.#units.get(unitId);
    if (known !== undefined) return known;
    const unit: UnitState = {
      silences: 0,
      answers: 0,
      hasSecondChance: false,
      answerMsMax: undefined,
      absentMsMax: 0,
      answeredAtMs: Number.NEGATIVE_INFINITY,
      demoted: undefined,
      probes: 0,
      probedAtMs: Number.NEGATIVE_INFINITY,
      wantedAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#units.set(unitId, unit);
    return unit;
  }
}
