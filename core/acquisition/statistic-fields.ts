import type { GaugeQuantity } from '../model/quantity.ts';
import type { Reading } from './reading.ts';

/** In which field of a reading the statistics of each gauge stand; its name ends with the unit. */
export const STATISTIC_FIELDS = {
  power: 'powerKw',
  flow: 'flowM3s',
  head: 'headM',
  gate: 'gatePercent',
  waterTemperature: 'waterTemperatureCel',
  ph: 'ph',
  turbidity: 'turbidityNtu',
} as const satisfies Record<GaugeQuantity, keyof Reading>;
