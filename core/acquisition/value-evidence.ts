/**
 * How much more likely bytes are as a value of this type than as chance, in bits. A decoding in the wrong word order
 * scatters its sign, exponent or upper half, so honest values stand out by several bits each; over a whole device the
 * bits add up. The numbers are rough frequencies of what PLCs and meters hold, not tuned to any one device.
 */
export interface ValueType {
  readonly kind: 'signed' | 'unsigned' | 'float';
  readonly bits: 16 | 32 | 64;
}

/** Log2 of how often a type is met; 64-bit ones are rare. */
const TYPE_BITS: Readonly<Record<string, number>> = {
  'unsigned-16': -1,
  'signed-16': -1.5,
  'float-32': -1,
  'unsigned-32': -3,
  'signed-32': -3.5,
  'float-64': -4,
  'unsigned-64': -4,
  'signed-64': -4,
};

const ZERO_SHARE = 0.08;
const NEGATIVE_SHARE = 0.1;
/** Floats between 0.01 and 10000 in size hold most measured values; each doubling there, and each beyond it. */
const CORE_OCTAVE_SHARE = 0.04;
const OUTER_OCTAVE_SHARE = 0.003;
const CORE_MIN = 0.01;
const CORE_MAX = 10_000;
const FLOAT_MIN = 1e-6;
const FLOAT_MAX = 1e12;
/** Share of floats that are round, such as set points and ratings: 50, 230.5. */
const ROUND_SHARE = 0.15;
const ABSURD_BITS = -30;

export function valueTypeOf(type: unknown): ValueType | undefined {
  const match = /^(uint|int|float)(16|32|64)$/.exec(typeof type === 'string' ? type : '');
  if (match === null) return undefined;
  const kind = match[1] === 'float' ? 'float' : match[1] === 'uint' ? 'unsigned' : 'signed';
  return { kind, bits: Number(match[2]) as ValueType['bits'] };
}

/** The evidence of one value, in bits; negative when chance explains the bytes better. */
export function firstValueBits(value: number, type: ValueType): number {
  const typeBits = TYPE_BITS[`${type.kind}-${type.bits}`] ?? 0;
  if (!Number.isFinite(value)) return ABSURD_BITS;
  if (value === 0) return Math.log2(ZERO_SHARE) + type.bits + typeBits;
  return typeBits + (type.kind === 'float' ? floatBits(value, type.bits) : wholeBits(value, type));
}

/** Scaled values of one register, such as 7180 for 71.80 %, fill this range rather evenly. */
const SCALED_MAX = 10_000;
const SCALED_SHARE = 0.35;

/** Small numbers are frequent: each order of magnitude has the same share, so a number v has one of about 1/v. */
function wholeBits(value: number, { kind, bits }: ValueType): number {
  const decades = Math.LN2 * (kind === 'signed' ? bits - 1 : bits);
  const sign = kind === 'signed' ? (value < 0 ? NEGATIVE_SHARE : 1 - NEGATIVE_SHARE) : 1;
  const size = Math.abs(value);
  const scaled = bits === 16 && size <= SCALED_MAX ? SCALED_SHARE / SCALED_MAX : 0;
  const magnitude = (1 - (bits === 16 ? SCALED_SHARE : 0)) / (size * decades);
  return Math.log2((1 - ZERO_SHARE) * sign * (scaled + magnitude)) + bits;
}

function floatBits(value: number, bits: number): number {
  const size = Math.abs(value);
  if (size < FLOAT_MIN || size > FLOAT_MAX) return ABSURD_BITS;
  const mantissaBits = bits === 32 ? 23 : 52;
  const share =
    (size >= CORE_MIN && size <= CORE_MAX ? CORE_OCTAVE_SHARE : OUTER_OCTAVE_SHARE) *
    (value < 0 ? NEGATIVE_SHARE : 1 - NEGATIVE_SHARE);
  const full = Math.log2(share) + bits - mantissaBits;
  const zeros = trailingZeros(value, mantissaBits);
  const round = Math.log2((share * ROUND_SHARE) / (mantissaBits + 1)) + bits - Math.max(0, mantissaBits - 1 - zeros);
  return Math.max(full, round);
}

/** How many of the last bits of the mantissa are 0. */
function trailingZeros(value: number, mantissaBits: number): number {
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  let mantissa = Math.abs(value) / 2 ** exponent;
  for (let used = 0; used <= mantissaBits; used += 1) {
    if (Number.isInteger(mantissa)) return mantissaBits - used;
    mantissa *= 2;
  }
  return 0;
}

/** What a change between two reads says: measured values move a little, scattered bits leap. */
const SMALL_CHANGE = 0.05;
const LARGE_CHANGE = 0.5;
const SMALL_STEP = 3;
const UPPER_HALF = 65_536;
const STEPS_MAX = 4;

/**
 * A small number in a wide type looks the same as unused registers beside a narrow value, and the narrow value is the
 * more frequent one. Where it is the wrong guess, a counter goes round early, which its modulus tells, and is not lost.
 */
const EMPTY_HALF_BITS = -9;

function emptyBits(values: readonly number[], { kind, bits }: ValueType): number {
  if (kind === 'float' || bits === 16) return 0;
  const size = Math.max(...values.map(Math.abs));
  if (size === 0) return 0;
  const halves = bits === 64 && size < 2 ** 16 ? 3 : bits === 64 && size < 2 ** 32 ? 2 : size < 2 ** 16 ? 1 : 0;
  return halves * EMPTY_HALF_BITS;
}

/** The evidence of how a value moved over the reads, in bits; 0 when it did not move. */
export function movementBits(values: readonly number[], { kind, bits }: ValueType): number {
  const steps = values.slice(1).map((value, index) => value - (values[index] ?? value));
  const moved = steps.filter((step) => step !== 0);
  const empty = emptyBits(values, { kind, bits });
  if (moved.length === 0) return empty;
  const isUpperHalfOnly = kind !== 'float' && bits >= 32 && moved.every((step) => step % UPPER_HALF === 0);
  // What stands still says nothing, whether it is a register of its own or the upper half of a wider value.
  const isLowHalfOnly = kind !== 'float' && new Set(values.map((value) => Math.floor(value / UPPER_HALF))).size === 1;
  const each = steps.map((step, index) => {
    if (step === 0) return 0;
    const change = Math.abs(step) / Math.max(Math.abs(values[index] ?? 0), Math.abs(values[index + 1] ?? 0));
    if (change <= SMALL_CHANGE || (kind !== 'float' && Math.abs(step) <= SMALL_STEP)) return isLowHalfOnly ? 1 : 2;
    if (change <= LARGE_CHANGE) return 0;
    return change <= 1 ? -3 : -5;
  });
  const isCut = kind === 'float' && bits === 32 && moved.length >= 2 && new Set(values.map(lowHalf)).size === 1;
  // Twenty reads of one drift say little more than four: the evidence is of the bytes and not of the patience.
  const sum = (each.reduce<number>((total, one) => total + one, 0) / each.length) * Math.min(each.length, STEPS_MAX);
  // A 32-bit number that moves in steps of 65536 only is one whose words stand the other way round.
  return (
    sum +
    empty +
    (isCut ? CUT_BITS : 0) +
    (isUpperHalfOnly ? -8 : 0) +
    (isRising(values) && isLowHalfOnly && bits >= 32 ? 3 : 0)
  );
}

/** The lower register of a float32 moves with the value, unless it is a neighbour's register that stands still. */
const CUT_BITS = -12;

function lowHalf(value: number): number {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setFloat32(0, value);
  return bytes.getUint16(2);
}

/** Never falls and rises at least once. */
export function isRising(values: readonly number[]): boolean {
  const steps = values.slice(1).map((value, index) => value - (values[index] ?? value));
  return steps.every((step) => step >= 0) && steps.some((step) => step > 0);
}
