import type { DataValue } from 'node-opcua';
import type { Fault } from '../../core/model/fault.ts';
import type { PlainDataValue } from './data-value.ts';
import type { Library } from './library.ts';
import { scalarWithId } from './scalar-type.ts';
import { statusFault } from './status-fault.ts';
import { noValue, wrongType } from './value-fault.ts';

const SEVERITY_SHIFT = 30;
const SEVERITY_BAD = 2;

/** A value as the library gives it, as one that needs no library; or why it is no number. */
export function plainDataValue(library: Library, dataValue: DataValue, nodeId: string): PlainDataValue | Fault {
  const status = dataValue.statusCode.value >>> 0;
  if (status >>> SEVERITY_SHIFT >= SEVERITY_BAD) return statusFault(status, nodeId);
  const { value: variant } = dataValue;
  if (variant === undefined || variant === null || variant.dataType === library.DataType.Null) return noValue(nodeId);
  const typeName = library.DataType[variant.dataType];
  if (variant.arrayType !== library.VariantArrayType.Scalar)
    return wrongType(`list of ${typeName}`, 'single number', nodeId);
  const type = scalarWithId(variant.dataType);
  if (type === undefined) return wrongType(typeName, 'number', nodeId);
  const value = type.bytes === 8 && type.number !== 'float' ? wideWhole(variant.value, type.number) : variant.value;
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean') return noValue(nodeId);
  const sourceAtMs = timeOf(dataValue.sourceTimestamp);
  const serverAtMs = timeOf(dataValue.serverTimestamp);
  return {
    type,
    value,
    status,
    ...(sourceAtMs === undefined ? {} : { sourceAtMs }),
    ...(serverAtMs === undefined ? {} : { serverAtMs }),
  };
}

/** The library gives 64 bits as two halves, the higher first. */
function wideWhole(halves: unknown, number: 'signed' | 'unsigned' | 'boolean'): bigint | undefined {
  if (!Array.isArray(halves) && !(halves instanceof Uint32Array)) return undefined;
  const [high, low] = halves as ArrayLike<unknown> as [unknown, unknown];
  if (typeof high !== 'number' || typeof low !== 'number') return undefined;
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return number === 'signed' ? BigInt.asIntN(64, bits) : bits;
}

/** The standard's 1601-01-01, and anything that is no instant, mean that there is no time. */
export function timeOf(date: Date | null | undefined): number | undefined {
  const utcMs = date?.getTime();
  return utcMs === undefined || !Number.isSafeInteger(utcMs) || utcMs <= NO_TIME_MS ? undefined : utcMs;
}

const NO_TIME_MS = Date.UTC(1601, 0, 1);
