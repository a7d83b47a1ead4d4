import type { ZodType } from 'zod';
import type { DeviceConfig, PointConfig } from '../config/plant.ts';
import type { PushDescription } from '../config/push-devices.ts';
import type { Clock } from '../model/clock.ts';
import type { Fault } from '../model/fault.ts';
import type { Log } from '../model/log.ts';
import type { Random } from '../model/random.ts';
import type { ProbeOutcome, ProbeRequest } from './probe.ts';
import type { Outcome } from './sample.ts';
import type { Shared } from './shared.ts';

/**
 * The port every protocol stands behind. A driver opens one connection for one device and reads points; when, how
 * often and what to do about a fault is the poller's business.
 */
export interface Driver {
  /** The name in plant.yaml, e.g. `modbus-tcp`. */
  readonly name: string;
  /** `demo` marks everything recorded through this driver as demonstration data, never to be anchored on mainnet. */
  readonly origin: 'plant' | 'demo';
  readonly schemas: DriverSchemas;
  /**
   * `record` where the times of samples are those of records that were written earlier: they say when a value was
   * measured, and nothing of how a clock stands now.
   */
  readonly sourceTime?: 'record';
  /** Present where the devices send by themselves: no poller is started, and `connect` is never called. */
  readonly push?: PushDescription;
  /** Where devices and points are, in the words by which a person finds them at the plant. */
  readonly places: DriverPlaces;
  /** Mistakes that no schema of a single field can see, such as two values that share half of their registers. */
  check?(device: DeviceConfig): readonly DeviceIssue[];
  /** What is valid and yet a risk that a person has to know of. It keeps no plant from starting. */
  warn?(device: DeviceConfig): readonly DeviceIssue[];
  /** Opens the connection. MUST give up when `signal` aborts. Never throws for a device fault. */
  connect(device: DeviceConfig, host: DriverHost, signal: AbortSignal): Promise<ConnectOutcome>;
  /**
   * Looks at a device that nobody has described yet, for `forebay probe`. Reads only, ends by itself, and MUST give up
   * when `signal` aborts. Never throws for a device fault.
   */
  probe?(request: ProbeRequest, host: DriverHost, signal: AbortSignal): Promise<ProbeOutcome>;
}

export interface DriverPlaces {
  /** Of a device, by its connection: `192.0.2.10:502, unit id 3`. Never a secret. */
  device(connection: unknown): string;
  /** Of a point, by its settings: `holding 3000, float32 ABCD`. */
  point(settings: unknown): string;
}

export interface DriverSchemas {
  /** Validates `connection` of the device. */
  readonly connection: ZodType;
  /**
   * Validates what a point carries beside `id`, `unit`, `kind` and `modulus`. Strict: an unknown key is an error.
   */
  readonly point: ZodType;
  /** The modulus a counter of this kind has when plant.yaml names none, e.g. 2^32 for a `uint32`; undefined if none. */
  defaultModulus?(settings: unknown): bigint | undefined;
  /**
   * 32 or 64 where the device delivers the point as an IEEE 754 number of that width; undefined for whole numbers and
   * where nobody knows. A 32-bit one loses whole counts from 2^24 on, so that energy cannot be counted with it.
   */
  floatBits?(settings: unknown): 32 | 64 | undefined;
}

export interface DeviceIssue {
  /** Path within the device, e.g. `['points', 3, 'address']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

export interface DriverHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What the devices of one plant have in common: a serial line, the one session to a server. */
  readonly shared: Shared;
  /** Passwords and keys that plant.yaml names by file. */
  readonly secrets: Secrets;
  /**
   * Records that a server is trusted from now on without a person having looked, or throws when that cannot be recorded:
   * then nobody is trusted. Absent where nothing is recorded, as in a dry run.
   */
  readonly recordTrust?: (trust: TakenTrust) => void;
  /** A folder for what this driver keeps over restarts: certificates, positions in files. Made at its first use. */
  stateFolder(): string;
}

/** What the ledger keeps of it, as plain JSON. */
export interface TakenTrust {
  readonly endpoint: string;
  /** SHA-256 of the certificate, hexadecimal. */
  readonly thumbprint: string;
  readonly subject: string;
  readonly validTo: string;
  /** Which setting took it. */
  readonly by: string;
}

export interface Secrets {
  /**
   * The text of the file that plant.yaml names, without the line end. Asked for at each connection, so that a changed
   * password needs no restart. What is returned never goes into a log, a fault or a sample. A `public` text, such as
   * the certificate of an authority, is looked for in the same folders, and others may read it.
   */
  read(file: string, kind?: 'secret' | 'public'): SecretOutcome;
}

export type SecretOutcome =
  | { readonly kind: 'secret'; readonly text: string }
  | { readonly kind: 'fault'; readonly fault: Fault };

export type ConnectOutcome =
  | { readonly kind: 'connected'; readonly connection: Connection }
  | { readonly kind: 'fault'; readonly fault: Fault };

export interface Connection {
  /**
   * Reads each point once and returns exactly one outcome for each, in the same order. Never throws for a device
   * fault, never returns a value that was not read in this call or, where the device sends by itself, that it did not
   * confirm since: `readAtMs` says when it last did. Calls do not overlap. When `signal` aborts, what has not been
   * read becomes a miss. A fault with policy `reconnect` means that this connection is spent.
   */
  read(points: readonly PointConfig[], signal: AbortSignal): Promise<readonly Outcome[]>;
  /** Counts since the connection was opened, for metrics. `writes` stays 0: nothing here writes to a device. */
  counts(): ConnectionCounts;
  /** Frees the connection. Safe to call twice. */
  close(): Promise<void>;
}

export interface ConnectionCounts {
  readonly requests: number;
  readonly timeouts: number;
  /** Replies thrown away because they answered another question: late, doubled or foreign. */
  readonly strangers: number;
  readonly writes: 0;
  /** How often each function or service was sent, by its name on the wire: `FC03`, `Read`. Shown, never judged by. */
  readonly sent?: Readonly<Record<string, number>>;
}
