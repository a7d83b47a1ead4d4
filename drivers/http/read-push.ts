import { formatPath } from '../../core/config/config-issue.ts';
import { explainSchemaIssue } from '../../core/config/explain-schema-issue.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { type FieldError, type Refused, refuse, refuseFields } from './push-refusal.ts';
import { type JsonBody, readJson } from './read-json.ts';
import { type FlatPush, flatPushSchema, type SignedPush, signedPushSchema } from './telemetry-schema.ts';

/** One value of a push, whatever its form. */
export interface PushItem {
  /** Where it stands in the body: `readings.ph`, `readings[2]`. */
  readonly path: string;
  /** The flat form's field, or the signed form's `sensor_id`. */
  readonly name: string;
  /** The signed form's `type`. */
  readonly type?: string;
  readonly value: number | string | null;
  /** A number's digits as they were sent. */
  readonly source?: string;
  readonly unit?: string;
  readonly quality?: string;
}

/** A push that has one of the two forms; what it says has not been looked at yet. */
export interface PushBody {
  readonly kind: 'push';
  readonly form: 'flat' | 'signed';
  readonly plantId?: string;
  readonly unitId: string;
  readonly timestamp?: string;
  readonly nonce?: string;
  readonly signature?: string;
  /** What a signature is over: the body without `signature`. */
  readonly unsigned: JsonObject;
  readonly items: readonly PushItem[];
}

/** The push that these bytes are, or all that is wrong with their form. Never throws. */
export function readPush(bytes: Uint8Array): PushBody | Refused {
  const json = readJson(bytes);
  if (json.kind === 'problem') return refuse(400, 'DRV_HTTP_NOT_JSON', json.message, { hint: json.hint });
  const { value } = json.body;
  const isSigned = isGroup(value) && ('schema_version' in value || Array.isArray(value.readings));
  const schema = isSigned ? signedPushSchema : flatPushSchema;
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap((issue) => explainSchemaIssue(issue, { schema, value, base: [] }));
    return refuseFields(issues.map(({ path, message, hint }) => fieldError(formatPath(path), message, hint)));
  }
  const { nonce } = (parsed.data.metadata ?? {}) as { nonce?: unknown };
  if (nonce !== undefined && typeof nonce !== 'string') {
    return refuseFields([{ path: 'metadata.nonce', message: 'expected a text' }]);
  }
  const common = nonce === undefined ? {} : { nonce };
  return 'schema_version' in parsed.data
    ? { ...common, ...readSigned(parsed.data, json.body) }
    : { ...common, ...readFlat(parsed.data, json.body) };
}

function readFlat(push: FlatPush, body: JsonBody): PushBody {
  // Not the schema's copy: the digits belong to the object that was parsed.
  const sent = (body.value as { readings: Record<string, FlatPush['readings'][string]> }).readings;
  return {
    kind: 'push',
    form: 'flat',
    plantId: push.plant_id,
    unitId: push.device_id,
    ...(push.timestamp === undefined ? {} : { timestamp: push.timestamp }),
    unsigned: body.value as JsonObject,
    items: Object.entries(sent).map(([name, value]) => {
      const source = body.sourceOf(sent, name);
      return { path: `readings.${name}`, name, value, ...(source === undefined ? {} : { source }) };
    }),
  };
}

function readSigned(push: SignedPush, body: JsonBody): PushBody {
  const sent = body.value as { readings: object[] };
  const { signature: _, ...unsigned } = body.value as JsonObject;
  return {
    kind: 'push',
    form: 'signed',
    ...(push.plant_id === undefined ? {} : { plantId: push.plant_id }),
    unitId: push.device_id,
    timestamp: push.timestamp,
    ...(push.signature === undefined ? {} : { signature: push.signature }),
    unsigned,
    items: push.readings.map(({ sensor_id: name, type, value, unit, quality }, index) => {
      const source = body.sourceOf(sent.readings[index] ?? {}, 'value');
      return {
        path: `readings[${index}]`,
        name,
        type,
        value,
        ...(source === undefined ? {} : { source }),
        ...(unit === undefined ? {} : { unit }),
        ...(quality === undefined ? {} : { quality }),
      };
    }),
  };
}

function fieldError(path: string, message: string, hint: string | undefined): FieldError {
  return { path, message, ...(hint === undefined ? {} : { hint }) };
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
