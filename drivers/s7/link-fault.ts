import type { Fault } from '../../core/model/fault.ts';
import type { S7ConnectionSettings } from './connection-schema.ts';

/** Where a PLC is, for sentences. */
export function placeOf(settings: S7ConnectionSettings): string {
  return `${settings.host}:${settings.port}`;
}

const UNREACHABLE = ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'];
const NAME_UNKNOWN = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'];
const RESET = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];

/** The fault for what the operating system says of a socket, by its error code. */
export function socketFault(error: Error, settings: S7ConnectionSettings): Fault {
  const code = 'code' in error ? String(error.code) : '';
  const place = placeOf(settings);
  if (code === 'ECONNREFUSED') {
    const message = `${place} refuses the connection: nothing listens on that port.`;
    return reconnect('DRV_S7_REFUSED', message, "Check the PLC's address; port 102 is served by its CPU or CP only");
  }
  if (UNREACHABLE.includes(code)) {
    const hint = 'Check the cable, the switch, and that this computer has an address in the same network as the PLC';
    return reconnect('DRV_S7_UNREACHABLE', `There is no way through the network to ${place}.`, hint);
  }
  if (NAME_UNKNOWN.includes(code)) {
    const hint = "Check the spelling, or write the PLC's address in place of its name";
    return reconnect('DRV_S7_NAME_UNKNOWN', `The name ${settings.host} has no address.`, hint);
  }
  if (code === 'ETIMEDOUT') return connectTimeoutFault(settings);
  if (RESET.includes(code)) {
    const hint = 'Check whether the PLC was restarted or loaded with a new program';
    return reconnect('DRV_S7_RESET', `${place} broke the connection off.`, hint);
  }
  const message = `The connection to ${place} failed: ${code === '' ? error.message : code}.`;
  return reconnect('DRV_S7_SOCKET', message, 'Check network and PLC; the word in this message says what this PC saw');
}

export function connectTimeoutFault(settings: S7ConnectionSettings): Fault {
  return reconnect(
    'DRV_S7_CONNECT_TIMEOUT',
    `${placeOf(settings)} did not take the connection within ${settings.timeout} ms.`,
    'Check that the PLC is switched on and that no firewall stands between it and this computer',
  );
}

export function closedFault(settings: S7ConnectionSettings): Fault {
  return reconnect(
    'DRV_S7_CLOSED',
    `${placeOf(settings)} closed the connection.`,
    'Normal after a restart or a download to the PLC; if it repeats, too many programs may be connected to it',
  );
}

/** ISO 8073, clause 13.5.3: the reasons by which the other side says that it has no room for a connection. */
const NO_ROOM = new Set([0x01, 0x81]);

/** The PLC answered the connection request with a disconnect request. */
export function disconnectFault(settings: S7ConnectionSettings, reason: number): Fault {
  const place = `${placeOf(settings)} rack ${settings.rack} slot ${settings.slot}`;
  if (NO_ROOM.has(reason)) {
    return reconnect(
      'DRV_S7_NO_FREE_CONNECTION',
      `${place} has no free connection of type ${settings.connectionType}.`,
      'Close another program that is connected to the PLC, or try connectionType: op or basic',
    );
  }
  return reconnect(
    'DRV_S7_RACK_SLOT',
    `${place} turns the connection down (reason 0x${hex(reason, 2)}).`,
    'Check rack and slot: 0 and 2 for S7-300, 0 and 1 for S7-1200 and S7-1500, as in the hardware configuration for S7-400',
  );
}

/** The PLC took the TCP connection and then closed it, or kept silent, in place of an answer. */
export function notAcceptedFault(settings: S7ConnectionSettings, what: string): Fault {
  return reconnect(
    'DRV_S7_NOT_ACCEPTED',
    `${placeOf(settings)} rack ${settings.rack} slot ${settings.slot} ${what} when asked for a connection.`,
    'Check rack and slot, that this is an S7 PLC, and that not all of its connections are in use',
  );
}

export function pduTooSmallFault(settings: S7ConnectionSettings, pduBytes: number): Fault {
  return reconnect(
    'DRV_S7_PDU_TOO_SMALL',
    `${placeOf(settings)} allows messages of ${pduBytes} bytes, too short to read a value.`,
    'Check "pduBytes" of the connection; a PLC allows 240 or more, so something else may stand between',
  );
}

export function timeoutFault(settings: S7ConnectionSettings): Fault {
  return reconnect(
    'DRV_S7_TIMEOUT',
    `${placeOf(settings)} did not answer within ${settings.timeout} ms.`,
    'Check that the PLC runs and is not overloaded with communication; a slow link may need a longer timeout',
  );
}

export function malformedFault(settings: S7ConnectionSettings, what: string): Fault {
  return reconnect(
    'DRV_S7_MALFORMED_REPLY',
    `${placeOf(settings)} sent a reply that does not fit the question (${what}).`,
    'Check that the port is the one of an S7 PLC (102); else the PLC or a gateway before it is at fault',
  );
}

export function stoppedFault(settings: S7ConnectionSettings, mode: string): Fault {
  return {
    code: 'DRV_S7_STOP',
    message: `The CPU at ${placeOf(settings)} is not running (${mode}): its values stand still.`,
    policy: 'retry',
    hint: 'Bring the CPU to RUN, or find out in its diagnostic buffer why it stopped',
  };
}

export function abortedFault(): Fault {
  return {
    code: 'DRV_S7_ABORTED',
    message: 'The poll was ended before this point was read.',
    policy: 'retry',
    hint: 'Normal while Forebay stops; otherwise the PLC needs longer than its period: raise "period"',
  };
}

export function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

function reconnect(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'reconnect', hint };
}
