import type { Fault } from '../../core/model/fault.ts';
import { hex } from './link-fault.ts';

/**
 * What the code of a refused item or request asks for.
 *
 * - `split`: something in the item is refused; asking for less finds out what
 * - `accept`: nothing to be done in this poll
 */
export interface RefusalMeaning {
  readonly remedy: 'split' | 'accept';
  readonly fault: Fault;
}

const DENIED: Fault = {
  code: 'DRV_S7_ACCESS_DENIED',
  message: 'The PLC does not let this point be read.',
  policy: 'misconfigured',
  hint: 'In TIA Portal permit "access with PUT/GET communication from remote partner" and full read access in the protection of the CPU, then download',
};

const NO_ADDRESS: Fault = {
  code: 'DRV_S7_NO_SUCH_ADDRESS',
  message: 'The PLC has no such bytes: the data block is shorter, or is not laid out by address.',
  policy: 'isolate',
  hint: 'Compare the address with the block; in TIA Portal switch "optimized block access" of the data block off and download it',
};

const NO_BLOCK: Fault = {
  code: 'DRV_S7_NO_SUCH_BLOCK',
  message: 'The PLC has no such data block.',
  policy: 'isolate',
  hint: 'Check the number of the block; in TIA Portal switch its "optimized block access" off and download it',
};

/** The code of one item in the reply to a read (as Wireshark's dissector s7comm names them). */
export function itemMeaning(code: number): RefusalMeaning {
  switch (code) {
    case 0x03:
      return { remedy: 'split', fault: DENIED };
    case 0x05:
      return { remedy: 'split', fault: NO_ADDRESS };
    case 0x0a:
      return { remedy: 'split', fault: NO_BLOCK };
    case 0x06:
    case 0x07:
      return { remedy: 'split', fault: refused('DRV_S7_TYPE_REFUSED', `0x${hex(code, 2)}`, 'isolate') };
    case 0x01:
      return {
        remedy: 'accept',
        fault: {
          code: 'DRV_S7_HARDWARE',
          message: 'The PLC could not read the bytes because of a fault of its hardware (0x01).',
          policy: 'retry',
          hint: 'Look at the diagnostic buffer of the CPU and the lights of its modules',
        },
      };
    default:
      return { remedy: 'accept', fault: refused('DRV_S7_ITEM_REFUSED', `0x${hex(code, 2)}`, 'retry') };
  }
}

/** The error class and code by which the PLC refuses a request as a whole. */
export function requestMeaning(error: number): RefusalMeaning {
  switch (error) {
    case 0x8104:
    case 0x8304:
    case 0xd241:
    case 0xd602:
      return { remedy: 'accept', fault: DENIED };
    case 0x8500:
      return {
        remedy: 'accept',
        fault: {
          code: 'DRV_S7_REQUEST_TOO_LONG',
          message: 'The PLC refuses the request as too long for its messages.',
          policy: 'misconfigured',
          hint: 'Set pduBytes of the connection to 240',
        },
      };
    default:
      return { remedy: 'accept', fault: refused('DRV_S7_REQUEST_REFUSED', `0x${hex(error, 4)}`, 'retry') };
  }
}

function refused(code: string, what: string, policy: Fault['policy']): Fault {
  return {
    code,
    message: `The PLC refuses to read this point (${what}).`,
    policy,
    hint: 'Check the address and type of the point; if both are right, look into the diagnostic buffer of the CPU',
  };
}
