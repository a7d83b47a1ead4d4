import type { Decoding, ProbedPlace } from '../../core/acquisition/probe.ts';
import { bytesOf, type RegisterImage } from './register-image.ts';

const TYPES = ['int16', 'uint16', 'int32', 'uint32', 'float32', 'int64', 'uint64', 'float64'];
const ORDERS = ['ABCD', 'BADC', 'CDAB', 'DCBA'];

/** What a register driver's probe reports of a run of holding registers: every type in every order, for each read. */
export function placesOf(images: readonly RegisterImage[], from: number, count: number): ProbedPlace[] {
  return Array.from({ length: count }, (_, offset) => {
    const address = from + offset;
    const decodings = TYPES.flatMap((type) =>
      address + bytesOf(type) / 2 > from + count
        ? []
        : ORDERS.flatMap((order) => decodingAt(images, address, type, order)),
    );
    const rawHex = images.map((image) => image.word(address).toString(16).padStart(4, '0'));
    return { place: `holding ${address}`, rawHex, decodings };
  });
}

function decodingAt(images: readonly RegisterImage[], address: number, type: string, order: string): Decoding[] {
  // In one register only the order of its two bytes differs.
  if (bytesOf(type) === 2 && (order === 'CDAB' || order === 'DCBA')) return [];
  const values = images.map((image) => {
    const value = Number(image.raw({ address, type, order, scale: 1 }));
    return Number.isFinite(value) ? value : null;
  });
  return [{ label: `${type} ${order}`, settings: { register: 'holding', address, type, order }, values }];
}
