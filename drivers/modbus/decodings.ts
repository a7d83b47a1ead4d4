import type { Decoding } from '../../core/acquisition/probe.ts';
import { toText } from '../../core/model/decimal.ts';
import { decoderOf } from './decode.ts';
import type { ModbusRecipe } from './recipe.ts';
import { cellsOf, REGISTER_TYPES, type RegisterType, TABLES, type Table } from './register-type.ts';
import { WORD_ORDERS, type WordOrder } from './word-order.ts';

const TYPES = (Object.keys(REGISTER_TYPES) as RegisterType[]).filter((type) => type !== 'bool');

/** The registers of the widest value. */
export const WIDEST_REGISTERS = Math.max(...TYPES.map(cellsOf));

/**
 * Every way to understand what stands at `address`: each type and word order for which there are enough registers in
 * every read that gave any. `reads` holds the bytes of each read from `address` on, none where a read gave nothing.
 */
export function decodingsOf(table: Table, address: number, reads: readonly (Uint8Array | undefined)[]): Decoding[] {
  if (TABLES[table].cell === 'bit') {
    const values = reads.map((bytes) => bytes?.[0] ?? null);
    return [{ label: 'bool', settings: { register: table, address, type: 'bool' }, values }];
  }
  const there = reads.flatMap((bytes) => (bytes === undefined ? [] : [bytes.length]));
  const bytesMin = there.length === 0 ? 0 : Math.min(...there);
  return TYPES.filter((type) => cellsOf(type) * 2 <= bytesMin).flatMap((type) =>
    ordersOf(type).map((order) => decoding(table, address, type, order, reads)),
  );
}

/** One register has no words to be swapped: two of the orders are the other two. */
function ordersOf(type: RegisterType): readonly WordOrder[] {
  return cellsOf(type) === 1 ? ['ABCD', 'BADC'] : WORD_ORDERS;
}

function decoding(
  register: Table,
  address: number,
  type: RegisterType,
  order: WordOrder,
  reads: readonly (Uint8Array | undefined)[],
): Decoding {
  const recipe: ModbusRecipe = {
    v: 1,
    driver: 'modbus-tcp',
    register,
    address,
    type,
    order,
    scale: '1',
    offset: '0',
    counter: 'exact',
  };
  const decoder = decoderOf(recipe);
  const isWhole = REGISTER_TYPES[type].number !== 'float';
  const values = reads.map((bytes) => {
    if (bytes === undefined) return null;
    const value = decoder.value(bytes, 0);
    if (typeof value === 'object') return null;
    // A whole number that a double does not hold is given as its digits.
    const isExact = !isWhole || typeof value !== 'number' || Number.isSafeInteger(value);
    return isExact || decoder.register === undefined ? value : toText(decoder.register(bytes, 0));
  });
  return { label: `${type} ${order}`, settings: { register, address, type, order }, values };
}
