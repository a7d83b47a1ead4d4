import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../core/model/fault.ts';

const BY_ID = '/dev/serial/by-id';
const PROCESSES = '/proc';

/** The fault for what the operating system says of a serial port, by the words of the serialport library. */
export function serialFault(error: Error, path: string): Fault {
  const { message } = error;
  if (/no such file|file not found|cannot find/i.test(message)) return absentFault(path);
  if (/permission denied|EACCES|EPERM/i.test(message)) return deniedFault(path);
  if (/lock|busy|temporarily unavailable|access denied/i.test(message)) return busyFault(path);
  if (/baud|invalid argument|inappropriate ioctl|not a tty/i.test(message)) {
    return fault(
      'DRV_MODBUS_PORT_FORMAT',
      `${path} cannot be set up as a serial port with this baud rate, parity and stop bits.`,
      'misconfigured',
      'Check that the path names a serial port, and that its converter knows the baud rate',
    );
  }
  return fault(
    'DRV_MODBUS_PORT_FAILED',
    `The serial port ${path} failed: ${message.replace(/[.\s]+$/, '')}.`,
    'reconnect',
    'Check the converter and its driver; the words in this message are those of this computer',
  );
}

export function portLostFault(path: string): Fault {
  return fault(
    'DRV_MODBUS_PORT_LOST',
    `The serial port ${path} is gone: it was probably unplugged.`,
    'reconnect',
    'Plug the converter in again; under its /dev/serial/by-id name it is found in any socket',
  );
}

export function portTimeoutFault(path: string, timeoutMs: number): Fault {
  return fault(
    'DRV_MODBUS_PORT_FAILED',
    `The serial port ${path} did not open within ${timeoutMs} ms.`,
    'reconnect',
    'Unplug the converter and plug it in again',
  );
}

export function lineFormatFault(path: string, mine: string, others: string): Fault {
  return fault(
    'DRV_MODBUS_LINE_FORMAT',
    `${path} runs at ${others} for another device, and this one asks for ${mine}.`,
    'misconfigured',
    'All devices of one serial line have the same baudRate, parity and stopBits: correct plant.yaml, or the device',
  );
}

function absentFault(path: string): Fault {
  const others = namesIn(BY_ID).map((name) => join(BY_ID, name));
  const there = others.length === 0 ? 'No USB converter is plugged in' : `There are: ${others.join(', ')}`;
  return fault(
    'DRV_MODBUS_PORT_ABSENT',
    `There is no serial port ${path}.`,
    'reconnect',
    `Plug the converter in, or correct "path". ${there}`,
  );
}

function deniedFault(path: string): Fault {
  return fault(
    'DRV_MODBUS_PORT_DENIED',
    `This program may not open the serial port ${path}.`,
    'reconnect',
    'Add the user that Forebay runs as to the group "dialout" (usermod -aG dialout USER), then restart Forebay',
  );
}

function busyFault(path: string): Fault {
  const holder = holderOf(path);
  const who = holder === undefined ? 'another program' : holder;
  return fault(
    'DRV_MODBUS_PORT_BUSY',
    `The serial port ${path} is in use by ${who}.`,
    'reconnect',
    'Stop that program (often ModemManager, a terminal or SCADA); devices of one port need the same "path"',
  );
}

/** The program that has the port open, where the operating system lets us see it. */
function holderOf(path: string): string | undefined {
  const port = realPath(path);
  for (const pid of namesIn(PROCESSES)) {
    if (!/^\d+$/.test(pid)) continue;
    const files = join(PROCESSES, pid, 'fd');
    if (namesIn(files).some((file) => linkOf(join(files, file)) === port)) {
      return Number(pid) === process.pid ? 'this program, under another path' : `${nameOf(pid)} (process ${pid})`;
    }
  }
  return undefined;
}

function nameOf(pid: string): string {
  try {
    return readFileSync(join(PROCESSES, pid, 'comm'), 'utf8').trim();
  } catch {
    return 'a program';
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function fault(code: string, message: string, policy: 'reconnect' | 'misconfigured', hint: string): Fault {
  return { code, message, policy, hint };
}
