import type { MetricValue } from './sparkplug-payload.ts';

/** The data types of Sparkplug 3.0, clause 6.4.16, by their number. */
const TYPES = [
  'Unknown',
  'Int8',
  'Int16',
  'Int32',
  'Int64',
  'UInt8',
  'UInt16',
  'UInt32',
  'UInt64',
  'Float',
  'Double',
  'Boolean',
  'String',
  'DateTime',
  'Text',
  'UUID',
  'DataSet',
  'Bytes',
  'File',
  'Template',
] as const;

const WHOLE: Readonly<Record<string, Width>> = {
  Int8: { bits: 8, isSigned: true },
  Int16: { bits: 16, isSigned: true },
  Int32: { bits: 32, isSigned: true },
  Int64: { bits: 64, isSigned: true },
  UInt8: { bits: 8, isSigned: false },
  UInt16: { bits: 16, isSigned: false },
  UInt32: { bits: 32, isSigned: false },
  UInt64: { bits: 64, isSigned: false },
};
const FLOATS = ['Float', 'Double'];
const TEXTS = ['String', 'Text'];

export function typeName(number: number): string {
  return TYPES[number] ?? `type ${number}`;
}

/** What a metric can be for Forebay: a number, a state, or nothing. */
export function isReadable(type: string): boolean {
  return type in WHOLE || FLOATS.includes(type) || TEXTS.includes(type) || type === 'Boolean';
}

/**
 * What a metric of a type holds: whole numbers exactly, others as they are; undefined when the bits cannot be of the
 * type. Encoders put one and the same integer into the 32-bit field or the 64-bit field, and negative ones with the
 * width of the type, with 32 or with 64 bits: every way that leaves no doubt is read.
 */
export function contentOf(type: string, value: MetricValue): bigint | number | string | boolean | undefined {
  const whole = WHOLE[type];
  if (whole !== undefined) {
    return value.field === 'int' || value.field === 'long' ? wholeOf(whole, value) : undefined;
  }
  if (FLOATS.includes(type)) return value.field === 'float' || value.field === 'double' ? value.number : undefined;
  if (TEXTS.includes(type)) return value.field === 'string' ? value.text : undefined;
  return type === 'Boolean' && value.field === 'boolean' ? value.isTrue : undefined;
}

interface Width {
  readonly bits: number;
  readonly isSigned: boolean;
}

function wholeOf(width: Width, { field, bits }: { readonly field: 'int' | 'long'; readonly bits: bigint }) {
  // A number in the 32-bit field may be sign-extended to 64 bits on the wire; readers of protobuf cut that off.
  const isExtended = field === 'int' && bits >> 31n === (1n << 33n) - 1n;
  if (field === 'int' && !isExtended && bits >= 1n << 32n) return undefined;
  if (field === 'int' && width.bits === 64) return wideFromNarrow(width, bits, isExtended);
  const sent = isExtended ? BigInt.asUintN(32, bits) : bits;
  if (!width.isSigned) return sent < 1n << BigInt(width.bits) ? sent : undefined;
  const number = BigInt.asIntN(width.bits, sent);
  const widths = [width.bits, 32, 64].filter((each) => each >= width.bits);
  return widths.some((each) => BigInt.asUintN(each, number) === sent) ? number : undefined;
}

/** A 64-bit number in the 32-bit field: where its sign was cut off, nobody knows which number it was. */
function wideFromNarrow({ isSigned }: Width, bits: bigint, isExtended: boolean): bigint | undefined {
  if (isExtended) return isSigned ? BigInt.asIntN(64, bits) : undefined;
  return isSigned && bits >= 1n << 31n ? undefined : bits;
}
