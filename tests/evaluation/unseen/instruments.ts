import { nextGaussian, type Random } from '../../../core/model/random.ts';
import type { UnitTruth } from './run-plant.ts';
import { STEP_S } from './run-plant.ts';
import type { Machine } from './site.ts';
import type { Weather } from './weather.ts';

/** A transducer behind a 12-bit converter: constant bias, a slow wander, noise, steps of its range. */
class Transducer {
  readonly #random: Random;
  readonly #gain: number;
  readonly #offset: number;
  readonly #wanderShare: number;
  readonly #noiseShare: number;
  readonly #stepSize: number;
  #wander = 0;

  constructor(random: Random, kind: { range: number; gain: number; offset: number; wander: number; noise: number }) {
    this.#random = random;
    this.#gain = 1 + kind.gain * nextGaussian(random);
    this.#offset = kind.offset * kind.range * nextGaussian(random);
    this.#wanderShare = kind.wander;
    this.#noiseShare = kind.noise;
    this.#stepSize = kind.range / 4096;
  }

  read(value: number, noiseFactor = 1): number {
    const keep = Math.exp(-STEP_S / (3 * 86_400));
    this.#wander = this.#wander * keep + this.#wanderShare * Math.sqrt(1 - keep * keep) * nextGaussian(this.#random);
    const noise = this.#noiseShare * noiseFactor * nextGaussian(this.#random);
    const seen = value * (this.#gain + this.#wander + noise) + (value === 0 ? 0 : this.#offset);
    return Math.round(seen / this.#stepSize) * this.#stepSize;
  }
}

/** What the instruments of one unit show for an interval. An absent value was not measured. */
export interface Shown {
  flowM3s: number | undefined;
  headM: number | undefined;
  powerKw: number | undefined;
  generatedKwh: number | undefined;
  counterKwh: number | undefined;
  ph: number | undefined;
  turbidityNtu: number | undefined;
  waterCel: number | undefined;
  gatePercent: number | undefined;
  status: string | undefined;
}

export const METER_DIGIT_KWH = 0.1;

/** The instruments of one unit: fed with each step, read at the end of each interval. */
export class Instruments {
  readonly #random: Random;
  readonly #flow: Transducer;
  readonly #head: Transducer;
  readonly #power: Transducer;
  readonly #meterGain: number;
  readonly #meterLagS: number;
  readonly #gateOffset: number;
  readonly #gateGain: number;
  #backlash = 0;
  #registerKwh: number;
  #reportedKwh: number;
  #steps = 0;
  #sums = { flow: 0, head: 0, power: 0, gate: 0, turbidity: 0, ph: 0, cel: 0 };
  #last: UnitTruth | undefined;

  constructor(random: Random, machine: Machine, grossHeadM: number) {
    const { plate } = machine;
    this.#random = random;
    const flowRange = plate.ratedFlowM3s * 1.5;
    this.#flow = new Transducer(random, { range: flowRange, gain: 0.012, offset: 0.001, wander: 0.0025, noise: 0.009 });
    this.#head = new Transducer(random, {
      range: grossHeadM * 1.2,
      gain: 0.003,
      offset: 0.001,
      wander: 0.0006,
      noise: 0.0015,
    });
    const powerRange = plate.ratedPowerKw * 1.3;
    this.#power = new Transducer(random, {
      range: powerRange,
      gain: 0.002,
      offset: 0.0004,
      wander: 0.0004,
      noise: 0.002,
    });
    this.#meterGain = 1 + 0.0012 * nextGaussian(random);
    this.#meterLagS = 2 + 16 * random.next();
    this.#gateOffset = 0.004 * nextGaussian(random);
    this.#gateGain = 1 + 0.006 * nextGaussian(random);
    this.#registerKwh = Math.floor(2e6 + 4e7 * random.next());
    this.#reportedKwh = this.#registerKwh;
  }

  step(truth: UnitTruth, weather: Weather): void {
    this.#steps += 1;
    this.#last = truth;
    const sums = this.#sums;
    // Air and silt in the water blur the echo of the flow meter.
    sums.flow += this.#flow.read(truth.flowM3s, 1 + Math.min(2, weather.turbidityNtu / 900));
    sums.head += this.#head.read(truth.headM);
    sums.power += this.#power.read(truth.powerKw);
    this.#backlash = 0.998 * this.#backlash + 0.0002 * nextGaussian(this.#random);
    const gate = truth.gate === 0 ? 0 : truth.gate * this.#gateGain + this.#gateOffset + this.#backlash;
    sums.gate += Math.round(Math.max(0, gate) * 1000) / 10;
    sums.turbidity += Math.max(0, Math.min(4000, weather.turbidityNtu * (1 + 0.06 * nextGaussian(this.#random))));
    sums.ph += weather.ph + 0.03 * nextGaussian(this.#random);
    sums.cel += weather.waterCel + 0.08 * nextGaussian(this.#random);
    this.#registerKwh += (truth.powerKw * this.#meterGain * STEP_S) / 3600;
  }

  /** Ends the interval: the means, and the register as the PLC last fetched it. */
  show(): Shown {
    const { flow, head, power, gate, turbidity, ph, cel } = this.#sums;
    const mean = (sum: number, digits: number): number => Number((sum / this.#steps).toFixed(digits));
    const lateKwh = ((this.#last?.powerKw ?? 0) * this.#meterLagS) / 3600;
    const fetched = Math.max(this.#reportedKwh, this.#registerKwh - lateKwh);
    const shownKwh = Math.floor(fetched / METER_DIGIT_KWH + 1e-9) * METER_DIGIT_KWH;
    const generatedKwh = Number((shownKwh - this.#reportedKwh).toFixed(1));
    this.#reportedKwh = shownKwh;
    const shown: Shown = {
      flowM3s: mean(flow, 3),
      headM: mean(head, 2),
      powerKw: mean(power, 1),
      generatedKwh,
      counterKwh: shownKwh,
      ph: mean(ph, 2),
      turbidityNtu: mean(turbidity, 1),
      waterCel: mean(cel, 1),
      gatePercent: mean(gate, 1),
      status: this.#last?.state,
    };
    this.#steps = 0;
    this.#sums = { flow: 0, head: 0, power: 0, gate: 0, turbidity: 0, ph: 0, cel: 0 };
    return shown;
  }
}
