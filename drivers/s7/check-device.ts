import type { DeviceIssue } from '../../core/acquisition/driver.ts';
import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import { type Address, addressText } from './address.ts';
import { bitsOf, DATA_TYPES } from './data-type.ts';
import type { S7PointSettings } from './point-schema.ts';

/** Mistakes that no field shows on its own: values that share a part of their bytes, counters that cannot count. */
export function checkDevice(device: DeviceConfig): DeviceIssue[] {
  const counters = device.points.flatMap((point, index) =>
    point.kind === 'counter' ? counterIssues(point, index) : [],
  );
  return [...counters, ...overlapIssues(device.points)];
}

function counterIssues(point: PointConfig, index: number): DeviceIssue[] {
  const { address, map, scale, comment } = point.settings as S7PointSettings;
  const { number } = DATA_TYPES[address.type];
  const issue = (key: string, message: string, hint: string): DeviceIssue => {
    return { path: ['points', index, key], message, hint };
  };
  if (number === 'bool' || map !== undefined) {
    return [issue('kind', `${point.id} is a state, and a state does not count`, 'Leave "kind: counter" out')];
  }
  const issues: DeviceIssue[] = [];
  if (scale < 0)
    issues.push(issue('scale', `${point.id} would count down with scale ${scale}`, 'Use a positive scale'));
  if (address.type === 'REAL' && comment === undefined) {
    const hint = 'Use a DINT, UDINT or LREAL of the PLC; if there is none, say so in "comment"';
    issues.push(issue('address', `${point.id} counts in a REAL, which cannot tell 16777216 from 16777217`, hint));
  }
  if (point.modulus !== undefined && number !== 'float' && point.modulus > 1n << BigInt(bitsOf(address.type))) {
    const hint = 'The modulus is in raw counts, before scale';
    issues.push(issue('modulus', `a ${address.type} never reaches the modulus ${point.modulus}`, hint));
  }
  return issues;
}

/**
 * Two points may read the very same bytes, and bits may share the byte that they stand in; two values that share only
 * a part of theirs cannot both be right.
 */
function overlapIssues(points: readonly PointConfig[]): DeviceIssue[] {
  const placed = points
    .map((point, index) => ({ point, index, address: (point.settings as S7PointSettings).address }))
    .sort((a, b) => a.address.byte - b.address.byte || a.index - b.index);
  return placed.flatMap(({ point, index, address }, at) => {
    const clash = placed.slice(0, at).find((earlier) => clashes(earlier.address, address));
    if (clash === undefined) return [];
    const message = `${point.id} (${addressText(address)}) shares bytes with ${clash.point.id} (${addressText(clash.address)})`;
    const hint = 'Check both addresses and types against the block in TIA Portal: a REAL takes four bytes';
    return [{ path: ['points', index, 'address'], message, hint }];
  });
}

function clashes(a: Address, b: Address): boolean {
  if (a.area !== b.area || a.db !== b.db) return false;
  const aBytes = DATA_TYPES[a.type].bytes;
  const bBytes = DATA_TYPES[b.type].bytes;
  if (a.byte + aBytes <= b.byte || b.byte + bBytes <= a.byte) return false;
  // A bit in a word of flags is one of the word's own: both are read, and both are right.
  if (a.type === 'X' || b.type === 'X')
    return DATA_TYPES[a.type].number === 'float' || DATA_TYPES[b.type].number === 'float';
  return a.byte !== b.byte || aBytes !== bBytes;
}
