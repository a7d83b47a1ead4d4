import { nextGaussian, type Random } from '../../core/model/random.ts';
import { RATED_FLOW_M3S, RATED_POWER_KW } from './unit-as-built.ts';

/** The sensors of one unit, each with the bias it was installed with, a slow wander, and noise. */
export class Instruments {
  readonly #random: Random;
  readonly #flowGain: number;
  readonly #headBiasM: number;
  readonly #powerGain: number;
  readonly #meterGain: number;
  readonly #resolutionKwh: number;
  #flowWander = 0;
  #headWander = 0;
  #gateStick = 0;
  #counterKwh: number;

  constructor(random: Random, resolutionKwh: number) {
    this.#random = random;
    this.#flowGain = 1 + 0.012 * nextGaussian(random);
    this.#headBiasM = 0.3 * nextGaussian(random);
    this.#powerGain = 1 + 0.003 * nextGaussian(random);
    this.#meterGain = 1 + 0.001 * nextGaussian(random);
    this.#resolutionKwh = resolutionKwh;
    this.#counterKwh = 1_000_000 + Math.floor(9_000_000 * random.next());
  }

  flow(trueM3s: number): number {
    this.#flowWander = 0.9988 * this.#flowWander + 0.00018 * nextGaussian(this.#random);
    const noise = 0.006 * nextGaussian(this.#random) * Math.max(trueM3s, 0.05 * RATED_FLOW_M3S);
    const seen = trueM3s * (this.#flowGain + this.#flowWander) + noise;
    return trueM3s < 0.01 ? Math.max(0, 0.004 * nextGaussian(this.#random)) : Math.max(0, seen);
  }

  head(trueM: number): number {
    this.#headWander = 0.999 * this.#headWander + 0.004 * nextGaussian(this.#random);
    return trueM + this.#headBiasM + this.#headWander + 0.06 * nextGaussian(this.#random);
  }

  power(trueKw: number): number {
    if (trueKw < 1) return -2 * this.#random.next();
    return (
      trueKw * this.#powerGain +
      0.0015 * trueKw * nextGaussian(this.#random) +
      0.0003 * RATED_POWER_KW * nextGaussian(this.#random)
    );
  }

  gate(opening: number): number {
    const percent = 100 * opening;
    // The linkage sticks a little: the sensor follows only when the vanes have moved by more than that.
    if (Math.abs(percent - this.#gateStick) > 0.15) this.#gateStick = percent;
    return Math.max(0, this.#gateStick + 0.06 * nextGaussian(this.#random));
  }

  /** The register after so much energy, as displayed, and what it moved by. */
  count(trueKwh: number): { counterKwh: number; generatedKwh: number } {
    const before = this.#shown();
    this.#counterKwh += trueKwh * this.#meterGain;
    const counterKwh = this.#shown();
    return { counterKwh, generatedKwh: counterKwh - before };
  }

  #shown(): number {
    return Math.floor(this.#counterKwh / this.#resolutionKwh) * this.#resolutionKwh;
  }
}
