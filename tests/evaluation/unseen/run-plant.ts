import type { Random } from '../../../core/model/random.ts';
import type { UnitState } from '../../../core/model/unit-state.ts';
import { type Events, isWithin } from './events.ts';
import { Sequencer } from './sequencer.ts';
import { electricPower, flowThrough, type Machine, type Site } from './site.ts';
import { type Weather, WeatherMaker } from './weather.ts';

/** What a set truly did in one step. */
export interface UnitTruth {
  readonly flowM3s: number;
  readonly headM: number;
  readonly powerKw: number;
  readonly gate: number;
  readonly state: UnitState;
}

export const STEP_S = 30;
const ENVIRONMENTAL_FLOW_SHARE = 0.12;
const SILT_STOP_NTU = 2600;
const SILT_START_NTU = 1500;
const LEVEL_GAIN_M2S = 5;
const RAKE_EVERY_S = 9 * 3600;
/** Efficiency lost to silt over a monsoon, about; it grows with what passes the runner. */
const WEAR_PER_NTU_STEP = 3.2e-10;

/** The whole plant, one step after the other: pond, rack, penstock, units, tailwater. */
export class PlantRun {
  readonly #site: Site;
  readonly #events: Events;
  readonly #weather: WeatherMaker;
  readonly #sequencers: readonly Sequencer[];
  readonly #flows: number[];
  readonly #powers: number[];
  readonly #wear: number[];
  #levelM = 0;
  #clogging = 0;
  #rakedAt = 0;
  #isSiltStop = false;

  constructor(site: Site, events: Events, random: Random) {
    this.#site = site;
    this.#events = events;
    this.#weather = new WeatherMaker(random, site.designFlowM3s, STEP_S);
    this.#sequencers = site.machines.map((machine) => new Sequencer(machine));
    this.#flows = site.machines.map(() => 0);
    this.#powers = site.machines.map(() => 0);
    this.#wear = site.machines.map(() => 0);
  }

  step(second: number): { weather: Weather; units: readonly UnitTruth[] } {
    const weather = this.#weather.at(second);
    const { machines } = this.#site;
    const total = this.#flows.reduce((sum, flow) => sum + flow, 0);
    this.#movePond(weather, total);
    this.#clog(second, weather, total);
    const orders = this.#share(second, weather);
    const units = machines.map((machine, index): UnitTruth => {
      const headM = this.#netHead(machine, weather, total, this.#flows[index] ?? 0);
      const sequencer = this.#at(index);
      sequencer.step({
        flowM3s: orders[index] ?? 0,
        isTripped: this.#isTripped(index, second),
        isAtWork: isWithin(this.#events.works[index] ?? [], second),
        headM,
        powerKw: this.#powers[index] ?? 0,
      });
      const flowM3s = flowThrough(machine, sequencer.gate, headM);
      const wear = this.#wear[index] ?? 0;
      const powerKw = sequencer.isOnline ? electricPower(machine, flowM3s, headM, wear) : 0;
      this.#flows[index] = flowM3s;
      this.#powers[index] = powerKw;
      this.#wear[index] = wear + WEAR_PER_NTU_STEP * weather.turbidityNtu * (flowM3s / machine.plate.ratedFlowM3s);
      return { flowM3s, headM, powerKw, gate: sequencer.gate, state: sequencer.state };
    });
    return { weather, units };
  }

  #isTripped(index: number, second: number): boolean {
    return isWithin(this.#events.trips[index] ?? [], second) || isWithin(this.#events.gridOutages, second);
  }

  /** Level over the crest of the weir, m; what is above it spills. */
  #movePond({ riverM3s }: Weather, turbinedM3s: number): void {
    const { pondAreaM2, weirLengthM } = this.#site;
    const spillM3s = this.#levelM > 0 ? 1.8 * weirLengthM * this.#levelM ** 1.5 : 0;
    const inM3s = riverM3s * (1 - ENVIRONMENTAL_FLOW_SHARE) - turbinedM3s - spillM3s;
    const next = this.#levelM + (inM3s * STEP_S) / pondAreaM2;
    // A step is long for so small a pond: the level never leaps past the one at which the weir carries all.
    const evenM = inM3s + spillM3s > 0 ? ((inM3s + spillM3s) / (1.8 * weirLengthM)) ** (2 / 3) : -2;
    this.#levelM = Math.max(-2, next > 0 ? Math.min(next, Math.max(evenM, 0)) : next);
  }

  #clog(second: number, { debris }: Weather, turbinedM3s: number): void {
    const load = turbinedM3s / this.#site.designFlowM3s;
    this.#clogging += (debris * load * STEP_S) / (12 * 3600);
    const isDue = second - this.#rakedAt > RAKE_EVERY_S;
    if (isDue || this.#clogging > 6) {
      this.#rakedAt = second;
      this.#clogging *= 0.1;
    }
  }

  #netHead(machine: Machine, weather: Weather, total: number, own: number): number {
    const { grossHeadM, designFlowM3s, commonLossM, rackLossM, tailwaterRiseM } = this.#site;
    const share = total / designFlowM3s;
    const ownShare = own / machine.plate.ratedFlowM3s;
    const downstream = Math.max(0.05, weather.riverM3s / designFlowM3s);
    const tailwaterM = tailwaterRiseM * downstream ** 0.6;
    const lossM =
      (commonLossM + rackLossM * (1 + this.#clogging)) * share * share + machine.branchLossM * ownShare ** 2;
    return grossHeadM + Math.min(1.5, this.#levelM) - tailwaterM - lossM;
  }

  /** Splits the water over the units: one as long as it suffices, both above, none when there is too little. */
  #share(second: number, weather: Weather): number[] {
    const { machines, designFlowM3s } = this.#site;
    const limit = this.#events.curtailments.find(({ from, to }) => second >= from && second < to)?.share ?? 1;
    this.#isSiltStop = weather.turbidityNtu > (this.#isSiltStop ? SILT_START_NTU : SILT_STOP_NTU);
    if (this.#isSiltStop) return machines.map(() => 0);
    const water = weather.riverM3s * (1 - ENVIRONMENTAL_FLOW_SHARE) + LEVEL_GAIN_M2S * (this.#levelM + 0.12);
    const wanted = Math.min(water, designFlowM3s * 1.1, designFlowM3s * limit);
    const able = machines.map(
      (_, index) =>
        !(isWithin(this.#events.works[index] ?? [], second) || this.#isTripped(index, second)) &&
        (this.#at(index).state !== 'stopped' || this.#at(index).isRested),
    );
    const leader = Math.floor(second / (7 * 86_400)) % machines.length;
    const order = machines.map((_, index) => (index + leader) % machines.length).filter((index) => able[index]);
    const rated = (index: number): number => machines[index]?.plate.ratedFlowM3s ?? 0;
    const running = order.filter((index) => this.#at(index).state === 'generating');
    const both = order.reduce((sum, index) => sum + rated(index), 0);
    // Hysteresis, so that a river at the limit starts no unit every hour.
    const floor = running.length > 1 ? 0.44 : 0.56;
    if (order.length > 1 && wanted > floor * both) return this.#spread(wanted, order, both);
    const single = running[0] ?? order[0];
    if (single === undefined) return machines.map(() => 0);
    const least = rated(single) * (running.length > 0 ? 0.3 : 0.42);
    return machines.map((_, index) => (index === single && wanted > least ? Math.min(wanted, 1.1 * rated(index)) : 0));
  }

  #spread(wanted: number, order: readonly number[], both: number): number[] {
    return this.#site.machines.map((machine, index) =>
      order.includes(index) ? (wanted * machine.plate.ratedFlowM3s) / both : 0,
    );
  }

  #at(index: number): Sequencer {
    const sequencer = this.#sequencers[index];
    if (sequencer === undefined) throw new Error(`There is no unit ${index}.`);
    return sequencer;
  }
}
