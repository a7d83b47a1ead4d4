import { z } from 'zod';
import { parseDuration } from '../../core/model/time.ts';

/** MODBUS Application Protocol V1.1b3, clauses 6.1 and 6.3: 2000 bits or 125 registers in one reply. */
const BITS_MAX = 2000;
const REGISTERS_MAX = 125;

const TIMEOUT_MS_MIN = 10;
const TIMEOUT_MS_MAX = 60_000;
const PAUSE_MS_MAX = 10_000;

/**
 * `connection` of a modbus-tcp device in plant.yaml.
 *
 * - `timeout`: how long one request may take until its whole reply is there; also how long connecting may take
 * - `maxRegisters`, `maxBits`: the most that this device answers in one request, from its manual
 * - `gap`: how many registers that no point needs may be read to join two points in one request
 * - `pause`: what the device needs between a reply and the next request
 * - `connect`: `keep` one connection, or open one for `each-cycle`, for devices that serve one client at a time
 */
export const modbusConnectionSchema = z.strictObject({
  host: z.string().trim().min(1, 'a host name or address, such as 192.168.1.10'),
  port: z.int('a TCP port, 1 to 65535').min(1).max(65_535).default(502),
  unitId: z.int('a unit id, 0 to 255').min(0).max(255).default(1),
  timeout: duration(TIMEOUT_MS_MIN, TIMEOUT_MS_MAX).prefault('2s'),
  maxRegisters: z.int(`1 to ${REGISTERS_MAX} registers`).min(1).max(REGISTERS_MAX).default(REGISTERS_MAX),
  maxBits: z.int(`1 to ${BITS_MAX} bits`).min(1).max(BITS_MAX).default(BITS_MAX),
  gap: z.int(`0 to ${REGISTERS_MAX} registers`).min(0).max(REGISTERS_MAX).default(16),
  pause: duration(0, PAUSE_MS_MAX).prefault('0s'),
  connect: z.enum(['keep', 'each-cycle']).default('keep'),
});

/** The parsed connection; `timeout` and `pause` are milliseconds. */
export type ModbusConnectionSettings = z.output<typeof modbusConnectionSchema>;

function duration(minMs: number, maxMs: number) {
  const expected = `a duration such as 250ms or 2s, ${minMs} ms to ${maxMs / 1000} s`;
  return z.string(expected).transform((text, context) => {
    const durationMs = parseDuration(text);
    if (durationMs !== undefined && durationMs >= minMs && durationMs <= maxMs) return durationMs;
    context.addIssue({ code: 'custom', message: `expected ${expected}, found "${text}"` });
    return z.NEVER;
  });
}
