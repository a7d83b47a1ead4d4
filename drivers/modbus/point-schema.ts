import { z } from 'zod';
import { bitsOf, cellsOf, REGISTER_TYPES, type RegisterType, TABLES, type Table } from './register-type.ts';
import { WORD_ORDERS } from './word-order.ts';

const ADDRESS_MAX = 65_535;
const SENTINELS_MAX = 16;
const STATES_MAX = 256;
const HEX = /^0[xX][0-9a-fA-F]{1,16}$/;
const WHOLE = /^-?\d{1,20}$/;

const finite = z.number('a finite number');

/**
 * What a point of a modbus-tcp device carries beside `id`, `unit`, `kind` and `modulus`.
 *
 * - `address`: as sent on the wire, from 0
 * - `bit`: makes a state of one bit of a register, 0 is the least significant
 * - `scale`, `offset`: value in `unit` = raw * scale + offset
 * - `map`: raw number to the name of a state
 * - `notAvailable`: raw numbers, or raw bits as `0x7FC00000`, by which the device says that it has no value
 * - `min`, `max`: what lies outside, in `unit`, is not believed
 * - `guard`: a register of the same table that must hold this whole number (int16), or the value is not believed; read
 *   in the same request. For what gives a value its meaning in the device, such as a scale factor that it may change.
 *   `otherwise`: a sentence for the operator that says what it means when the register holds something else
 * - `comment`: for the people who read plant.yaml
 */
export const modbusPointSchema = z
  .strictObject({
    register: z.enum(Object.keys(TABLES) as [Table, ...Table[]]),
    address: z.int('a register address on the wire, 0 to 65535').min(0).max(ADDRESS_MAX),
    type: z.enum(Object.keys(REGISTER_TYPES) as [RegisterType, ...RegisterType[]]).optional(),
    order: z.enum(WORD_ORDERS).default('ABCD'),
    bit: z.int('a bit of the register, 0 to 15').min(0).max(15).optional(),
    scale: finite.refine((scale) => scale !== 0, 'a scale other than 0').default(1),
    offset: finite.default(0),
    map: z.record(z.string().regex(WHOLE, 'a whole number'), z.string().min(1)).optional(),
    notAvailable: z
      .array(z.union([finite, z.string().regex(HEX, 'raw bits such as 0x7FC00000')]))
      .max(SENTINELS_MAX)
      .default([]),
    min: finite.optional(),
    max: finite.optional(),
    guard: z
      .strictObject({
        address: z.int('a register address on the wire, 0 to 65535').min(0).max(ADDRESS_MAX),
        value: z.int('a whole number, -32768 to 32767').min(-32_768).max(32_767),
        otherwise: z.string().min(1).max(200).optional(),
      })
      .optional(),
    comment: z.string().optional(),
  })
  .transform((point, context) => {
    const type = point.type ?? impliedType(point.register, point.bit);
    for (const complaint of complaintsOf({ ...point, type })) {
      context.addIssue({ code: 'custom', path: [complaint.key], message: complaint.message });
    }
    return { ...point, type: type ?? 'uint16' };
  });

/** The parsed settings of a point; `type` is always there. */
export type ModbusPointSettings = z.output<typeof modbusPointSchema>;

interface Complaint {
  key: string;
  message: string;
}

type Candidate = Omit<ModbusPointSettings, 'type'> & { type: RegisterType | undefined };

function impliedType(register: Table, bit: number | undefined): RegisterType | undefined {
  return TABLES[register].cell === 'bit' || bit !== undefined ? 'bool' : undefined;
}

function complaintsOf(point: Candidate): Complaint[] {
  const { register, type, bit } = point;
  if (type === undefined) return [{ key: 'type', message: `a ${register} register needs a type, such as float32` }];
  const isBit = TABLES[register].cell === 'bit';
  const complaints: Complaint[] = [];
  const complain = (key: string, message: string): void => {
    complaints.push({ key, message });
  };
  if (isBit && type !== 'bool') complain('type', `a ${register} is one bit: its type is bool, not ${type}`);
  if (isBit && bit !== undefined) complain('bit', `a ${register} is one bit already: leave "bit" out`);
  if (!isBit && type === 'bool' && bit === undefined) complain('bit', 'a bool in a register needs "bit", 0 to 15');
  if (!isBit && type !== 'bool' && bit !== undefined) complain('bit', `"bit" goes with type bool, not ${type}`);
  if (point.address + cellsOf(type) > ADDRESS_MAX + 1) {
    complain('address', `a ${type} at ${point.address} runs past the last address ${ADDRESS_MAX}`);
  }
  if (point.min !== undefined && point.max !== undefined && point.min > point.max) {
    complain('min', `min ${point.min} lies above max ${point.max}`);
  }
  if (isBit && point.guard !== undefined) complain('guard', `a ${register} has no register that could guard it`);
  complaints.push(...mapComplaints(point, type), ...sentinelComplaints(point, type));
  return complaints;
}

function mapComplaints(point: Candidate, type: RegisterType): Complaint[] {
  if (point.map === undefined) return [];
  if (REGISTER_TYPES[type].number === 'float') {
    return [{ key: 'map', message: `a ${type} cannot be a state: a map needs a whole number type or a bit` }];
  }
  const scaled = point.scale !== 1 || point.offset !== 0 || point.min !== undefined || point.max !== undefined;
  if (scaled) return [{ key: 'map', message: 'a map goes by the raw number: leave scale, offset, min and max out' }];
  const states = Object.keys(point.map).length;
  if (states === 0) return [{ key: 'map', message: 'a map needs at least one state' }];
  if (states > STATES_MAX) return [{ key: 'map', message: `a map holds at most ${STATES_MAX} states` }];
  return Object.keys(point.map)
    .filter((raw) => !fits(BigInt(raw), type))
    .map((raw) => ({ key: 'map', message: `a ${type} never holds ${raw}` }));
}

function sentinelComplaints(point: Candidate, type: RegisterType): Complaint[] {
  const complaints: Complaint[] = [];
  for (const sentinel of point.notAvailable) {
    if (typeof sentinel === 'string') {
      if (BigInt(sentinel) < 1n << BigInt(bitsOf(type))) continue;
      complaints.push({ key: 'notAvailable', message: `${sentinel} has more bits than a ${type}` });
    } else if (REGISTER_TYPES[type].number !== 'float') {
      if (Number.isSafeInteger(sentinel) && fits(BigInt(sentinel), type)) continue;
      complaints.push({
        key: 'notAvailable',
        message: `a ${type} never holds ${sentinel}: write its raw bits as 0x...`,
      });
    }
  }
  return complaints;
}

function fits(raw: bigint, type: RegisterType): boolean {
  const bits = BigInt(bitsOf(type));
  switch (REGISTER_TYPES[type].number) {
    case 'signed':
      return raw >= -(1n << (bits - 1n)) && raw < 1n << (bits - 1n);
    case 'unsigned':
      return raw >= 0n && raw < 1n << bits;
    case 'bool':
      return raw === 0n || raw === 1n;
    default:
      return true;
  }
}
