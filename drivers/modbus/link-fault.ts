import type { Fault } from '../../core/model/fault.ts';
import type { ModbusConnectionSettings } from './connection-schema.ts';

/** Where a device is, for sentences. */
export function placeOf(settings: ModbusConnectionSettings): string {
  return `${settings.host}:${settings.port}`;
}

const UNREACHABLE = ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'];
const NAME_UNKNOWN = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'];
const RESET = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];

/** The fault for what the operating system says of a socket, by its error code. */
export function socketFault(error: Error, settings: ModbusConnectionSettings): Fault {
  const code = 'code' in error ? String(error.code) : '';
  const place = placeOf(settings);
  if (code === 'ECONNREFUSED') {
    return reconnect(
      'DRV_MODBUS_REFUSED',
      `${place} refuses the connection: nothing listens on that port.`,
      'Check that Modbus TCP is switched on in the device, and its port number',
    );
  }
  if (UNREACHABLE.includes(code)) {
    return reconnect(
      'DRV_MODBUS_UNREACHABLE',
      `There is no way through the network to ${place}.`,
      'Check the cable, the switch, and that this computer has an address in the same network as the device',
    );
  }
  if (NAME_UNKNOWN.includes(code)) {
    return reconnect(
      'DRV_MODBUS_NAME_UNKNOWN',
      `The name ${settings.host} has no address.`,
      "Check the spelling, or write the device's address in place of its name",
    );
  }
  if (code === 'ETIMEDOUT') return connectTimeoutFault(settings);
  if (RESET.includes(code)) {
    return reconnect(
      'DRV_MODBUS_RESET',
      `${place} broke the connection off.`,
      'Check whether the device restarted, or serves only one client at a time',
    );
  }
  return reconnect(
    'DRV_MODBUS_SOCKET',
    `The connection to ${place} failed: ${code === '' ? error.message : code}.`,
    'Check network and device; the word in this message says what this computer saw',
  );
}

export function connectTimeoutFault(settings: ModbusConnectionSettings): Fault {
  return reconnect(
    'DRV_MODBUS_CONNECT_TIMEOUT',
    `${placeOf(settings)} did not take the connection within ${settings.timeout} ms.`,
    'Check that the device is switched on and that no firewall stands between it and this computer',
  );
}

export function closedFault(settings: ModbusConnectionSettings): Fault {
  return reconnect(
    'DRV_MODBUS_CLOSED',
    `${placeOf(settings)} closed the connection.`,
    'If this repeats, the device may serve only a few clients: try "connect: each-cycle"',
  );
}

export function timeoutFault(settings: ModbusConnectionSettings): Fault {
  return reconnect(
    'DRV_MODBUS_TIMEOUT',
    `${placeOf(settings)} unit ${settings.unitId} did not answer within ${settings.timeout} ms.`,
    'Check the unit id and that the device is running; a slow device or gateway may need a longer timeout',
  );
}

export function malformedFault(settings: ModbusConnectionSettings, what: string): Fault {
  return reconnect(
    'DRV_MODBUS_MALFORMED_REPLY',
    `${placeOf(settings)} sent a reply that does not fit the question (${what}).`,
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
