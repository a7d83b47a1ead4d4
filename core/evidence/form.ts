import { canonicalize } from '../ledger/canonical.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { fromBase64 } from './bytes.ts';
import { Refusal } from './refusal.ts';

/** Reading the bundle's own JSON: everything has one right form, and what is unknown is refused. */

/** The object that `text` writes in canonical form (RFC 8785). @throws Refusal `LED_BUNDLE_FORM` */
export function parseCanonical(text: string, place: string): JsonObject {
  let value: unknown;
  let again: string | undefined;
  try {
    value = JSON.parse(text);
    again = canonicalize(value as Json);
  } catch {
    throw malformed(place, 'is not JSON in canonical form');
  }
  if (again !== text) throw malformed(place, 'is not JSON in canonical form');
  return asObject(value as Json, place);
}

/** The members of `object`, which must be exactly these; those whose name ends in `?` may be absent. */
export function takeMembers(object: JsonObject, names: readonly string[], place: string): void {
  const allowed = new Set(names.map((name) => name.replace('?', '')));
  for (const name of Object.keys(object)) {
    if (!allowed.has(name)) throw malformed(place, `has a member ${JSON.stringify(name)} that is not known`);
  }
  for (const name of names) {
    if (!name.endsWith('?') && !Object.hasOwn(object, name)) throw malformed(place, `has no member ${name}`);
  }
}

export function asObject(value: Json | undefined, place: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw malformed(place, 'is not an object');
}

export function asList(value: Json | undefined, place: string): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw malformed(place, 'is not a list');
}

export function asText(value: Json | undefined, place: string): string {
  if (typeof value === 'string') return value;
  throw malformed(place, 'is not a text');
}

/** Whether `value`, which may be anything that JSON can write, is an object with members. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole number from 0. */
export function asCount(value: Json | undefined, place: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw malformed(place, 'is not a whole number from 0');
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Milliseconds of an instant in the one form `2026-10-01T00:00:00.000Z`. */
export function asInstantMs(value: Json | undefined, place: string): number {
  const text = asText(value, place);
  const utcMs = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(utcMs) || new Date(utcMs).toISOString() !== text) throw malformed(place, 'is not an instant of UTC');
  return utcMs;
}

/** SHA-256 hashes in base64. */
export function asHashes(value: Json | undefined, place: string): Uint8Array[] {
  return asList(value, place).map((item) => {
    const hash = fromBase64(asText(item, place));
    if (hash?.length !== 32) throw malformed(place, 'holds something that is no SHA-256 in base64');
    return hash;
  });
}

export function malformed(place: string, what: string): Refusal {
  return new Refusal('LED_BUNDLE_FORM', place, `${place} ${what}.`);
}
