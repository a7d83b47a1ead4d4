import { z } from 'zod';
import { between, positive, signal } from './schema-values.ts';
import { WATER_QUANTITIES } from './water-bands.ts';
import { ASSUMED_CLASS, METER_CLASSES, type MeterClass } from './witnesses.ts';

const BANDS_MAX = 60;

const CLASS_NAMES = Object.keys(METER_CLASSES) as MeterClass[];

/** YAML reads `0.5` and `1` as numbers, and both are classes. */
const meterClass = z
  .union([z.string(), z.number()], `a class of IEC 62053: ${CLASS_NAMES.join(', ')}`)
  .transform((value, context): MeterClass => {
    const found = CLASS_NAMES.find((known) => known === String(value).toUpperCase());
    if (found !== undefined) return found;
    const message = `expected a class of IEC 62053 (${CLASS_NAMES.join(', ')}), found "${value}"`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const accuracySchema = z.strictObject(
  {
    energyExport: meterClass.optional(),
    energyExportCheck: meterClass.optional(),
    flowPercent: between('a limit of error in per cent, 0.1 to 20', 0.1, 20).optional(),
  },
  'accuracy: { energyExport: 0.2S }',
);

/** What stands beside the units of the whole plant. */
export const witnessesSchema = z.strictObject(
  {
    meter: z
      .strictObject(
        {
          energyExport: signal,
          energyImport: signal.optional(),
          class: meterClass.default(ASSUMED_CLASS),
          // Nobody guesses them: a loss that is taken for too high hides as much energy.
          lossPercent: between(
            'the most that transformers and lines before this meter take, 0 to 20 per cent; 0 where there are none',
            0,
            20,
          ),
          auxiliariesKw: between('the most that is used before this meter, kW; 0 where nothing is', 0, 100_000),
        },
        'the meter of the plant: energyExport, lossPercent, auxiliariesKw',
      )
      .optional(),
    inflow: z
      .strictObject(
        {
          flow: signal,
          at: z.enum(['headrace', 'river']),
          accuracyPercent: between('a limit of error in per cent, 0.5 to 50', 0.5, 50),
          spill: signal.optional(),
          environmentalFlow: signal.optional(),
          pondAreaM2: positive('a surface in m2 above 0').optional(),
        },
        'a gauge of the inflow: flow, at, accuracyPercent',
      )
      .optional(),
    headwaterLevel: signal.optional(),
    tailwaterLevel: signal.optional(),
  },
  'witnesses: meter, inflow, headwaterLevel, tailwaterLevel',
);

const waterBand = z
  .strictObject({
    quantity: z.enum(WATER_QUANTITIES),
    months: z
      .array(
        z.int('a month, 1 to 12').min(1, 'a month, 1 to 12').max(12, 'a month, 1 to 12'),
        'a list of months, 1 to 12',
      )
      .min(1, 'at least one month')
      .optional(),
    min: between('a number', -100, 1e6).optional(),
    max: between('a number', -100, 1e6).optional(),
  })
  .superRefine(({ min, max }, context) => {
    if (min === undefined && max === undefined) {
      context.addIssue({ code: 'custom', message: 'expected min, max or both' });
    } else if (min !== undefined && max !== undefined && min >= max) {
      context.addIssue({ code: 'custom', message: `expected min below max, found ${min} and ${max}` });
    }
  });

/** What is usual of the water at the site. */
export const waterBandsSchema = z
  .array(waterBand, 'a list of bands such as { quantity: turbidity, months: [6, 7, 8, 9], max: 5000 }')
  .min(1, 'at least one band')
  .max(BANDS_MAX, `at most ${BANDS_MAX} bands`);
