/**
 * Why a value could not be read, as a value. The driver classifies, the poller decides what to do.
 *
 * `policy` says what may help:
 * - `retry`: the next cycle may succeed (a timeout, a busy device)
 * - `reconnect`: the connection is not usable any more and must be opened anew
 * - `isolate`: this point alone is wrong (a register that does not exist); its neighbours are healthy
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

export type FaultPolicy = 'retry' | 'reconnect' | 'isolate' | 'misconfigured';
