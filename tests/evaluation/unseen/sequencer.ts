import type { UnitState } from '../../../core/model/unit-state.ts';
import { flowThrough, type Machine } from './site.ts';

/** What the sequencer is told in one step. */
export interface Order {
  /** Wanted flow, m3/s; 0 asks for a stop. */
  readonly flowM3s: number;
  readonly isTripped: boolean;
  readonly isAtWork: boolean;
  readonly headM: number;
  /** Power of the step before, kW, for the power limit of the governor. */
  readonly powerKw: number;
}

const STEP_S = 30;
const VALVE_STEPS = 2;
const SPIN_STEPS = 4;
const BRAKE_STEPS = 5;
const SPIN_GATE = 0.11;
const RAMP_PER_STEP = 0.06;
const DEAD_BAND = 0.006;
const REST_STEPS = (40 * 60) / STEP_S;
/** The governor lets the set give a little more than its plate says. */
const POWER_LIMIT_SHARE = 1.02;

/** Governor and sequencer of one set: valve, spinning up, synchronising, load, unloading, braking. */
export class Sequencer {
  readonly #machine: Machine;
  #state: UnitState = 'stopped';
  #steps = 0;
  #gate = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get state(): UnitState {
    return this.#state;
  }

  get gate(): number {
    return this.#gate;
  }

  get isOnline(): boolean {
    return this.#state === 'generating' || (this.#state === 'stopping' && this.#gate > SPIN_GATE);
  }

  /** Whether it has stood long enough to be started again. */
  get isRested(): boolean {
    return this.#state === 'stopped' && this.#steps >= REST_STEPS;
  }

  step(order: Order): void {
    this.#steps += 1;
    if (order.isTripped && this.#state !== 'tripped' && this.#state !== 'maintenance') {
      if (this.#state !== 'stopped') this.#enter('tripped');
    }
    switch (this.#state) {
      case 'tripped':
        this.#gate = Math.max(0, this.#gate - 0.6);
        if (!order.isTripped) this.#enter('stopped');
        break;
      case 'maintenance':
        if (!order.isAtWork) this.#enter('stopped');
        break;
      case 'stopped':
        if (order.isAtWork) this.#enter('maintenance');
        else if (order.flowM3s > 0 && this.isRested && !order.isTripped) this.#enter('starting');
        break;
      case 'starting':
        this.#gate = this.#steps <= VALVE_STEPS ? 0 : SPIN_GATE;
        if (this.#steps > VALVE_STEPS + SPIN_STEPS) this.#enter('generating');
        break;
      case 'generating':
        if (order.flowM3s <= 0 || order.isAtWork) this.#enter('stopping');
        else this.#govern(order);
        break;
      default:
        this.#gate = this.#gate > SPIN_GATE ? Math.max(SPIN_GATE, this.#gate - RAMP_PER_STEP) : 0;
        if (this.#gate > 0) this.#steps = 0;
        else if (this.#steps >= BRAKE_STEPS) this.#enter('stopped');
    }
  }

  #enter(state: UnitState): void {
    this.#state = state;
    this.#steps = 0;
  }

  #govern({ flowM3s, headM, powerKw }: Order): void {
    const limitKw = this.#machine.plate.ratedPowerKw * POWER_LIMIT_SHARE;
    if (powerKw > limitKw) {
      this.#gate -= Math.min(0.03, (0.5 * (powerKw - limitKw)) / limitKw + 0.002);
      return;
    }
    const nowM3s = flowThrough(this.#machine, this.#gate, headM);
    const off = (flowM3s - nowM3s) / this.#machine.fullGateFlowM3s;
    if (Math.abs(off) < DEAD_BAND) return;
    const room = (limitKw - powerKw) / limitKw;
    const move = Math.max(-RAMP_PER_STEP, Math.min(RAMP_PER_STEP, 0.6 * off, 0.6 * room));
    this.#gate = Math.max(SPIN_GATE, Math.min(1, this.#gate + move));
  }
}
