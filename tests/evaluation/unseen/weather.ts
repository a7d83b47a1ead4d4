import { nextGaussian, type Random } from '../../../core/model/random.ts';

/** The river and its water, step by step. */
export interface Weather {
  /** In the river above the intake, m3/s. */
  readonly riverM3s: number;
  readonly turbidityNtu: number;
  readonly waterCel: number;
  readonly ph: number;
  /** 0 for a clean river to 1 for one full of leaves and drift wood. */
  readonly debris: number;
}

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const MONSOON_DAY = 38;

/**
 * Snow melt with its daily swing, dry and wet spells, and rain that comes now and then before the monsoon and every
 * other day in it. Each rain is a flood of its own: a quick rise, a slow fall.
 */
export class WeatherMaker {
  readonly #random: Random;
  readonly #designFlowM3s: number;
  readonly #stepS: number;
  #spell = 0;
  #risingM3s = 0;
  #floodM3s = 0;
  #wash = 0;
  #phWander = 0;

  constructor(random: Random, designFlowM3s: number, stepS: number) {
    this.#random = random;
    this.#designFlowM3s = designFlowM3s;
    this.#stepS = stepS;
  }

  at(second: number): Weather {
    const day = second / DAY_S;
    const monsoon = 1 / (1 + Math.exp(-(day - MONSOON_DAY) / 3));
    const hour = (day % 1) * 24;
    this.#rain(monsoon);
    this.#spell = this.#wander(this.#spell, 4 * DAY_S, 0.36);
    this.#phWander = this.#wander(this.#phWander, 2 * DAY_S, 0.12);
    const melt = 1 + (0.16 - 0.06 * monsoon) * Math.cos(((hour - 20) / 24) * 2 * Math.PI);
    const base = 0.6 + 0.14 * Math.min(1, day / 30) + 0.24 * monsoon;
    const riverM3s = this.#designFlowM3s * base * melt * Math.exp(this.#spell) + this.#floodM3s;
    const flood = this.#floodM3s / this.#designFlowM3s;
    return {
      riverM3s,
      turbidityNtu: 4 + 25 * monsoon * base + 900 * this.#wash + 140 * flood,
      waterCel:
        9 + 5 * Math.min(1, day / 60) + 1.1 * Math.cos(((hour - 17) / 24) * 2 * Math.PI) - 1.2 * Math.min(1, flood),
      ph: 7.5 + this.#phWander - 0.25 * Math.min(1, flood),
      debris: Math.min(1, 0.04 + 0.12 * monsoon + 0.6 * this.#wash),
    };
  }

  #rain(monsoon: number): void {
    const perDay = 0.16 + 0.4 * monsoon;
    if (this.#random.next() < (perDay * this.#stepS) / DAY_S) {
      this.#risingM3s += this.#designFlowM3s * (0.15 + (0.4 + 0.9 * monsoon) * -Math.log(1 - this.#random.next()));
      this.#wash = Math.min(3, this.#wash + 0.15 + 0.8 * this.#random.next() * (0.3 + monsoon));
    }
    const arriving = this.#risingM3s * (this.#stepS / (2.5 * HOUR_S));
    this.#risingM3s -= arriving;
    this.#floodM3s += arriving - this.#floodM3s * (this.#stepS / (16 * HOUR_S));
    this.#wash -= this.#wash * (this.#stepS / (10 * HOUR_S));
  }

  /** One step of an Ornstein-Uhlenbeck process: wanders about zero with this spread and memory. */
  #wander(value: number, memoryS: number, spread: number): number {
    const keep = Math.exp(-this.#stepS / memoryS);
    return value * keep + spread * Math.sqrt(1 - keep * keep) * nextGaussian(this.#random);
  }
}
