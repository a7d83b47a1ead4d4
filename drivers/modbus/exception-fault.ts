import type { Fault } from '../../core/model/fault.ts';

/** How long a value is left alone, by what was wrong with it: rare enough to cost nothing, soon after a repair. */
const REFUSED_RETRY_MS = 5 * 60_000;
const FAILING_RETRY_MS = 60_000;
const MISCONFIGURED_RETRY_MS = 60 * 60_000;

/**
 * What an exception reply asks for.
 *
 * - `split`: some cell of the request is refused; asking for less finds out which, and it is left alone for a while
 * - `narrow`: the device fails; if it does so for some cells only, those are left alone for a shorter while
 * - `refuse`: these cells are never served; ask for them rarely
 * - `wait`: the device is busy and says so; ask again after a moment
 * - `stop`: the gateway answers and the device behind it does not; asking for more only blocks the line
 * - `accept`: nothing to be done in this cycle
 */
export type ExceptionRemedy = 'split' | 'narrow' | 'refuse' | 'wait' | 'stop' | 'accept';

export interface ExceptionMeaning {
  readonly remedy: ExceptionRemedy;
  readonly fault: Fault;
  /** How long the cells are left alone once they are known to be meant. */
  readonly retryMs?: number;
}

/** MODBUS Application Protocol V1.1b3, clause 7: the exception codes, as what may help. */
export function exceptionMeaning(exception: number): ExceptionMeaning {
  const name = `0x${exception.toString(16).padStart(2, '0').toUpperCase()}`;
  return (
    MEANINGS[exception] ?? narrow({ ...UNKNOWN, message: `The device answered with the unknown exception ${name}.` })
  );
}

const UNKNOWN: Fault = {
  code: 'DRV_MODBUS_EXCEPTION',
  message: '',
  policy: 'retry',
  hint: "Look the exception up in the device's manual",
};

const MEANINGS: Readonly<Record<number, ExceptionMeaning>> = {
  1: {
    remedy: 'refuse',
    retryMs: MISCONFIGURED_RETRY_MS,
    fault: {
      code: 'DRV_MODBUS_ILLEGAL_FUNCTION',
      message: 'The device does not serve this kind of register (exception 0x01).',
      policy: 'misconfigured',
      hint: 'Check "register" of the point: many devices have only holding, or only input registers',
    },
  },
  2: {
    remedy: 'split',
    retryMs: REFUSED_RETRY_MS,
    fault: {
      code: 'DRV_MODBUS_ILLEGAL_ADDRESS',
      message: 'The device has no such register (exception 0x02).',
      policy: 'isolate',
      hint: 'Check "address" (the number on the wire starts at 0, manuals often at 1), "type" and the device\'s model',
    },
  },
  3: {
    remedy: 'split',
    retryMs: REFUSED_RETRY_MS,
    fault: {
      code: 'DRV_MODBUS_ILLEGAL_VALUE',
      message: 'The device refuses this run of registers (exception 0x03).',
      policy: 'isolate',
      hint: 'Check "type" of the point and "maxRegisters" of the connection against the device\'s manual',
    },
  },
  4: narrow(failing('0x04', 'The device could not read the register because of an error of its own')),
  5: { remedy: 'wait', fault: busy('0x05', 'The device needs longer to answer') },
  6: { remedy: 'wait', fault: busy('0x06', 'The device is busy') },
  7: narrow(failing('0x07', 'The device turned the request down')),
  8: narrow(failing('0x08', 'The device found an error in its memory')),
  10: {
    remedy: 'stop',
    fault: {
      code: 'DRV_MODBUS_GATEWAY_PATH',
      message: 'The gateway answers but has no path to the unit (exception 0x0A).',
      policy: 'demote',
      hint: 'Check the unit id and the routing table of the gateway',
    },
  },
  11: {
    remedy: 'stop',
    fault: {
      code: 'DRV_MODBUS_GATEWAY_TARGET',
      message: 'The gateway answers but the device behind it does not (exception 0x0B).',
      policy: 'demote',
      hint: 'Check power and serial cable of the device, its unit id, baud rate and parity',
    },
  },
};

function narrow(fault: Fault): ExceptionMeaning {
  return { remedy: 'narrow', fault, retryMs: FAILING_RETRY_MS };
}

function failing(exception: string, what: string): Fault {
  return {
    code: 'DRV_MODBUS_DEVICE_FAILURE',
    message: `${what} (exception ${exception}).`,
    policy: 'retry',
    hint: "Look at the device's own display or diagnostics; if it stays, restart the device",
  };
}

function busy(exception: string, what: string): Fault {
  return {
    code: 'DRV_MODBUS_BUSY',
    message: `${what} (exception ${exception}).`,
    policy: 'wait',
    hint: 'Raise "period" or "pause", or ask who else polls the device',
  };
}
