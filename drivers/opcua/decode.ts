import { present } from '../../core/model/assert.ts';
import { add, type Decimal, decimalOf, multiply, parseDecimal, toNumber } from '../../core/model/decimal.ts';
import type { Fault } from '../../core/model/fault.ts';
import type { Quality } from '../../core/model/quality.ts';
import { decodeDataValue, deviceTimeOf, type PlainDataValue } from './data-value.ts';
import type { OpcUaRecipe } from './recipe.ts';
import { statusFault } from './status-fault.ts';
import { notAvailable, notFinite, outOfRange, unknownState, wrongType } from './value-fault.ts';

export interface Decoded {
  readonly value: number | string;
  /** For counters only: the same value as an exact decimal. */
  readonly register?: Decimal;
  readonly quality: Quality;
  readonly deviceAtMs?: number;
}

/** What the bytes of one point mean, or why they are no value. */
export type Decoder = (raw: Uint8Array) => Decoded | Fault;

/** Severity of a status code, its two highest bits (OPC 10000-4, clause 7.39). */
const SEVERITY_SHIFT = 30;
const SEVERITY_BAD = 2;

/**
 * The decoder of a recipe, made once for each point: status, type, sentinel, finite, range, in that order, so that
 * what a device sends for "not available" is never scaled, clamped or judged as a number. What does not pass is a
 * fault, never a value.
 */
export function decoderOf(recipe: OpcUaRecipe): Decoder {
  const scale = present(parseDecimal(recipe.scale), 'a decimal scale');
  const offset = present(parseDecimal(recipe.offset), 'a decimal offset');
  const valueFor = valueReader(recipe, scale, offset);
  return (raw) => {
    const data = decodeDataValue(raw);
    if (data.status >>> SEVERITY_SHIFT >= SEVERITY_BAD) return statusFault(data.status, recipe.nodeId);
    const value = valueFor(data);
    if (typeof value === 'object') return value;
    const deviceAtMs = deviceTimeOf(data);
    return {
      value,
      quality: data.status >>> SEVERITY_SHIFT === 0 ? 'good' : 'uncertain',
      ...(recipe.counter === undefined ? {} : { register: exactly(data.value, scale, offset) }),
      ...(deviceAtMs === undefined ? {} : { deviceAtMs }),
    };
  };
}

function valueReader(
  recipe: OpcUaRecipe,
  scale: Decimal,
  offset: Decimal,
): (data: PlainDataValue) => number | string | Fault {
  const { map, type: wanted, notAvailable: sentinels = [] } = recipe;
  const factor = toNumber(scale);
  const summand = toNumber(offset);
  return ({ type, value }) => {
    if (wanted !== undefined && type.name !== wanted) return wrongType(type.name, wanted, recipe.nodeId);
    if (map !== undefined) {
      if (type.number === 'float') return wrongType(type.name, 'whole number', recipe.nodeId);
      const state = map[String(BigInt(value))];
      return typeof state === 'string' ? state : unknownState(BigInt(value));
    }
    if (typeof value === 'boolean') return wrongType(type.name, wanted ?? 'number', recipe.nodeId);
    // A sentinel is compared as the type holds it: 0.1 in plant.yaml is the Float nearest to it.
    const sentinel = sentinels.find(
      (written) => (type.name === 'Float' ? Math.fround(written) : written) === Number(value),
    );
    if (sentinel !== undefined) return notAvailable(sentinel);
    if (typeof value === 'number' && !Number.isFinite(value)) return notFinite(value);
    // Adding zero turns -0, which JSON cannot carry, into 0.
    const scaled =
      type.number === 'float' ? Number(value) * factor + summand + 0 : toNumber(exactly(value, scale, offset));
    if (!Number.isFinite(scaled)) return notFinite(scaled);
    return isOutside(recipe, scaled) ? outOfRange(recipe, scaled) : scaled;
  };
}

/** Without a rounding step: 0.1 kWh a count stays exact after 10^18 counts. */
function exactly(value: boolean | number | bigint, scale: Decimal, offset: Decimal): Decimal {
  const counts = typeof value === 'bigint' ? { digits: value, places: 0 } : decimalOf(Number(value));
  return add(multiply(counts, scale), offset);
}

function isOutside({ min, max }: OpcUaRecipe, value: number): boolean {
  return (min !== undefined && value < min) || (max !== undefined && value > max);
}
