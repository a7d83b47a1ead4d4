import { nearestName } from '../../core/config/nearest-name.ts';
import { DATA_TYPE_NAMES, DATA_TYPES, type DataType, SHORT_TYPES } from './data-type.ts';

/** Data blocks, markers, and the process images of inputs and outputs. */
export const AREAS = ['DB', 'M', 'I', 'Q'] as const;
export type Area = (typeof AREAS)[number];

/** Where one value stands in a PLC, and what it is. */
export interface Address {
  readonly area: Area;
  /** The number of the data block; 0 outside of data blocks. */
  readonly db: number;
  readonly byte: number;
  readonly type: DataType;
  /** For type X only: 0 is the least significant bit. */
  readonly bit?: number;
}

export type ParsedAddress =
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'mistake'; readonly message: string };

const DB_MAX = 65_535;
/** A data block that can be read by address has at most 64 KiB. */
const BYTE_MAX = 65_535;

const DATA_BLOCK = /^DB(\d{1,5}),([A-Z]+)(\d{1,5})(?:\.(\d+))?$/;
const PLAIN = /^([MIQEA])(B|W|I|D|DI|R|LR|LI|X)?(\d{1,5})(?:\.(\d+))?$/;
/** `DB1.DBD4`, `DB1.DBX0.3`, `DB1,DBD4`: how STEP 7 and TIA Portal show absolute addresses. */
const STEP7_DATA_BLOCK = /^DB(\d{1,5})[.,]DB([XBWD])(\d{1,5})(?:\.(\d+))?$/;
const STEP7_TYPES: Readonly<Record<string, string>> = { X: 'X', B: 'BYTE', W: 'INT', D: 'REAL' };
const GERMAN_AREAS: Readonly<Record<string, Area>> = { E: 'I', A: 'Q' };
const NO_NUMBER = /^(S|STRING|WSTRING|C|CHAR|WCHAR|DT|DTL|DTZ|DTLZ|WDT|DATE|TOD|TIME|S5TIME|DWT)$/;

/**
 * Reads `DB1,REAL0`, `DB1,X10.3`, `MR4`, `MW10`, `M10.3`, `IB2`, `QDI8` and the German letters E and A. Strict: what
 * could be meant in two ways is a mistake with the way out, never a guess.
 */
export function parseAddress(text: string): ParsedAddress {
  const tidy = text.trim().toUpperCase();
  const step7 = STEP7_DATA_BLOCK.exec(tidy);
  if (step7 !== null) return mistake(step7Message(text, step7));
  const block = DATA_BLOCK.exec(tidy);
  if (block !== null) return parseBlock(text, block);
  const plain = PLAIN.exec(tidy);
  if (plain !== null) return parsePlain(text, plain);
  return mistake(shapeMessage(text, tidy));
}

/** The address as plant.yaml would have it, in one form for each. */
export function addressText({ area, db, byte, type, bit }: Address): string {
  const bits = bit === undefined ? '' : `.${bit}`;
  if (area === 'DB') return `DB${db},${type}${byte}${bits}`;
  if (type === 'X') return `${area}${byte}${bits}`;
  const short = Object.entries(SHORT_TYPES).find(([, long]) => long === type)?.[0] ?? type;
  return `${area}${short}${byte}`;
}

function parseBlock(text: string, match: RegExpExecArray): ParsedAddress {
  const [, db = '', name = '', byte = '', bit] = match;
  if (NO_NUMBER.test(name)) return mistake(`"${text}" is a text or a date; a point is a number or a bit`);
  const type = SHORT_TYPES[name] ?? name;
  if (!isDataType(type)) return mistake(unknownType(text, name));
  if (Number(db) < 1 || Number(db) > DB_MAX) return mistake(`"${text}" names DB${db}; data blocks are 1 to ${DB_MAX}`);
  return placed(text, { area: 'DB', db: Number(db), byte: Number(byte), type }, bit);
}

function parsePlain(text: string, match: RegExpExecArray): ParsedAddress {
  const [, letter = '', short = 'X', byte = '', bit] = match;
  const area = GERMAN_AREAS[letter] ?? (letter as Area);
  const type = short === 'X' ? 'X' : SHORT_TYPES[short];
  if (type === undefined) return mistake(unknownType(text, short));
  return placed(text, { area, db: 0, byte: Number(byte), type }, bit);
}

function placed(text: string, address: Address, bit: string | undefined): ParsedAddress {
  if (address.type === 'X' && bit === undefined) {
    return mistake(`"${text}" is a bit: add which one, such as ${addressText({ ...address, bit: 3 })}`);
  }
  if (address.type !== 'X' && bit !== undefined) {
    return mistake(`"${text}" is an array; a point is one value: give each element its own address`);
  }
  if (bit !== undefined && Number(bit) > 7) return mistake(`"${text}" names bit ${bit}; a byte has bits 0 to 7`);
  if (address.byte + DATA_TYPES[address.type].bytes > BYTE_MAX + 1) {
    return mistake(`"${text}" runs past byte ${BYTE_MAX}, the last that can be read by address`);
  }
  return { kind: 'address', address: bit === undefined ? address : { ...address, bit: Number(bit) } };
}

function step7Message(text: string, [, db = '', size = '', byte = '', bit]: RegExpExecArray): string {
  const type = STEP7_TYPES[size] ?? 'REAL';
  const better = `DB${db},${type}${byte}${bit === undefined ? '' : `.${bit}`}`;
  const choice = { X: '', B: '', W: ' or WORD in place of INT', D: ' or DINT, DWORD in place of REAL' }[size] ?? '';
  return `"${text}" is the notation of STEP 7, which does not say the type: write ${better}${choice}`;
}

function shapeMessage(text: string, tidy: string): string {
  if (/^P[IEQA]/.test(tidy)) return `"${text}" is a peripheral address: read the process image instead, such as IW64`;
  if (/^[TCZ]\d/.test(tidy))
    return `"${text}" is a timer or counter: let the PLC copy it to a data block and read that`;
  if (/^DB\d+\.[A-Z]/.test(tidy)) return `"${text}" has a point after the block number: write a comma, as in DB1,REAL0`;
  return `"${text}" is no address: expected the like of DB1,REAL0 or DB1,X10.3 or MW10`;
}

function unknownType(text: string, name: string): string {
  const nearest = nearestName(name, DATA_TYPE_NAMES);
  const advice = nearest === undefined ? `types are ${DATA_TYPE_NAMES.join(', ')}` : `did you mean ${nearest}?`;
  return `"${text}" has the unknown type ${name}: ${advice}`;
}

function isDataType(name: string): name is DataType {
  return Object.hasOwn(DATA_TYPES, name);
}

function mistake(message: string): ParsedAddress {
  return { kind: 'mistake', message };
}
