import type { Fault } from '../../core/model/fault.ts';

/**
 * Why a node gave no value, by the status code of its DataValue (OPC 10000-4 clause 7.39 and OPC 10000-6 annex A.2).
 * Lower bits than these carry details that change nothing.
 */
const CODE_MASK = 0xffff_0000;

/** The fault for a bad status, with the status named. */
export function statusFault(status: number, nodeId: string): Fault {
  const code = (status & CODE_MASK) >>> 0;
  const known = MEANINGS.get(code);
  const named = known?.name ?? `0x${code.toString(16).padStart(8, '0').toUpperCase()}`;
  return (known?.kind ?? unknown)(nodeId, named);
}

/** The name of a bad status, as the standard has it. */
export function statusName(status: number): string | undefined {
  return MEANINGS.get((status & CODE_MASK) >>> 0)?.name;
}

type Kind = (nodeId: string, status: string) => Fault;

const nodeUnknown: Kind = (nodeId, status) => ({
  code: 'DRV_OPCUA_NODE_UNKNOWN',
  message: `The server has no node ${nodeId} (${status}).`,
  policy: 'isolate',
  hint: "Compare the node id with the server's own list: a changed PLC program often renames or drops variables",
});

const noVariable: Kind = (nodeId, status) => ({
  code: 'DRV_OPCUA_NO_VARIABLE',
  message: `The node ${nodeId} has no value to be read (${status}).`,
  policy: 'isolate',
  hint: 'Name the variable itself and not the object or folder that holds it',
});

const notReadable: Kind = (nodeId, status) => ({
  code: 'DRV_OPCUA_NOT_READABLE',
  message: `The server does not let this user read ${nodeId} (${status}).`,
  policy: 'misconfigured',
  hint: 'Give the user the right to read the variable in the server, or name another user in "username"',
});

const waiting: Kind = (nodeId, status) => ({
  code: 'DRV_OPCUA_WAITING',
  message: `The server has not yet got a value of ${nodeId} from the PLC (${status}).`,
  policy: 'wait',
  hint: 'Wait a minute after a start of the server; if it stays, check the way from the server to the PLC',
});

const sourceDown: Kind = (nodeId, status) => ({
  code: 'DRV_OPCUA_SOURCE_DOWN',
  message: `The server answers but what it reads ${nodeId} from does not (${status}).`,
  policy: 'retry',
  hint: 'Check PLC, sensor and the way from the server to them',
});

const busy: Kind = (nodeId, status) => ({
  code: 'DRV_OPCUA_BUSY',
  message: `The server is too busy to read ${nodeId} (${status}).`,
  policy: 'wait',
  hint: 'Lengthen "period", or ask who else reads from the server',
});

const stopping: Kind = (_nodeId, status) => ({
  code: 'DRV_OPCUA_STOPPING',
  message: `The server is shutting down (${status}).`,
  policy: 'reconnect',
  hint: 'Wait until it has started again',
});

const unknown: Kind = (nodeId, status) => ({
  code: 'DRV_OPCUA_BAD',
  message: `The server calls the value of ${nodeId} bad (${status}).`,
  policy: 'retry',
  hint: "Look the status up in the server's manual, and at the PLC's diagnostics",
});

const MEANINGS: ReadonlyMap<number, { readonly name: string; readonly kind: Kind }> = new Map(
  (
    [
      [0x80340000, 'BadNodeIdUnknown', nodeUnknown],
      [0x80330000, 'BadNodeIdInvalid', nodeUnknown],
      [0x803e0000, 'BadNotFound', nodeUnknown],
      [0x803f0000, 'BadObjectDeleted', nodeUnknown],
      [0x80350000, 'BadAttributeIdInvalid', noVariable],
      [0x803a0000, 'BadNotReadable', notReadable],
      [0x801f0000, 'BadUserAccessDenied', notReadable],
      [0x80e60000, 'BadSecurityModeInsufficient', notReadable],
      [0x80320000, 'BadWaitingForInitialData', waiting],
      [0x809b0000, 'BadNoData', waiting],
      [0x80b10000, 'BadNoDataAvailable', waiting],
      [0x80310000, 'BadNoCommunication', sourceDown],
      [0x80050000, 'BadCommunicationError', sourceDown],
      [0x808a0000, 'BadNotConnected', sourceDown],
      [0x808b0000, 'BadDeviceFailure', sourceDown],
      [0x808c0000, 'BadSensorFailure', sourceDown],
      [0x808d0000, 'BadOutOfService', sourceDown],
      [0x80890000, 'BadConfigurationError', sourceDown],
      [0x80040000, 'BadResourceUnavailable', sourceDown],
      [0x800a0000, 'BadTimeout', sourceDown],
      [0x80100000, 'BadTooManyOperations', busy],
      [0x80ee0000, 'BadServerTooBusy', busy],
      [0x80db0000, 'BadTooManyMonitoredItems', busy],
      [0x80030000, 'BadOutOfMemory', busy],
      [0x800c0000, 'BadShutdown', stopping],
      [0x800e0000, 'BadServerHalted', stopping],
    ] as const
  ).map(([code, name, kind]) => [code, { name, kind }]),
);
