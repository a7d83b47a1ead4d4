import { nextGaussian, type Random } from '../../core/model/random.ts';

/** The river above the weir, one value each five minutes. */
export interface River {
  readonly flowM3s: Float64Array;
  readonly turbidityNtu: Float64Array;
  readonly temperatureCel: Float64Array;
  readonly ph: Float64Array;
}

const STEPS_PER_DAY = 288;

/** Base flow that rises into the monsoon, storms that come at once and drain over a day or two, silt with the storms. */
export function makeRiver(days: number, random: Random): River {
  const steps = days * STEPS_PER_DAY;
  const flowM3s = new Float64Array(steps);
  const turbidityNtu = new Float64Array(steps);
  const temperatureCel = new Float64Array(steps);
  const ph = new Float64Array(steps);
  let storm = 0;
  let wander = 0;
  let acid = 0;
  for (let step = 0; step < steps; step += 1) {
    const day = step / STEPS_PER_DAY;
    const base = 5.2 + 3.4 * Math.sin((Math.PI * day) / days) ** 2;
    wander = 0.9995 * wander + 0.012 * nextGaussian(random);
    acid = 0.999 * acid + 0.004 * nextGaussian(random);
    if (random.next() < (0.12 + 0.2 * Math.sin((Math.PI * day) / days)) / STEPS_PER_DAY) storm += 1 + 5 * random.next();
    storm *= 0.9975;
    const melt = 0.25 * Math.sin(2 * Math.PI * (day - 0.6));
    flowM3s[step] = Math.max(1.2, base * (1 + 0.35 * wander) + storm + melt);
    turbidityNtu[step] = Math.max(2, 12 + 90 * storm ** 1.5 + 3 * nextGaussian(random));
    temperatureCel[step] = 13 + 4 * Math.sin((Math.PI * day) / days) + 0.8 * Math.sin(2 * Math.PI * (day - 0.4));
    ph[step] = 7.5 + acid - 0.02 * storm;
  }
  return { flowM3s, turbidityNtu, temperatureCel, ph };
}
