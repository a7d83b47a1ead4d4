const FIRST = 3000;

/** What the registers mean, worked out without the driver. */
export function expectedOf(registers: readonly number[]): Record<string, number | string> {
  const wire = Buffer.alloc(registers.length * 2);
  for (const [index, register] of registers.entries()) wire.writeUInt16BE(register, index * 2);
  const at = (address: number): number => (address - FIRST) * 2;
  const states: Record<number, string> = { 0: 'stopped', 1: 'starting', 2: 'generating', 3: 'stopping', 4: 'tripped' };
  return {
    flow: wire.readFloatBE(at(3000)),
    head: wire.readFloatBE(at(3002)),
    power: wire.readFloatBE(at(3004)),
    energy_export: wire.readUInt32BE(at(3006)),
    energy_import: wire.readUInt32BE(at(3008)),
    gate: wire.readInt16BE(at(3010)) / 100,
    status: states[wire.readUInt16BE(at(3011))] ?? 'unknown',
    water_temp: wire.readInt16BE(at(3012)) / 10,
    ph: wire.readUInt16BE(at(3013)) / 100,
    turbidity: wire.readUInt16BE(at(3014)) / 10,
  };
}
