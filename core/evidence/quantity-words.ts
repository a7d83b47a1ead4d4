/** Whole watt-hours as kilowatt-hours, exactly. */
export function kwh(wh: number | bigint): string {
  const exact = BigInt(wh);
  const magnitude = exact < 0n ? -exact : exact;
  return `${exact < 0n ? '-' : ''}${magnitude / 1000n}.${String(magnitude % 1000n).padStart(3, '0')}`;
}

/** `1 reading`, `2 readings`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
