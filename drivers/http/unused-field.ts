import { nearestName } from '../../core/config/nearest-name.ts';
import type { Quantity } from '../../core/model/quantity.ts';
import { KNOWN_FIELDS, quantityOfField, SENSOR_TYPES } from './field-table.ts';
import type { PushItem } from './read-push.ts';

/** What a push carries and nothing is made of. */
export interface UnusedField {
  readonly field: string;
  readonly reason: string;
}

export interface UnusedItem extends UnusedField {
  /** Where it stands in the body: `readings.flow`, `readings[2]`. */
  readonly path: string;
}

/** A signal of the unit that the push has not given. */
export interface OpenField {
  readonly field: string;
  readonly quantity: Quantity;
}

/** Fewer letters begin too many names in the same way. */
const PREFIX_MIN = 4;

export function unusedField(item: PushItem, reason: string): UnusedItem {
  return { field: labelOf(item), path: item.path, reason };
}

export function labelOf({ name, type }: PushItem): string {
  return type === undefined ? name : `${name} (${type})`;
}

export function whyUnused(item: PushItem, open: readonly OpenField[]): string {
  const meant = meantBy(item.type ?? item.name, open);
  const help = meant === undefined ? '' : `; did you mean "${meant.field}"?`;
  const isKnown =
    KNOWN_FIELDS.some(({ name }) => name === item.name || name === item.type) ||
    (item.type !== undefined && Object.hasOwn(SENSOR_TYPES, item.type));
  return `${isKnown ? 'no signal of the unit names it' : 'unknown field'}${help}`;
}

/** The signal that the sender probably meant: nearly its name, its quantity, or a name that begins in the same way. */
function meantBy(name: string, open: readonly OpenField[]): OpenField | undefined {
  const near = nearestName(
    name,
    open.map(({ field }) => field),
  );
  if (near !== undefined) return open.find(({ field }) => field === near);
  const plain = plainName(name);
  const known = quantityOfField(name) ?? (Object.hasOwn(SENSOR_TYPES, name) ? SENSOR_TYPES[name] : undefined);
  const sameQuantity = open.find(({ quantity }) => quantity === known || plainName(quantity) === plain);
  if (sameQuantity !== undefined || plain.length < PREFIX_MIN) return sameQuantity;
  return open.find(
    ({ field, quantity }) => plainName(field).startsWith(plain) || plain.startsWith(plainName(quantity)),
  );
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
