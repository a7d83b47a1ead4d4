import { z } from 'zod';
import { parseDuration } from '../../core/model/time.ts';

const TIMEOUT_MS_MIN = 10;
const TIMEOUT_MS_MAX = 60_000;
/** What a PLC may be asked for and what none answers more than: 240 on S7-300 and S7-1200, 480 or 960 on others. */
const PDU_BYTES_MIN = 64;
const PDU_BYTES_MAX = 960;

/**
 * `connection` of an s7 device in plant.yaml.
 *
 * - `rack`, `slot`: where the CPU sits: 0 and 2 for S7-300, 0 and 1 for S7-1200 and S7-1500; S7-400 as configured
 * - `timeout`: how long one request may take until its whole reply is there; also each step of connecting
 * - `connectionType`: which of the PLC's kinds of connection is used up
 * - `pduBytes`: the longest message to ask for; the PLC may allow less
 * - `gap`: how many bytes that no point needs may be read to join two points in one item
 * - `state`: `check` asks with each poll whether the CPU runs, and believes no value while it stands in STOP
 */
export const s7ConnectionSchema = z.strictObject({
  host: z.string().trim().min(1, 'a host name or address, such as 192.168.0.1'),
  port: z.int('a TCP port, 1 to 65535').min(1).max(65_535).default(102),
  rack: z.int('a rack, 0 to 7').min(0).max(7).default(0),
  slot: z.int('a slot, 0 to 31: 2 for S7-300, 1 for S7-1200 and S7-1500').min(0).max(31),
  timeout: z.string('a duration such as 500ms or 2s').prefault('2s').transform(timeoutMs),
  connectionType: z.enum(['pg', 'op', 'basic']).default('pg'),
  pduBytes: z
    .int(`a length in bytes, ${PDU_BYTES_MIN} to ${PDU_BYTES_MAX}`)
    .min(PDU_BYTES_MIN)
    .max(PDU_BYTES_MAX)
    .default(PDU_BYTES_MAX),
  gap: z.int('0 to 200 bytes').min(0).max(200).default(16),
  state: z.enum(['check', 'ignore']).default('check'),
});

/** The parsed connection; `timeout` is milliseconds. */
export type S7ConnectionSettings = z.output<typeof s7ConnectionSchema>;

function timeoutMs(text: string, context: z.RefinementCtx): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs >= TIMEOUT_MS_MIN && durationMs <= TIMEOUT_MS_MAX) return durationMs;
  const message = `expected a duration such as 500ms or 2s, ${TIMEOUT_MS_MIN} ms to 60 s, found "${text}"`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
