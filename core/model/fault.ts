/**
 * Why a value could not be read, as a value. The driver classifies, the poller decides what to do.
 *
 * `policy` says what may help:
 * - `retry`: the next cycle may succeed (a damaged frame, one lost reply)
 * - `wait`: the device said itself that it is busy: ask again, but later
 * - `reconnect`: the connection is not usable any more and must be opened anew
 * - `isolate`: this point alone is wrong (a register that does not exist); its neighbours are healthy
 * - `demote`: this device does not answer while the line that it shares with others is well: ask it rarely, so that
 *   waiting for it does not cost the others their polls
 * - `misconfigured`: nothing helps until a person edits the configuration
 */
export interface Fault {
  /** A code with a section in docs/errors.md, e.g. `DRV_MODBUS_TIMEOUT`. */
  readonly code: string;
  /** One sentence in words an operator understands, without the code. */
  readonly message: string;
  readonly policy: FaultPolicy;
  /** What a person can do about it. */
  readonly hint?: string;
}

export const FAULT_POLICIES = ['retry', 'wait', 'reconnect', 'isolate', 'demote', 'misconfigured'] as const;
export type FaultPolicy = (typeof FAULT_POLICIES)[number];
