/** What this driver may send, by name. Nothing here changes anything in a PLC. */
export type Sendable = 'connect' | 'negotiate' | 'read-variables' | 'read-system-status';

const TPKT_VERSION = 3;
const CONNECTION_REQUEST = 0xe0;
const DATA = 0xf0;
const S7 = 0x32;
const JOB = 1;
const USER_DATA = 7;
const NEGOTIATE = 0xf0;
const READ_VARIABLES = 0x04;
/** Request (4) of the group of CPU functions (4), and its subfunction "read SZL". */
const CPU_REQUEST = 0x44;
const READ_SZL = 0x01;

/**
 * What a message asks of a PLC, or undefined for whatever this driver must not send: writing variables, starting,
 * stopping, downloading, setting the clock. The only socket of the driver sends what has a name here and nothing else.
 */
export function sendableName(frame: Uint8Array): Sendable | undefined {
  const declared = ((frame[2] ?? 0) << 8) | (frame[3] ?? 0);
  if (frame[0] !== TPKT_VERSION || declared !== frame.length) return undefined;
  if (frame[5] === CONNECTION_REQUEST && frame[4] === frame.length - 5) return 'connect';
  if (frame[4] !== 2 || frame[5] !== DATA || frame[7] !== S7) return undefined;
  if (frame[8] === JOB) return jobName(frame);
  const isSzl = frame[8] === USER_DATA && frame[22] === CPU_REQUEST && frame[23] === READ_SZL;
  return isSzl ? 'read-system-status' : undefined;
}

function jobName(frame: Uint8Array): Sendable | undefined {
  if (frame[17] === NEGOTIATE) return 'negotiate';
  return frame[17] === READ_VARIABLES ? 'read-variables' : undefined;
}
