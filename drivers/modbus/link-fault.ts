import type { Fault } from '../../core/model/fault.ts';

/** The other end of a TCP connection, and how long it may take to answer. */
export interface SocketPlace {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** For sentences. */
export function nameOf(place: SocketPlace): string {
  return `${place.host}:${place.port}`;
}

const UNREACHABLE = ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'];
const NAME_UNKNOWN = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'];
const RESET = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];

/** The fault for what the operating system says of a socket, by its error code. */
export function socketFault(error: Error, place: SocketPlace): Fault {
  const code = 'code' in error ? String(error.code) : '';
  const name = nameOf(place);
  if (code === 'ECONNREFUSED') {
    return reconnect(
      'DRV_MODBUS_REFUSED',
      `${name} refuses the connection: nothing listens on that port.`,
      'Check that Modbus TCP is switched on in the device, and its port number',
    );
  }
  if (UNREACHABLE.includes(code)) {
    return reconnect(
      'DRV_MODBUS_UNREACHABLE',
      `There is no way through the network to ${name}.`,
      'Check the cable, the switch, and that this computer has an address in the same network as the device',
    );
  }
  if (NAME_UNKNOWN.includes(code)) {
    return reconnect(
      'DRV_MODBUS_NAME_UNKNOWN',
      `The name ${place.host} has no address.`,
      "Check the spelling, or write the device's address in place of its name",
    );
  }
  if (code === 'ETIMEDOUT') return connectTimeoutFault(place);
  if (RESET.includes(code)) {
    return reconnect(
      'DRV_MODBUS_RESET',
      `${name} broke the connection off.`,
      'Check whether the device restarted, or serves only one client at a time',
    );
  }
  return reconnect(
    'DRV_MODBUS_SOCKET',
    `The connection to ${name} failed: ${code === '' ? error.message : code}.`,
    'Check network and device; the word in this message says what this computer saw',
  );
}

export function connectTimeoutFault(place: SocketPlace): Fault {
  return reconnect(
    'DRV_MODBUS_CONNECT_TIMEOUT',
    `${nameOf(place)} did not take the connection within ${place.timeoutMs} ms.`,
    'Check that the device is switched on and that no firewall stands between it and this computer',
  );
}

export function closedFault(place: SocketPlace): Fault {
  return reconnect(
    'DRV_MODBUS_CLOSED',
    `${nameOf(place)} closed the connection.`,
    'If this repeats, the device may serve only a few clients: try "connect: each-cycle"',
  );
}

/** This side closed the line. */
export function lineClosedFault(place: string): Fault {
  return reconnect('DRV_MODBUS_CLOSED', `The connection to ${place} is closed.`, 'It is opened again at the next poll');
}

/** One question without an answer; `policy` says whether the way there must be opened anew. */
export function timeoutFault(place: string, unitId: number, timeoutMs: number, policy: 'reconnect' | 'retry'): Fault {
  return {
    code: 'DRV_MODBUS_TIMEOUT',
    message: `${place} unit ${unitId} did not answer within ${Math.round(timeoutMs)} ms.`,
    policy,
    hint: 'Check the unit id and that the device is running; a slow device or gateway may need a longer timeout',
  };
}

/** Something came in time, and it was not a whole reply. */
export function damagedFault(place: string, unitId: number): Fault {
  return {
    code: 'DRV_MODBUS_DAMAGED_REPLY',
    message: `What ${place} unit ${unitId} sent was damaged on the way.`,
    policy: 'retry',
    hint: 'Check baud rate, parity and stop bits, the cable with its shield and end resistors, and for two devices with one unit id',
  };
}

export function unitSilentFault(place: string, unitId: number, liveUnitId: number | undefined): Fault {
  const others =
    liveUnitId === undefined ? 'nor does any other on this line' : `while unit ${liveUnitId} on the same line does`;
  return {
    code: 'DRV_MODBUS_UNIT_SILENT',
    message: `Unit ${unitId} at ${place} does not answer, ${others}; it is asked only now and then until it does.`,
    policy: 'demote',
    hint:
      liveUnitId === undefined
        ? 'Check the line itself first: cable, polarity, baud rate and parity; then power and unit id of the devices'
        : 'Check power and cable of this device and its unit id',
  };
}

/** A reply to an earlier question may still be on its way, and would look like the answer to this one. */
export function lateReplyFault(place: string, unitId: number, waitMs: number): Fault {
  return {
    code: 'DRV_MODBUS_LATE_REPLY_POSSIBLE',
    message: `A late reply of ${place} unit ${unitId} could be taken for this value, so it is not asked for another ${Math.ceil(waitMs / 1000)} s.`,
    policy: 'wait',
    hint: 'Replies were lost or came too late before: check the line, or raise "timeout"; "lateReplies" sets how long is waited',
  };
}

export function malformedFault(place: SocketPlace, what: string): Fault {
  return reconnect(
    'DRV_MODBUS_MALFORMED_REPLY',
    `${nameOf(place)} sent a reply that does not fit the question (${what}).`,
    'Check that the port speaks Modbus TCP, not a serial form over TCP; else the device or gateway is at fault',
  );
}

export function abortedFault(): Fault {
  return {
    code: 'DRV_MODBUS_ABORTED',
    message: 'The poll was ended before this point was read.',
    policy: 'retry',
    hint: 'Normal while Forebay stops; otherwise the device needs longer than its period: raise "period"',
  };
}

function reconnect(code: string, message: string, hint: string): Fault {
  return { code, message, policy: 'reconnect', hint };
}
