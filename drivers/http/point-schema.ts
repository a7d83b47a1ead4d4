import { z } from 'zod';

/**
 * What a listed point of an http device carries beside `id`, `unit`, `kind` and `modulus`.
 *
 * - `field`: the name under which pushes carry it (flat form), or its `sensor_id` (signed form); the point's id if absent
 * - `map`: for states, from what is sent to the states of a unit
 */
export const httpPointSchema = z.strictObject({
  field: z.string('the name of a field').min(1, 'the name of a field').max(128, 'the name of a field').optional(),
  map: z.record(z.string(), z.string(), 'a list of value: state').optional(),
});

export type HttpPointSettings = z.output<typeof httpPointSchema>;
