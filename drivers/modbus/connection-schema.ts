import { z } from 'zod';
import { parseDuration } from '../../core/model/time.ts';

/** MODBUS Application Protocol V1.1b3, clauses 6.1 and 6.3: 2000 bits or 125 registers in one reply. */
export const BITS_MAX = 2000;
export const REGISTERS_MAX = 125;

const TIMEOUT_MS_MIN = 10;
const TIMEOUT_MS_MAX = 60_000;
const PAUSE_MS_MAX = 10_000;
const LATE_MS_MAX = 10 * 60_000;
const BAUD_RATE_MIN = 50;
const BAUD_RATE_MAX = 4_000_000;
export const PARITIES = ['none', 'even', 'odd'] as const;

/**
 * What every Modbus device may have under `connection` in plant.yaml.
 *
 * - `timeout`: how long one request may take until its whole reply is there, beside the time that its bytes need on a
 *   serial line; also how long connecting may take
 * - `maxRegisters`, `maxBits`: the most that this device answers in one request, from its manual
 * - `gap`: how many registers that no point needs may be read to join two points in one request
 * - `pause`: what the device needs between a reply and the next request
 * - `share`: whether devices with the same address use one connection
 */
const common = {
  unitId: z.int('a unit id, 0 to 255').min(0).max(255).default(1),
  timeout: duration(TIMEOUT_MS_MIN, TIMEOUT_MS_MAX).prefault('2s'),
  maxRegisters: z.int(`1 to ${REGISTERS_MAX} registers`).min(1).max(REGISTERS_MAX).default(REGISTERS_MAX),
  maxBits: z.int(`1 to ${BITS_MAX} bits`).min(1).max(BITS_MAX).default(BITS_MAX),
  gap: z.int(`0 to ${REGISTERS_MAX} registers`).min(0).max(REGISTERS_MAX).default(16),
  pause: duration(0, PAUSE_MS_MAX).prefault('0s'),
  share: z.boolean().default(true),
};

/** `connect`: `keep` one connection, or open one for `each-cycle`, for devices that serve one client at a time. */
const socket = {
  host: z.string().trim().min(1, 'a host name or address, such as 192.168.1.10'),
  port: z.int('a TCP port, 1 to 65535').min(1).max(65_535).default(502),
  connect: z.enum(['keep', 'each-cycle']).default('keep'),
};

/**
 * Where replies do not say which request they answer (reply-shapes.ts).
 *
 * - `lateReplies`: how long after a request its reply may still come in
 * - `doubledReplies`: how long after a reply a copy of it may come; absent: what the line itself shows
 */
const serialForm = {
  /** 248 to 255 are reserved on a serial line (MODBUS over Serial Line V1.02, clause 2.2), and 0 is a broadcast. */
  unitId: z.int('a unit id, 1 to 247').min(1).max(247).default(1),
  lateReplies: duration(0, LATE_MS_MAX).prefault('60s'),
  doubledReplies: duration(0, LATE_MS_MAX).optional(),
};

export const modbusConnectionSchema = z.strictObject({ ...common, ...socket });

export const modbusRtuOverTcpSchema = z.strictObject({ ...common, ...socket, ...serialForm });

/**
 * `path`: the serial port, best under its /dev/serial/by-id name, which stays the same when it is plugged in again.
 * `baudRate` and `parity` have no usual value that could be assumed: they stand on the device's display.
 */
export const modbusRtuSchema = z.strictObject({
  ...common,
  ...serialForm,
  path: z.string().trim().min(1, 'a serial port, such as /dev/serial/by-id/usb-... or COM3'),
  baudRate: z.int('a baud rate, such as 9600 or 19200').min(BAUD_RATE_MIN).max(BAUD_RATE_MAX),
  parity: z.enum(PARITIES),
  stopBits: z.union([z.literal(1), z.literal(2)], { error: '1 or 2 stop bits' }).default(1),
});

/** The parsed connections; durations are milliseconds. */
export type ModbusConnectionSettings = z.output<typeof modbusConnectionSchema>;
export type ModbusRtuOverTcpSettings = z.output<typeof modbusRtuOverTcpSchema>;
export type ModbusRtuSettings = z.output<typeof modbusRtuSchema>;

function duration(minMs: number, maxMs: number) {
  const expected = `a duration such as 250ms or 2s, ${minMs} ms to ${maxMs / 1000} s`;
  return z.string(expected).transform((text, context) => {
    const durationMs = parseDuration(text);
    if (durationMs !== undefined && durationMs >= minMs && durationMs <= maxMs) return durationMs;
    context.addIssue({ code: 'custom', message: `expected ${expected}, found "${text}"` });
    return z.NEVER;
  });
}
