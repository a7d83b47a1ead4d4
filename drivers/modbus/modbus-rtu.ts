import type { SerialPort } from 'serialport';
import type { DriverHost } from '../../core/acquisition/driver.ts';
import { type ModbusRtuSettings, modbusRtuSchema } from './connection-schema.ts';
import type { Heard, LinkOutcome } from './link.ts';
import { abortedFault, lineClosedFault } from './link-fault.ts';
import { modbusDriver, type Transport } from './modbus-driver.ts';
import { type Carrier, RtuLink } from './rtu-link.ts';
import { nameFormat, serialTiming } from './rtu-timing.ts';
import { portLostFault, portTimeoutFault, serialFault } from './serial-fault.ts';

/** Modbus RTU on a serial port of this computer: RS-485 or RS-232, usually through a USB converter. */
export const modbusRtu = modbusDriver(rtuTransport(openSerialLink));

export type OpenSerialLink = (
  settings: ModbusRtuSettings,
  host: DriverHost,
  signal: AbortSignal,
  heard: Heard,
) => Promise<LinkOutcome>;

/** `open`: the machine's serial port, or one of a simulation. */
export function rtuTransport(open: OpenSerialLink): Transport<ModbusRtuSettings> {
  return {
    name: 'modbus-rtu',
    form: 'serial',
    schema: modbusRtuSchema,
    placeOf: ({ path }) => path,
    formatOf: nameFormat,
    opener: (settings, driverHost) => (signal, heard) => open(settings, driverHost, signal, heard),
  };
}

/** serialport is loaded at the first connection. The port is held for ourselves alone. */
async function openSerialLink(
  settings: ModbusRtuSettings,
  host: DriverHost,
  signal: AbortSignal,
  heard: Heard,
): Promise<LinkOutcome> {
  const { path, baudRate, parity, stopBits, timeout } = settings;
  const library = await import('serialport');
  if (signal.aborted) return { kind: 'fault', fault: abortedFault() };
  const port = new library.SerialPort({ path, baudRate, parity, stopBits, dataBits: 8, autoOpen: false, lock: true });
  const link = new RtuLink(carrierOf(port), serialTiming(settings), host, heard, lineClosedFault(path));
  port.on('data', (bytes: Uint8Array) => link.receive(bytes));
  port.on('error', (error: Error) => link.finish(serialFault(error, path)));
  port.on('close', () => link.finish(portLostFault(path)));
  return new Promise((resolve) => {
    let isOver = false;
    const settle = (outcome: LinkOutcome): void => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      if (isOver && outcome.kind === 'open') outcome.link.close();
      isOver = true;
      resolve(outcome);
    };
    const onAbort = (): void => settle({ kind: 'fault', fault: abortedFault() });
    const cancelTimer = host.clock.after(timeout, () => {
      settle({ kind: 'fault', fault: portTimeoutFault(path, timeout) });
    });
    signal.addEventListener('abort', onAbort, { once: true });
    port.open((error) => {
      settle(error === null ? { kind: 'open', link } : { kind: 'fault', fault: serialFault(error, path) });
    });
  });
}

function carrierOf(port: SerialPort): Carrier {
  return {
    flush: (done) => {
      // A port that cannot be flushed is on its way out, which its own events tell.
      if (port.isOpen) port.flush(() => done());
      else done();
    },
    write: (bytes) => {
      if (port.isOpen) port.write(bytes);
    },
    close: () => {
      if (port.isOpen) port.close(() => undefined);
    },
  };
}
