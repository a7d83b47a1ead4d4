/** How many bytes a value of a type of STEP 7 takes, and how its bits are to be understood. All are big-endian. */
export const DATA_TYPES = {
  X: { bytes: 1, number: 'bool' },
  BYTE: { bytes: 1, number: 'unsigned' },
  USINT: { bytes: 1, number: 'unsigned' },
  SINT: { bytes: 1, number: 'signed' },
  WORD: { bytes: 2, number: 'unsigned' },
  UINT: { bytes: 2, number: 'unsigned' },
  INT: { bytes: 2, number: 'signed' },
  DWORD: { bytes: 4, number: 'unsigned' },
  UDINT: { bytes: 4, number: 'unsigned' },
  DINT: { bytes: 4, number: 'signed' },
  LWORD: { bytes: 8, number: 'unsigned' },
  ULINT: { bytes: 8, number: 'unsigned' },
  LINT: { bytes: 8, number: 'signed' },
  REAL: { bytes: 4, number: 'float' },
  LREAL: { bytes: 8, number: 'float' },
} as const;

export type DataType = keyof typeof DATA_TYPES;
export const DATA_TYPE_NAMES = Object.keys(DATA_TYPES) as [DataType, ...DataType[]];

/** The short names that nodes7 and the markers, inputs and outputs of STEP 7 use. */
export const SHORT_TYPES: Readonly<Record<string, DataType>> = {
  B: 'BYTE',
  W: 'WORD',
  I: 'INT',
  D: 'DWORD',
  DW: 'DWORD',
  DI: 'DINT',
  R: 'REAL',
  LR: 'LREAL',
  LI: 'LINT',
};

export function bitsOf(type: DataType): number {
  return DATA_TYPES[type].bytes * 8;
}
