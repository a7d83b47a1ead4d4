import { z } from 'zod';

const SENTINELS_MAX = 32;
const STATES_MAX = 256;
const finite = z.number('a finite number');
const text = z.union([z.string(), z.number().transform(String)]);

/**
 * What a point of a csv device carries beside `id`, `unit`, `kind` and `modulus`.
 *
 * - `column`: the name of its column in the header
 * - `where`: for files with one row for each value: which rows are this point's, by column and text
 * - `scale`, `offset`: value in `unit` = number * scale + offset
 * - `map`: text of the field to the name of a state
 * - `notAvailable`: texts by which the file says that there is no value; an empty field always does
 * - `min`, `max`: what lies outside, in `unit`, is not believed
 * - `comment`: for the people who read plant.yaml
 */
export const csvPointSchema = z
  .strictObject({
    column: z.string('the name of a column').trim().min(1, 'the name of a column'),
    where: z.record(z.string().min(1), text).optional(),
    scale: finite.refine((scale) => scale !== 0, 'a scale other than 0').default(1),
    offset: finite.default(0),
    map: z.record(z.string(), z.string().min(1)).optional(),
    notAvailable: z.array(text).max(SENTINELS_MAX).default([]),
    min: finite.optional(),
    max: finite.optional(),
    comment: z.string().optional(),
  })
  .superRefine(({ map, scale, offset, min, max, where }, context) => {
    const complain = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    if (min !== undefined && max !== undefined && min > max) complain('min', `min ${min} lies above max ${max}`);
    if (where !== undefined && Object.keys(where).length === 0) complain('where', 'at least one column and its text');
    if (map === undefined) return;
    const states = Object.keys(map).length;
    if (states === 0 || states > STATES_MAX) complain('map', `a map holds 1 to ${STATES_MAX} states`);
    if (scale !== 1 || offset !== 0 || min !== undefined || max !== undefined) {
      complain('map', 'a map goes by the text of the field: leave scale, offset, min and max out');
    }
  });

/** The parsed settings of a point. */
export type CsvPointSettings = z.output<typeof csvPointSchema>;
