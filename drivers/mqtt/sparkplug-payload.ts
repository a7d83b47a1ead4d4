import { MalformedBytes, readFields, type WireField } from './protobuf.ts';

/**
 * Sparkplug B payloads (Sparkplug 3.0, clause 6.4; sparkplug_b.proto of Eclipse Tahu), read with the bytes of each
 * metric and with integers as they stand on the wire. The public decoder reads a UInt32 from one of the two fields that
 * encoders use for it, and as a signed number, so it is not used here.
 */
export interface SparkplugPayload {
  readonly timestampMs?: number;
  readonly seq?: number;
  readonly metrics: readonly SparkplugMetric[];
}

export interface SparkplugMetric {
  readonly name?: string;
  readonly alias?: bigint;
  readonly timestampMs?: number;
  readonly datatype?: number;
  readonly isHistorical: boolean;
  readonly isNull: boolean;
  /** Absent where none came; several where the encoder filled more than one field. */
  readonly values: readonly MetricValue[];
  /** The property "Quality", where the node gives it. */
  readonly quality?: bigint;
  /** The bytes of the metric. */
  readonly raw: Uint8Array;
}

export type MetricValue =
  | { readonly field: 'int' | 'long'; readonly bits: bigint }
  | { readonly field: 'float' | 'double'; readonly number: number }
  | { readonly field: 'boolean'; readonly isTrue: boolean }
  | { readonly field: 'string'; readonly text: string }
  | { readonly field: 'other' };

export type PayloadOutcome =
  | { readonly kind: 'payload'; readonly payload: SparkplugPayload }
  | { readonly kind: 'flaw'; readonly what: string };

const PAYLOAD = { timestamp: 1, metric: 2, seq: 3 } as const;
const METRIC = {
  name: 1,
  alias: 2,
  timestamp: 3,
  datatype: 4,
  isHistorical: 5,
  isNull: 7,
  properties: 9,
  int: 10,
  long: 11,
  float: 12,
  double: 13,
  boolean: 14,
  string: 15,
  lastOther: 19,
} as const;
const PROPERTIES = { key: 1, value: 2, int: 3, long: 4 } as const;
const QUALITY = 'Quality';

export function readPayload(bytes: Uint8Array): PayloadOutcome {
  return guarded(() => {
    const fields = readFields(bytes);
    const seq = fields.find(({ number }) => number === PAYLOAD.seq);
    return {
      ...momentOf(fields, PAYLOAD.timestamp),
      ...(seq === undefined ? {} : { seq: Number(countOf(seq)) }),
      metrics: fields.filter(({ number }) => number === PAYLOAD.metric).map((field) => metricOf(bytesOf(field))),
    };
  });
}

/** One metric from its own bytes, for a verifier. */
export function readMetric(raw: Uint8Array): SparkplugMetric | undefined {
  const outcome = guarded(() => ({ metrics: [metricOf(raw)] }));
  return outcome.kind === 'payload' ? outcome.payload.metrics[0] : undefined;
}

function guarded(read: () => SparkplugPayload): PayloadOutcome {
  try {
    return { kind: 'payload', payload: read() };
  } catch (error) {
    if (error instanceof MalformedBytes) return { kind: 'flaw', what: error.message };
    throw error;
  }
}

function metricOf(raw: Uint8Array): SparkplugMetric {
  const fields = readFields(raw);
  const last = (number: number): WireField | undefined => fields.findLast((field) => field.number === number);
  const name = last(METRIC.name);
  const alias = last(METRIC.alias);
  const datatype = last(METRIC.datatype);
  const properties = last(METRIC.properties);
  const quality = properties === undefined ? undefined : qualityOf(bytesOf(properties));
  return {
    ...(name === undefined ? {} : { name: textOf(name) }),
    ...(alias === undefined ? {} : { alias: countOf(alias) }),
    ...momentOf(fields, METRIC.timestamp),
    ...(datatype === undefined ? {} : { datatype: Number(countOf(datatype)) }),
    isHistorical: isSet(last(METRIC.isHistorical)),
    isNull: isSet(last(METRIC.isNull)),
    values: fields.filter(({ number }) => number >= METRIC.int && number <= METRIC.lastOther).map(contentsOf),
    ...(quality === undefined ? {} : { quality }),
    raw,
  };
}

function contentsOf(field: WireField): MetricValue {
  switch (field.number) {
    case METRIC.int:
      return { field: 'int', bits: countOf(field) };
    case METRIC.long:
      return { field: 'long', bits: countOf(field) };
    case METRIC.float:
      return { field: 'float', number: viewOf(field, 4).getFloat32(0, true) };
    case METRIC.double:
      return { field: 'double', number: viewOf(field, 8).getFloat64(0, true) };
    case METRIC.boolean:
      return { field: 'boolean', isTrue: countOf(field) !== 0n };
    case METRIC.string:
      return { field: 'string', text: textOf(field) };
    default:
      return { field: 'other' };
  }
}

function qualityOf(bytes: Uint8Array): bigint | undefined {
  const fields = readFields(bytes);
  const keys = fields.filter(({ number }) => number === PROPERTIES.key).map(textOf);
  const value = fields.filter(({ number }) => number === PROPERTIES.value)[keys.indexOf(QUALITY)];
  if (value === undefined) return undefined;
  const count = readFields(bytesOf(value)).find(
    ({ number }) => number === PROPERTIES.int || number === PROPERTIES.long,
  );
  return count === undefined ? undefined : countOf(count);
}

function momentOf(fields: readonly WireField[], wanted: number): { timestampMs?: number } {
  const field = fields.findLast(({ number }) => number === wanted);
  const timestampMs = field === undefined ? Number.NaN : Number(countOf(field));
  return Number.isSafeInteger(timestampMs) ? { timestampMs } : {};
}

function isSet(field: WireField | undefined): boolean {
  return field !== undefined && countOf(field) !== 0n;
}

function countOf({ number, value }: WireField): bigint {
  if (typeof value === 'bigint') return value;
  throw new MalformedBytes(`field ${number} is no number`);
}

function bytesOf({ number, value }: WireField): Uint8Array {
  if (typeof value !== 'bigint') return value;
  throw new MalformedBytes(`field ${number} is a number`);
}

function viewOf(field: WireField, length: number): DataView {
  const bytes = bytesOf(field);
  if (bytes.length !== length) throw new MalformedBytes(`field ${field.number} has ${bytes.length} bytes`);
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

function textOf(field: WireField): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(field));
  } catch (error) {
    if (error instanceof MalformedBytes) throw error;
    throw new MalformedBytes(`field ${field.number} is no text`);
  }
}
