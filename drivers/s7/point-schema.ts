import { z } from 'zod';
import { type Address, parseAddress } from './address.ts';
import { bitsOf, DATA_TYPES, type DataType } from './data-type.ts';

const SENTINELS_MAX = 16;
const STATES_MAX = 256;
const HEX = /^0[xX][0-9a-fA-F]{1,16}$/;
const WHOLE = /^-?\d{1,20}$/;

const finite = z.number('a finite number');

/**
 * What a point of an s7 device carries beside `id`, `unit`, `kind` and `modulus`.
 *
 * - `address`: `DB1,REAL0`, `DB1,X10.3`, `MW10`, ...
 * - `scale`, `offset`: value in `unit` = raw * scale + offset
 * - `map`: raw number to the name of a state
 * - `notAvailable`: raw numbers, or raw bits as `0x7FC00000`, by which the PLC says that it has no value
 * - `min`, `max`: what lies outside, in `unit`, is not believed
 * - `comment`: for the people who read plant.yaml
 */
export const s7PointSchema = z
  .strictObject({
    address: z.string('an address such as DB1,REAL0').transform(asAddress),
    scale: finite.refine((scale) => scale !== 0, 'a scale other than 0').default(1),
    offset: finite.default(0),
    map: z.record(z.string().regex(WHOLE, 'a whole number'), z.string().min(1)).optional(),
    notAvailable: z
      .array(z.union([finite, z.string().regex(HEX, 'raw bits such as 0x7FC00000')]))
      .max(SENTINELS_MAX)
      .default([]),
    min: finite.optional(),
    max: finite.optional(),
    comment: z.string().optional(),
  })
  .superRefine((point, context) => {
    for (const [key, message] of complaintsOf(point)) context.addIssue({ code: 'custom', path: [key], message });
  });

/** The parsed settings of a point. */
export type S7PointSettings = z.output<typeof s7PointSchema>;

type Complaint = [key: keyof S7PointSettings, message: string];

function asAddress(text: string, context: z.RefinementCtx): Address {
  const parsed = parseAddress(text);
  if (parsed.kind === 'address') return parsed.address;
  context.addIssue({ code: 'custom', message: parsed.message });
  return z.NEVER;
}

function complaintsOf(point: S7PointSettings): Complaint[] {
  const { type } = point.address;
  const complaints: Complaint[] = [];
  if (point.min !== undefined && point.max !== undefined && point.min > point.max) {
    complaints.push(['min', `min ${point.min} lies above max ${point.max}`]);
  }
  for (const sentinel of point.notAvailable) {
    if (typeof sentinel === 'string') {
      if (BigInt(sentinel) < 1n << BigInt(bitsOf(type))) continue;
      complaints.push(['notAvailable', `${sentinel} has more bits than a ${type}`]);
    } else if (DATA_TYPES[type].number !== 'float' && !(Number.isSafeInteger(sentinel) && fits(sentinel, type))) {
      complaints.push(['notAvailable', `a ${type} never holds ${sentinel}: write its raw bits as 0x...`]);
    }
  }
  return [...complaints, ...mapComplaints(point, type)];
}

function mapComplaints({ map, scale, offset, min, max }: S7PointSettings, type: DataType): Complaint[] {
  if (map === undefined) return [];
  if (DATA_TYPES[type].number === 'float') {
    return [['map', `a ${type} cannot be a state: a map needs a whole number type or a bit`]];
  }
  if (scale !== 1 || offset !== 0 || min !== undefined || max !== undefined) {
    return [['map', 'a map goes by the raw number: leave scale, offset, min and max out']];
  }
  const states = Object.keys(map);
  if (states.length === 0 || states.length > STATES_MAX) return [['map', `a map holds 1 to ${STATES_MAX} states`]];
  return states.filter((raw) => !fits(raw, type)).map((raw) => ['map', `a ${type} never holds ${raw}`]);
}

function fits(written: number | string, type: DataType): boolean {
  const raw = BigInt(written);
  const bits = type === 'X' ? 1n : BigInt(bitsOf(type));
  return DATA_TYPES[type].number === 'signed'
    ? raw >= -(1n << (bits - 1n)) && raw < 1n << (bits - 1n)
    : raw >= 0n && raw < 1n << bits;
}
