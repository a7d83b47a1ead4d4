import type { Clock } from '../../core/model/clock.ts';

/**
 * Values that say whose they are and when the answer was made: four registers with unit id and function code, address,
 * high and low word of the millisecond. A reply to another question, from another unit, or to an older poll cannot
 * pass for the right one. Two stand side by side and one by itself, in either table: shapes that are alike, and not.
 */
export const TELLING_POINTS = (['holding', 'input'] as const).flatMap((register) =>
  [0, 4, 200].map((address) => ({
    id: `${register}_${address}`,
    register,
    address,
    type: 'uint64',
    kind: 'counter' as const,
  })),
);

const LAST = 400;

export interface Told {
  unitId: number;
  functionCode: number;
  address: number;
}

export function toldPlace(id: string): Omit<Told, 'unitId'> {
  const [register = '', address = ''] = id.split('_');
  return { functionCode: register === 'holding' ? 3 : 4, address: Number(address) };
}

/** `nothing-behind`: only the registers of the points exist. */
export function tellingCell(
  clock: Clock,
  { unitId, functionCode }: Omit<Told, 'address'>,
  address: number,
  which: 'more-behind' | 'nothing-behind',
): number | undefined {
  const isValue = address < 8 || (address >= 200 && address < 204);
  if (address > LAST || (which === 'nothing-behind' && !isValue)) return undefined;
  const nowMs = Math.floor(clock.monotonicMs());
  switch (address % 4) {
    case 0:
      return unitId * 256 + functionCode;
    case 1:
      return address - 1;
    case 2:
      return Math.floor(nowMs / 65_536) & 0xffff;
    default:
      return nowMs & 0xffff;
  }
}

export function isToldRight(counts: bigint, told: Told, earliestMs: number, latestMs: number): boolean {
  const place = BigInt(told.unitId * 256 + told.functionCode) * 65_536n + BigInt(told.address);
  const atMs = Number(counts & 0xffff_ffffn);
  return counts >> 32n === place && atMs >= Math.floor(earliestMs) && atMs <= latestMs;
}
