/** The built-in types of OPC UA that can be a measured number (OPC 10000-6, clause 5.1.2), with their numbers there. */
export interface ScalarType {
  readonly name: string;
  /** Number of the built-in type; the first byte of a variant. */
  readonly id: number;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly number: 'boolean' | 'signed' | 'unsigned' | 'float';
}

const TYPES = {
  Boolean: { name: 'Boolean', id: 1, bytes: 1, number: 'boolean' },
  SByte: { name: 'SByte', id: 2, bytes: 1, number: 'signed' },
  Byte: { name: 'Byte', id: 3, bytes: 1, number: 'unsigned' },
  Int16: { name: 'Int16', id: 4, bytes: 2, number: 'signed' },
  UInt16: { name: 'UInt16', id: 5, bytes: 2, number: 'unsigned' },
  Int32: { name: 'Int32', id: 6, bytes: 4, number: 'signed' },
  UInt32: { name: 'UInt32', id: 7, bytes: 4, number: 'unsigned' },
  Int64: { name: 'Int64', id: 8, bytes: 8, number: 'signed' },
  UInt64: { name: 'UInt64', id: 9, bytes: 8, number: 'unsigned' },
  Float: { name: 'Float', id: 10, bytes: 4, number: 'float' },
  Double: { name: 'Double', id: 11, bytes: 8, number: 'float' },
} as const satisfies Readonly<Record<string, ScalarType>>;

export type ScalarName = keyof typeof TYPES;
export const SCALAR_NAMES = Object.keys(TYPES) as readonly ScalarName[];

export function scalarNamed(name: ScalarName): ScalarType {
  return TYPES[name];
}

const BY_ID = new Map<number, ScalarType>(Object.values(TYPES).map((type) => [type.id, type]));

/** Undefined for built-in types that are no single number: strings, dates, structures. */
export function scalarWithId(id: number): ScalarType | undefined {
  return BY_ID.get(id);
}
