import type { Reading } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import type { Sibling } from '../layer.ts';
import { isSteady } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import type { VerdictStatus } from '../verdict.ts';
import { observe, RELATION_NAMES, type RelationName } from './observe.ts';
import { ResidualWindow } from './residual-window.ts';
import { type Residuals, residualsOf } from './residuals.ts';
import { BinWindow, binOf, STALE_PSI, type Staleness, stabilityIndex } from './stability.ts';
import type { TwinModel } from './twin-model.ts';
import { logOddsOf, logOddsOfUnrest, restlessOf, UNREST_READINGS } from './unrest.ts';

/** How one relation of this reading stands, after what the unit and its sensors have slowly become was taken off. */
export interface TwinResidual {
  /** Observed less expected now, as a share: 0.05 is 5 % above. */
  readonly share: number;
  /** Standard deviation that an honest reading has here, wider while the load changes. */
  readonly spread: number;
  /** `share` in standard deviations. */
  readonly z: number;
  /**
   * How unlike both the unit and the interval before, in standard deviations; absent while the load changes, for means
   * of products and products of means part then.
   */
  readonly scatter?: number | undefined;
}

export type TwinView = Readonly<Partial<Record<RelationName, TwinResidual>>>;

/** Approved readings by whose mean residual wear, clogging and sensors' wander are followed. */
const FOLLOWED_READINGS = 576;
/** A single reading further off than this says more of a sensor or a load step than of the machine. */
const FOLLOWED_SHARE_MAX = 0.025;
const FOLLOWED_SHARE_MIN = -0.045;
/** Readings over which a unit settles: a week of five-minute readings. */
const SETTLED_READINGS = 2016;
/**
 * What is older than so many readings of the unit counts no more, a month of five-minute readings, so that a restart
 * need read no further back to go on as if it had never been.
 */
export const FOLLOWED_HORIZON_READINGS = 8640;
/** Without so many of them nothing is followed yet. */
const FOLLOWED_READINGS_MIN = 36;
/** Readings over which a drift is measured: half a day of five-minute readings. */
export const DRIFT_READINGS = 144;
/** How much of a load step within or just before the interval may show as a residual: means of products part then. */
const TRANSITION_SPREAD = 0.35;
/** How far heads may part in an interval, as a share of rated head, while another unit starts or stops. */
const STALE_SIBLING_SPREAD = 0.003;
/** How far the common losses may change in that time. */
const STALE_LOSS_SPREAD = 0.01;
/** Steps up to this share of the ratings leave means and products together. */
const TRANSITION_FROM = 0.03;

/**
 * How far each relation may be followed before it is held against the reading, as shares: downwards machines wear and
 * screens clog; upwards hardly anything honest leads, and a forger would lead slowly.
 */
const FOLLOW_LIMITS: Readonly<Record<RelationName, readonly [number, number]>> = {
  powerByFlow: [-0.04, 0.01],
  powerByGate: [-0.04, 0.006],
  flowByGate: [-0.03, 0.02],
  energyByPower: [-0.005, 0.003],
  headByFlow: [-0.04, 0.03],
  headBySibling: [-0.01, 0.01],
};

/** What the hydraulic twin of one unit makes of readings. Without a model it sees nothing and says so. */
export class UnitTwin {
  readonly model: TwinModel | undefined;
  readonly #unit: UnitConfig;
  readonly #settings: VerificationSettings;
  readonly #followed = new Map<RelationName, ResidualWindow>();
  readonly #drifting = new Map<RelationName, ResidualWindow>();
  readonly #settled = new Map<RelationName, ResidualWindow>();
  readonly #recent = new Map<RelationName, BinWindow>();
  #unrest: readonly number[] = [];
  #before: { readonly to: string; readonly residuals: Residuals } | undefined;
  #seen: { readonly reading: Reading; readonly residuals: Residuals } | undefined;
  #viewed: { readonly reading: Reading; readonly view: TwinView } | undefined;

  constructor(unit: UnitConfig, model: TwinModel | undefined, settings: VerificationSettings) {
    this.model = model;
    this.#unit = unit;
    this.#settings = settings;
    for (const name of RELATION_NAMES) {
      this.#followed.set(name, new ResidualWindow(FOLLOWED_READINGS, FOLLOWED_HORIZON_READINGS));
      this.#drifting.set(name, new ResidualWindow(DRIFT_READINGS, FOLLOWED_HORIZON_READINGS));
      this.#recent.set(name, new BinWindow(SETTLED_READINGS));
      this.#settled.set(name, new ResidualWindow(SETTLED_READINGS, FOLLOWED_HORIZON_READINGS));
    }
  }

  /**
   * The residuals of a reading; `loadStep` is the greatest change of load within it or since the one before, as a
   * share of the ratings. Empty for a unit at rest and before a model was learned.
   */
  view(reading: Reading, siblings: readonly Sibling[], loadStep: number): TwinView {
    if (this.#viewed?.reading === reading) return this.#viewed.view;
    const raw = this.#residuals(reading, siblings);
    const view: Partial<Record<RelationName, TwinResidual>> = {};
    const isStale = siblings.some((sibling) => sibling.reading.from !== reading.from);
    for (const name of RELATION_NAMES) {
      const residual = raw[name];
      if (residual === undefined) continue;
      const widening = wideningOf(name, loadStep, isStale);
      const spread = Math.sqrt(residual.spread ** 2 + widening ** 2);
      const share = residual.share - this.offset(name);
      const z = share / spread;
      const scatter = loadStep > STEADY_LOAD_STEP ? undefined : this.#scatterOf(name, reading, residual.share, z);
      view[name] = { share, spread, z, scatter };
    }
    this.#viewed = { reading, view };
    return view;
  }

  /** What the unit has slowly become: mean residual of approved readings, within what honest change explains. */
  offset(name: RelationName): number {
    const window = this.#followed.get(name);
    if (window === undefined || window.count < FOLLOWED_READINGS_MIN) return 0;
    const [least, greatest] = FOLLOW_LIMITS[name];
    return Math.max(least, Math.min(greatest, window.mean));
  }

  /**
   * Mean residual over the last half day above what the unit had settled at over the week, or undefined while there
   * are too few readings. A unit that settled above its model gains nothing by it: then the model counts.
   */
  drift(name: RelationName): number | undefined {
    const window = this.#drifting.get(name);
    if (window === undefined || window.count < DRIFT_READINGS) return undefined;
    return window.mean - Math.min(0, this.#settled.get(name)?.mean ?? 0);
  }

  /** Log odds of made up against measured values (`logOddsOfUnrest`); undefined where too little is known. */
  unrest(view: TwinView): number | undefined {
    const own = logOddsOf(restlessSigmas(view));
    return own === undefined ? undefined : logOddsOfUnrest(this.#unrest, own);
  }

  /**
   * Takes a judged reading in. What was rejected teaches nothing. What was doubted for how its quantities hang together
   * (`isLed` false) goes on showing a drift, but never becomes what the unit has settled at.
   */
  remember(
    reading: Reading,
    siblings: readonly Sibling[],
    { status, isLed }: { readonly status: VerdictStatus; readonly isLed: boolean },
    loadStep: number,
  ): void {
    const unrest = logOddsOf(restlessSigmas(this.view(reading, siblings, loadStep)));
    this.#unrest = unrest === undefined ? [] : [...this.#unrest, unrest].slice(1 - UNREST_READINGS);
    this.#viewed = undefined;
    this.#unrest = unrest === undefined ? [] : [...this.#unrest.slice(1 - UNREST_READINGS + 1), unrest];
    for (const windows of [this.#followed, this.#drifting, this.#settled]) {
      for (const window of windows.values()) window.pass();
    }
    const raw = this.#residuals(reading, siblings);
    if (status !== 'REJECTED') this.#before = { to: reading.to, residuals: raw };
    this.#compare(status === 'REJECTED' ? {} : raw);
    if (status === 'REJECTED' || loadStep > STEADY_LOAD_STEP) return;
    for (const name of RELATION_NAMES) {
      const residual = raw[name];
      if (residual === undefined) continue;
      this.#drifting.get(name)?.add(residual.share);
      if (!isLed || residual.share > FOLLOWED_SHARE_MAX || residual.share < FOLLOWED_SHARE_MIN) continue;
      this.#followed.get(name)?.add(residual.share);
      this.#settled.get(name)?.add(residual.share);
    }
  }

  /**
   * The relations in which the unit has become another one than the model says: over the last week its residuals lie
   * otherwise than those that the model was learned from, and on the average further off than is followed. Asks for a
   * new training and changes no verdict.
   */
  staleness(): readonly Staleness[] {
    return RELATION_NAMES.flatMap((name) => {
      const psi = stabilityIndex(this.model?.residuals?.[name]?.counts ?? [], this.#recent.get(name)?.counts ?? []);
      const share = this.#settled.get(name)?.mean ?? 0;
      const [least, greatest] = FOLLOW_LIMITS[name];
      const isBeyond = share < least || share > greatest;
      return psi !== undefined && psi >= STALE_PSI && isBeyond ? [{ relation: name, psi, share }] : [];
    });
  }

  #scatterOf(name: RelationName, reading: Reading, share: number, z: number): number | undefined {
    const before = this.#before?.to === reading.from ? this.#before.residuals[name] : undefined;
    const noise = this.model?.scatter?.[name];
    const step =
      before === undefined || noise === undefined ? undefined : (share - before.share) / (Math.SQRT2 * noise);
    // The level of the head follows pond, screens and river; only how it moves says whether it was measured.
    if (name === 'headByFlow') return step;
    return step === undefined ? z : Math.min(Math.abs(z), Math.abs(step));
  }

  #compare(raw: Residuals): void {
    const bins = this.model?.residuals;
    if (bins === undefined) return;
    for (const [name, window] of this.#recent) {
      const edges = bins[name]?.edges;
      const residual = raw[name];
      const isKnown = edges !== undefined && residual !== undefined;
      window.push(isKnown ? binOf(edges, residual.share / residual.spread) : undefined);
    }
  }

  #residuals(reading: Reading, siblings: readonly Sibling[]): Residuals {
    if (this.#seen?.reading === reading) return this.#seen.residuals;
    const residuals = this.#work(reading, siblings);
    this.#seen = { reading, residuals };
    return residuals;
  }

  #work(reading: Reading, siblings: readonly Sibling[]): Residuals {
    if (this.model === undefined || !isSteady(reading, this.#unit, this.#settings)) return {};
    return residualsOf(observe(reading, this.#unit, siblings, this.#settings), this.model);
  }
}

/** A larger change of load than this share leaves a residual that says nothing of the machine. */
const STEADY_LOAD_STEP = 0.05;

/** What the spread is widened by while the load changes, or where the other units' readings are of another interval. */
function wideningOf(name: RelationName, loadStep: number, isStale: boolean): number {
  if (name === 'headBySibling') return isStale ? STALE_SIBLING_SPREAD : 0;
  const byLoad = TRANSITION_SPREAD * Math.max(0, loadStep - TRANSITION_FROM);
  return name === 'headByFlow' && isStale ? Math.max(STALE_LOSS_SPREAD, byLoad) : byLoad;
}

/** How badly the values of one reading fit together. */
function restlessSigmas(view: TwinView): number[] {
  return restlessOf(view.powerByGate !== undefined).flatMap((name) => view[name]?.scatter ?? []);
}
