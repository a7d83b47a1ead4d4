import { Buffer } from 'node:buffer';
import type { Seat } from './seat.ts';

export interface IdentityItem {
  readonly name: string;
  readonly value: string;
}

/** MODBUS Application Protocol V1.1b3, clause 6.21: the objects of the basic and regular categories. */
const OBJECTS: Readonly<Record<number, string>> = {
  0: 'vendor',
  1: 'product code',
  2: 'revision',
  3: 'vendor URL',
  4: 'product name',
  5: 'model',
  6: 'application',
};
const PARTS_MAX = 8;
const MORE_FOLLOWS = 0xff;

/** What the device says of itself; nothing where it does not serve Read Device Identification, as many do not. */
export async function identify(seat: Seat): Promise<IdentityItem[]> {
  for (const category of [2, 1] as const) {
    const items: IdentityItem[] = [];
    let objectId = 0;
    for (let part = 0; part < PARTS_MAX; part += 1) {
      const answer = await seat.identify({ category, objectId });
      if (answer.kind === 'none' || answer.kind === 'shut') return items;
      if (answer.kind !== 'data') break;
      items.push(...objectsOf(answer.bytes));
      const [, , more, next = 0] = answer.bytes;
      if (more !== MORE_FOLLOWS || next <= objectId) return items;
      objectId = next;
    }
    if (items.length > 0) return items;
  }
  return [];
}

/** `bytes`: category, conformity, more follows, next object, count, then id, length and text of each object. */
function objectsOf(bytes: Uint8Array): IdentityItem[] {
  const items: IdentityItem[] = [];
  for (let at = 5; at + 1 < bytes.length; ) {
    const id = bytes[at] ?? 0;
    const length = bytes[at + 1] ?? 0;
    const text = Buffer.from(bytes.subarray(at + 2, at + 2 + length)).toString('latin1');
    const value = text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '').trim();
    if (value !== '') items.push({ name: OBJECTS[id] ?? `object ${id}`, value });
    at += 2 + length;
  }
  return items;
}
