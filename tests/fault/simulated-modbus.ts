import { Socket } from 'node:net';
import type { Driver } from '../../core/acquisition/driver.ts';
import type { Clock } from '../../core/model/clock.ts';
import { modbusDriver } from '../../drivers/modbus/modbus-driver.ts';
import { rtuTransport } from '../../drivers/modbus/modbus-rtu.ts';
import { rtuOverTcpTransport } from '../../drivers/modbus/modbus-rtu-over-tcp.ts';
import { tcpTransport } from '../../drivers/modbus/modbus-tcp.ts';
import { RtuLink } from '../../drivers/modbus/rtu-link.ts';
import { serialTiming } from '../../drivers/modbus/rtu-timing.ts';
import { type AskedFor, RTU_FRAMING, TCP_FRAMING } from './modbus-framing.ts';
import { type FaultScript, FaultSession } from './modbus-session.ts';

// Loaded beforehand: simulated time does not wait for a file.
await import('modbus-serial/ports/tcpport.js');

export const MODBUS_FORMS = ['modbus-tcp', 'modbus-rtu', 'modbus-rtu-over-tcp'] as const;
export type ModbusForm = (typeof MODBUS_FORMS)[number];

export interface SimulatedPlant {
  readonly driver: Driver;
  readonly asked: AskedFor[];
  /** Function codes that arrived, with how often. */
  readonly functionCodes: Map<number, number>;
  readonly counts: { connections: number; open: number };
  /** `away`: every connection breaks, and nobody takes one or has a serial port. */
  setAway(where: 'away' | 'there'): void;
  readonly state: { isAway: boolean; readonly breakers: Set<() => void> };
}

/** A driver whose devices exist in simulated time only; `latencyMs` is how long a device takes for an answer. */
export function simulatePlant(
  form: ModbusForm,
  clock: Clock,
  script: FaultScript,
  latencyMs: FaultScript['workMs'] & {},
): SimulatedPlant {
  const plant: SimulatedPlant = {
    driver: modbusDriver(tcpTransport()),
    asked: [],
    functionCodes: new Map(),
    counts: { connections: 0, open: 0 },
    state: { isAway: false, breakers: new Set() },
    setAway: (where) => {
      plant.state.isAway = where === 'away';
      if (where === 'away') for (const breakOff of [...plant.state.breakers]) breakOff();
    },
  };
  let count = 0;
  const note = (request: AskedFor): number => {
    count += 1;
    const { functionCode } = request;
    plant.functionCodes.set(functionCode, (plant.functionCodes.get(functionCode) ?? 0) + 1);
    if (plant.asked.length < 10_000) plant.asked.push(request);
    return count;
  };
  const framed = { ...script, framing: form === 'modbus-tcp' ? TCP_FRAMING : RTU_FRAMING, workMs: latencyMs };
  const makeSocket = (onBytes: (bytes: Uint8Array) => void): Socket =>
    new SimulatedSocket(clock, framed, note, plant, onBytes);
  const driver = {
    'modbus-tcp': () => modbusDriver(tcpTransport(makeSocket)),
    'modbus-rtu-over-tcp': () => modbusDriver(rtuOverTcpTransport(makeSocket)),
    'modbus-rtu': () => modbusDriver(serialTransport(clock, framed, note, plant)),
  }[form]();
  return Object.assign(plant, { driver });
}

function serialTransport(clock: Clock, script: FaultScript, note: (r: AskedFor) => number, plant: SimulatedPlant) {
  return rtuTransport((settings, host, _, heard) => {
    const absent = { code: 'DRV_MODBUS_PORT_ABSENT', message: 'It is unplugged.', policy: 'reconnect' } as const;
    if (plant.state.isAway) return Promise.resolve({ kind: 'fault', fault: absent });
    plant.counts.connections += 1;
    const timing = serialTiming(settings);
    let isOpen = true;
    // A serial line carries one byte after the other: what is written waits for what was written before.
    let freeAtMs = 0;
    const wire = {
      write: (bytes: Buffer): void => {
        freeAtMs = Math.max(freeAtMs, clock.monotonicMs()) + bytes.length * timing.byteMs;
        clock.after(freeAtMs - clock.monotonicMs(), () => {
          if (isOpen) link.receive(bytes);
        });
      },
      end: (): void => undefined,
      reset: (): void => undefined,
      after: (delayMs: number, action: () => void) => clock.after(delayMs, action),
    };
    const session = new FaultSession(wire, script, note);
    const carrier = {
      flush: (done: () => void): void => done(),
      write: (bytes: Buffer): void => {
        clock.after(bytes.length * timing.byteMs, () => session.receive(bytes));
      },
      close: (): void => {
        isOpen = false;
        plant.state.breakers.delete(breakOff);
        session.end();
      },
    };
    const link = new RtuLink(carrier, timing, host, heard, absent);
    const breakOff = (): void => link.finish(absent);
    plant.state.breakers.add(breakOff);
    return Promise.resolve({ kind: 'open', link });
  });
}

/** A socket whose other end is a faulty device, without any network between them. */
class SimulatedSocket extends Socket {
  readonly #clock: Clock;
  readonly #session: FaultSession;
  readonly #plant: SimulatedPlant;
  readonly #breakOff = (): void => this.#leave(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  #isGone = false;

  constructor(
    clock: Clock,
    script: FaultScript,
    note: (request: AskedFor) => number,
    plant: SimulatedPlant,
    onBytes: (bytes: Uint8Array) => void,
  ) {
    super();
    this.#clock = clock;
    this.#plant = plant;
    const wire = {
      write: (bytes: Buffer): void => {
        if (!this.#isGone) onBytes(bytes);
      },
      end: (bytes: Buffer): void => {
        if (!this.#isGone) onBytes(bytes);
        this.#leave();
      },
      reset: (): void => this.#breakOff(),
      after: (delayMs: number, action: () => void) => clock.after(delayMs, action),
    };
    this.#session = new FaultSession(wire, script, note);
  }

  override connect(): this {
    const refused = this.#plant.state.isAway;
    this.#clock.after(1, () => {
      if (this.#isGone) return;
      if (refused) {
        this.#leave(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
        return;
      }
      this.#plant.counts.connections += 1;
      this.#plant.counts.open += 1;
      this.#plant.state.breakers.add(this.#breakOff);
      this.emit('connect');
    });
    return this;
  }

  override write(bytes: Buffer | string | Uint8Array): boolean {
    const sent = Buffer.from(bytes as Uint8Array);
    if (!this.#isGone) this.#clock.after(0.1, () => this.#session.receive(sent));
    return true;
  }

  override setNoDelay(): this {
    return this;
  }

  override setKeepAlive(): this {
    return this;
  }

  override destroy(): this {
    if (!this.#isGone) this.#leave();
    return this;
  }

  #leave(error?: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    if (this.#plant.state.breakers.delete(this.#breakOff)) this.#plant.counts.open -= 1;
    this.#session.end();
    if (error !== undefined) this.emit('error', error);
    this.emit('close');
  }
}
