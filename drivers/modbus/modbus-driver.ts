import type { ZodType } from 'zod';
import type { ConnectOutcome, Driver, DriverHost } from '../../core/acquisition/driver.ts';
import type { DeviceConfig } from '../../core/config/plant.ts';
import { checkDevice } from './check-device.ts';
import type { ModbusConnectionSettings } from './connection-schema.ts';
import { Line, type LineForm } from './line.ts';
import { memoryOf } from './line-memory.ts';
import type { OpenLink } from './link.ts';
import { ModbusConnection } from './modbus-connection.ts';
import { modbusPlaces } from './places.ts';
import type { PlanSettings } from './point-plan.ts';
import { type ModbusPointSettings, modbusPointSchema } from './point-schema.ts';
import type { ModbusDriverName } from './recipe.ts';
import { bitsOf, REGISTER_TYPES } from './register-type.ts';
import type { SeatSettings } from './seat.ts';
import { lineFormatFault } from './serial-fault.ts';

const SERIAL_SIZES = 4;

/** The settings that every form of Modbus has. */
export type AnySettings = Omit<ModbusConnectionSettings, 'host' | 'port' | 'connect'> & {
  readonly connect?: ModbusConnectionSettings['connect'];
  readonly lateReplies?: number;
  readonly doubledReplies?: number | undefined;
};

/** What one form of Modbus adds to what all have in common. */
export interface Transport<T extends AnySettings> {
  readonly name: ModbusDriverName;
  readonly form: LineForm;
  readonly schema: ZodType<T>;
  /** Where the line is: the same text for devices that share it. */
  placeOf(settings: T): string;
  /** What all devices of a line must agree in, for sentences. */
  formatOf(settings: T): string;
  opener(settings: T, host: DriverHost): OpenLink;
}

/** A driver for one form of Modbus, reading only: planner, decoder and line are the same for all. */
export function modbusDriver<T extends AnySettings>(transport: Transport<T>): Driver {
  return {
    name: transport.name,
    origin: 'plant',
    schemas: { connection: transport.schema, point: modbusPointSchema, defaultModulus, floatBits },
    places: modbusPlaces(transport),
    check: checkDevice,
    connect: (device, host, signal) => connect(transport, device, host, signal),
    probe: async (request, host, signal) => (await import('./probe.ts')).probe(transport, request, host, signal),
  };
}

async function connect<T extends AnySettings>(
  transport: Transport<T>,
  device: DeviceConfig,
  host: DriverHost,
  signal: AbortSignal,
): Promise<ConnectOutcome> {
  const settings = device.connection as T;
  const { line, release } = lineFor(transport, settings, device.id, host);
  const format = transport.formatOf(settings);
  if (line.format !== format) {
    await release();
    return { kind: 'fault', fault: lineFormatFault(line.place, format, line.format) };
  }
  const seat = line.join(seatSettings(settings));
  const connection = new ModbusConnection(planSettings(transport, settings), host, seat, line.place, release);
  const fault = await seat.open(signal);
  if (fault === undefined) return { kind: 'connected', connection };
  await connection.close();
  return { kind: 'fault', fault };
}

/** The line of the device `owner`: one for all that have the same address, unless a device wants its own. */
export function lineFor<T extends AnySettings>(
  transport: Transport<T>,
  settings: T,
  owner: string,
  host: DriverHost,
): { line: Line; release: () => Promise<void> } {
  const place = transport.placeOf(settings);
  const { form } = transport;
  const format = transport.formatOf(settings);
  const open = transport.opener(settings, host);
  const key = `${transport.name} ${place}`;
  if (!settings.share) {
    const line = new Line({ place, form, format, open, memory: memoryOf(host.shared, `${key} ${owner}`), host });
    return { line, release: () => line.close() };
  }
  const make = (): Line => new Line({ place, form, format, open, memory: memoryOf(host.shared, key), host });
  const lease = host.shared.acquire(key, make);
  return { line: lease.resource, release: () => lease.release() };
}

/** What a poll is planned by. Where replies do not say what they answer, consecutive requests differ in size. */
export function planSettings<T extends AnySettings>(transport: Transport<T>, settings: T): PlanSettings {
  const { unitId, maxRegisters, maxBits, gap } = settings;
  const plan = { driver: transport.name, unitId, maxRegisters, maxBits, gap };
  return transport.form === 'tcp' ? plan : { ...plan, sizes: SERIAL_SIZES };
}

export function seatSettings(settings: AnySettings): SeatSettings {
  return {
    unitId: settings.unitId,
    timeoutMs: settings.timeout,
    pauseMs: settings.pause,
    maxRegisters: settings.maxRegisters,
    maxBits: settings.maxBits,
    isKept: settings.connect !== 'each-cycle',
    times: { lateMs: settings.lateReplies ?? 0, doubledMs: settings.doubledReplies },
  };
}

/** An unsigned integer wraps at its width, unless plant.yaml says that the meter wraps earlier. */
function defaultModulus(settings: unknown): bigint | undefined {
  const { type } = settings as ModbusPointSettings;
  return REGISTER_TYPES[type].number === 'unsigned' ? 1n << BigInt(bitsOf(type)) : undefined;
}

function floatBits(settings: unknown): 32 | 64 | undefined {
  const { type } = settings as ModbusPointSettings;
  if (REGISTER_TYPES[type].number !== 'float') return undefined;
  return type === 'float32' ? 32 : 64;
}
