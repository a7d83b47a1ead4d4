/** How many 16-bit registers a value takes, and how its bits are to be understood. */
export const REGISTER_TYPES = {
  int16: { registers: 1, number: 'signed' },
  uint16: { registers: 1, number: 'unsigned' },
  int32: { registers: 2, number: 'signed' },
  uint32: { registers: 2, number: 'unsigned' },
  int64: { registers: 4, number: 'signed' },
  uint64: { registers: 4, number: 'unsigned' },
  float32: { registers: 2, number: 'float' },
  float64: { registers: 4, number: 'float' },
  bool: { registers: 1, number: 'bool' },
} as const;

export type RegisterType = keyof typeof REGISTER_TYPES;

/**
 * The four tables of a Modbus device with the only function codes this driver knows: Read Coils 1, Read Discrete
 * Inputs 2, Read Holding Registers 3, Read Input Registers 4 (MODBUS Application Protocol V1.1b3, clause 6).
 */
export const TABLES = {
  coil: { functionCode: 1, cell: 'bit' },
  discrete: { functionCode: 2, cell: 'bit' },
  holding: { functionCode: 3, cell: 'register' },
  input: { functionCode: 4, cell: 'register' },
} as const;

export type Table = keyof typeof TABLES;
export type ReadFunctionCode = (typeof TABLES)[Table]['functionCode'];

/** How many cells of its table, registers or bits, a value of `type` takes. */
export function cellsOf(type: RegisterType): number {
  return REGISTER_TYPES[type].registers;
}

/** The number of bits of an integer or float type. */
export function bitsOf(type: RegisterType): number {
  return REGISTER_TYPES[type].registers * 16;
}
