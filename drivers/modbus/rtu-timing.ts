/** How a line carries bytes: a serial one takes its time, a socket none. */
export interface RtuTiming {
  /** What one byte takes on the line. */
  readonly byteMs: number;
  /** How long nothing must have been on the line before a frame begins. */
  readonly silenceMs: number;
}

const SILENCE_CHARACTERS = 3.5;
/** MODBUS over Serial Line V1.02, clause 2.5.1.1: above 19200 baud the silence is fixed. */
const FAST_BAUD_RATE = 19_200;
const FAST_SILENCE_MS = 1.75;

export interface SerialFormat {
  readonly baudRate: number;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/** A character is a start bit, eight bits, a parity bit if there is one, and the stop bits. */
export function serialTiming({ baudRate, parity, stopBits }: SerialFormat): RtuTiming {
  const bits = 1 + 8 + (parity === 'none' ? 0 : 1) + stopBits;
  const byteMs = (bits * 1000) / baudRate;
  return { byteMs, silenceMs: baudRate > FAST_BAUD_RATE ? FAST_SILENCE_MS : SILENCE_CHARACTERS * byteMs };
}

/** The gateway keeps the silence on its line; the little here lets a copy that follows at once be thrown away. */
export const SOCKET_TIMING: RtuTiming = { byteMs: 0, silenceMs: FAST_SILENCE_MS };

/** `9600 8E1` */
export function nameFormat({ baudRate, parity, stopBits }: SerialFormat): string {
  return `${baudRate} 8${parity.charAt(0).toUpperCase()}${stopBits}`;
}
