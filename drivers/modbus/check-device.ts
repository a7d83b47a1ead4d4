import type { DeviceIssue } from '../../core/acquisition/driver.ts';
import type { DeviceConfig, PointConfig } from '../../core/config/plant.ts';
import type { ModbusConnectionSettings } from './connection-schema.ts';
import { spanOfPoint, valueSpanOf } from './point-plan.ts';
import type { ModbusPointSettings } from './point-schema.ts';
import { bitsOf, REGISTER_TYPES, TABLES } from './register-type.ts';

/** Mistakes that no field shows on its own: values that share half of their registers, counters that cannot count. */
export function checkDevice(device: DeviceConfig): DeviceIssue[] {
  const { maxRegisters } = device.connection as Pick<ModbusConnectionSettings, 'maxRegisters'>;
  const issues = device.points.flatMap((point, index) => [
    ...widthIssues(point, index, maxRegisters),
    ...counterIssues(point, index),
  ]);
  return [...issues, ...overlapIssues(device.points)];
}

function widthIssues(point: PointConfig, index: number, maxRegisters: number): DeviceIssue[] {
  const { table, cells } = spanOfPoint(point);
  if (TABLES[table].cell === 'bit' || cells <= maxRegisters) return [];
  return [
    {
      path: ['points', index, 'type'],
      message: `${point.id} takes ${cells} registers, and the connection allows ${maxRegisters} in one request`,
      hint: 'A value is never put together from two replies: raise maxRegisters or choose a narrower type',
    },
  ];
}

function counterIssues(point: PointConfig, index: number): DeviceIssue[] {
  if (point.kind !== 'counter') return [];
  const settings = point.settings as ModbusPointSettings;
  const number = REGISTER_TYPES[settings.type].number;
  const issue = (key: string, message: string, hint: string): DeviceIssue => ({
    path: ['points', index, key],
    message,
    hint,
  });
  if (number === 'bool' || settings.map !== undefined) {
    return [issue('kind', `${point.id} is a state, and a state does not count`, 'Leave "kind: counter" out')];
  }
  const issues: DeviceIssue[] = [];
  if (settings.scale < 0) {
    issues.push(issue('scale', `${point.id} would count down with scale ${settings.scale}`, 'Use a positive scale'));
  }
  if (settings.type === 'float32' && settings.comment === undefined) {
    const hint = 'Use the integer or float64 register of the meter; if there is none, say so in "comment"';
    issues.push(issue('type', `${point.id} counts in float32, which cannot tell 16777216 from 16777217`, hint));
  }
  if (point.modulus !== undefined && number !== 'float' && point.modulus > 1n << BigInt(bitsOf(settings.type))) {
    const hint = 'The modulus is in raw counts, before scale';
    issues.push(issue('modulus', `a ${settings.type} never reaches the modulus ${point.modulus}`, hint));
  }
  return issues;
}

/** Two points may read the very same registers; two values that share only a part of theirs cannot both be right. */
function overlapIssues(points: readonly PointConfig[]): DeviceIssue[] {
  const placed = points
    .map((point, index) => ({ point, index, span: valueSpanOf(point) }))
    .sort((a, b) => a.span.address - b.span.address || a.index - b.index);
  const issues: DeviceIssue[] = [];
  for (const [at, later] of placed.entries()) {
    const clash = placed.slice(0, at).find(({ span }) => {
      if (span.table !== later.span.table || span.address + span.cells <= later.span.address) return false;
      return span.address !== later.span.address || span.cells !== later.span.cells;
    });
    if (clash === undefined) continue;
    issues.push({
      path: ['points', later.index, 'address'],
      message: `${later.point.id} (${where(later.point)}) shares registers with ${clash.point.id} (${where(clash.point)})`,
      hint: 'Check both addresses and types against the register list: a 32-bit value takes two registers',
    });
  }
  return issues;
}

function where(point: PointConfig): string {
  const { table, address, cells } = valueSpanOf(point);
  return cells === 1 ? `${table} ${address}` : `${table} ${address} to ${address + cells - 1}`;
}
