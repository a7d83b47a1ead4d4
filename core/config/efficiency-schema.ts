import { z } from 'zod';

const POINTS_MAX = 50;
const TESTED_POINTS_MIN = 3;

const fraction = z.number('a fraction of ratedFlowM3s, 0 to 1.5').gt(0, 'a fraction above 0').max(1.5, 'at most 1.5');
const efficiency = z
  .number('an efficiency, 0 to 1')
  .gt(0, 'an efficiency above 0')
  .max(1, 'an efficiency of at most 1');
const measured = (expected: string) => z.number(expected).gt(0, expected).max(1e9, expected);

/** The maker's guarantee: efficiency of turbine and generator by fraction of rated flow. */
export const guaranteeSchema = z
  .array(z.tuple([fraction, efficiency], 'a pair [fraction of rated flow, efficiency]'), 'a list of pairs')
  .min(2, 'at least two pairs')
  .max(POINTS_MAX, `at most ${POINTS_MAX} pairs`);

/** What a test of the unit measured; whether the water can give it is checked with the ratings. */
export const indexTestSchema = z
  .array(
    z.tuple(
      [measured('a flow in m3/s above 0'), measured('a net head in m above 0'), measured('a power in kW above 0')],
      'three numbers [flow m3/s, net head m, power kW]',
    ),
    'a list of measured points',
  )
  .min(TESTED_POINTS_MIN, `at least ${TESTED_POINTS_MIN} points`)
  .max(POINTS_MAX, `at most ${POINTS_MAX} points`);
