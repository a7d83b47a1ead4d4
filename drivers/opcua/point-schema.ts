import { z } from 'zod';
import { parseNodeAddress, writeNodeAddress } from './node-address.ts';
import { SCALAR_NAMES, type ScalarName, scalarNamed } from './scalar-type.ts';

const SENTINELS_MAX = 16;
const STATES_MAX = 256;
const WHOLE = /^-?\d{1,20}$/;

const finite = z.number('a finite number');

/**
 * What a point of an opcua device carries beside `id`, `unit`, `kind` and `modulus`.
 *
 * - `nodeId`: `nsu=urn:plant;s=Unit1.Flow`; with the namespace's index in place of its URI (`ns=2;s=...`) a restart of
 *   the server may make it mean another node
 * - `type`: the type that the value must have; any number when left out. A counter that wraps needs it
 * - `scale`, `offset`: value in `unit` = raw * scale + offset
 * - `map`: raw number to the name of a state; a Boolean is 0 or 1
 * - `notAvailable`: raw numbers by which the device says that it has no value
 * - `min`, `max`: what lies outside, in `unit`, is not believed
 * - `comment`: for the people who read plant.yaml
 */
export const opcuaPointSchema = z
  .strictObject({
    nodeId: z.string('such as nsu=urn:plant;s=Unit1.Flow').transform((text, context) => {
      const address = parseNodeAddress(text.trim());
      if (address !== undefined) return writeNodeAddress(address);
      const message = `expected a node id such as nsu=urn:plant;s=Unit1.Flow or nsu=urn:plant;i=1001, found "${text}"`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }),
    type: z.enum(SCALAR_NAMES as [ScalarName, ...ScalarName[]]).optional(),
    scale: finite.refine((scale) => scale !== 0, 'a scale other than 0').default(1),
    offset: finite.default(0),
    map: z.record(z.string().regex(WHOLE, 'a whole number'), z.string().min(1)).optional(),
    notAvailable: z.array(finite).max(SENTINELS_MAX).default([]),
    min: finite.optional(),
    max: finite.optional(),
    comment: z.string().optional(),
  })
  .superRefine((point, context) => {
    for (const { key, message } of complaintsOf(point)) context.addIssue({ code: 'custom', path: [key], message });
  });

/** The parsed settings of a point; `nodeId` is in its normal form. */
export type OpcUaPointSettings = z.output<typeof opcuaPointSchema>;

function complaintsOf({ type, scale, offset, map, min, max }: OpcUaPointSettings): { key: string; message: string }[] {
  const complaints: { key: string; message: string }[] = [];
  const complain = (key: string, message: string): void => {
    complaints.push({ key, message });
  };
  if (min !== undefined && max !== undefined && min > max) complain('min', `min ${min} lies above max ${max}`);
  if (type === 'Boolean' && map === undefined)
    complain('map', 'a Boolean needs a map such as { 0: stopped, 1: generating }');
  if (map === undefined) return complaints;
  const isScaled = scale !== 1 || offset !== 0 || min !== undefined || max !== undefined;
  if (isScaled) complain('map', 'a map goes by the raw number: leave scale, offset, min and max out');
  if (type !== undefined && scalarNamed(type).number === 'float') complain('map', `a ${type} cannot be a state`);
  const states = Object.keys(map).length;
  if (states === 0) complain('map', 'a map needs at least one state');
  if (states > STATES_MAX) complain('map', `a map holds at most ${STATES_MAX} states`);
  return complaints;
}
