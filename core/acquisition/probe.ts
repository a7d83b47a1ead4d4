import type { PointConfig } from '../config/plant.ts';
import type { Fault } from '../model/fault.ts';
import type { JsonObject } from '../model/json.ts';
import type { ConnectionCounts } from './driver.ts';

/** What `forebay probe URL` asks a driver to look at. */
export interface ProbeRequest {
  /** The device, in the driver's own form: `modbus-tcp://10.0.0.5:502/1`, `opc.tcp://10.0.0.7:4840`. */
  readonly url: URL;
  /** Where to look, in the driver's words (`holding 3000-3015`, a topic, a node id, `DB1,REAL0`); empty: look around. */
  readonly places: readonly string[];
  /** Points of a template or of a plant.yaml to be read as they are described. */
  readonly points: readonly PointConfig[];
  /** How often to read each place, and how far apart: what moves, and which way, tells much. At least 1. */
  readonly reads: number;
  readonly everyMs: number;
  /** Told in a few words what is being done, as often as it changes: `read 3 of 16`. */
  readonly onProgress?: (words: string) => void;
}

export type ProbeOutcome =
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'answered'; readonly report: ProbeReport };

export interface ProbeReport {
  /** `driver` and `connection` for plant.yaml, with what the probe learned (largest request, security). No secrets. */
  readonly driver: string;
  readonly connection: JsonObject;
  /** What the device says of itself, such as vendor, model and version. */
  readonly identity: readonly { readonly name: string; readonly value: string }[];
  readonly places: readonly ProbedPlace[];
  /** When each read began, on the monotonic clock; absent where the reads kept the asked distance. */
  readonly readAtMs?: readonly number[];
  /** What a person should know, as sentences: other unit ids that answer, a certificate to be trusted. */
  readonly notes: readonly string[];
  readonly counts: ConnectionCounts;
  /** Codes of every function or service that was sent, with how often: the proof that nothing was written. */
  readonly sent: Readonly<Record<string, number>>;
}

/** One place that was read, and every way to understand it. */
export interface ProbedPlace {
  /** In the driver's words: `holding 3000`, `nsu=urn:plant;s=Unit1.Flow`, `plant/unit1 $.flow`. */
  readonly place: string;
  /** Name and unit that the device itself gives, where it gives any. */
  readonly name?: string;
  readonly unit?: string;
  /** The bytes as they came, one text for each read; empty text where a read gave none. */
  readonly rawHex: readonly string[];
  readonly decodings: readonly Decoding[];
  /** Why nothing could be read here. */
  readonly fault?: Fault;
}

export interface Decoding {
  /** For people: `float32 CDAB`. */
  readonly label: string;
  /** The driver's part of the point for plant.yaml: register, address, type, order; a node id; a path. */
  readonly settings: JsonObject;
  /** One for each read, in order; null where the bytes are no value this way. */
  readonly values: readonly (number | string | null)[];
}
