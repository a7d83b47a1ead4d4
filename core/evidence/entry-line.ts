import { canonicalize } from '../ledger/canonical.ts';
import { type Entry, futureOf } from '../ledger/entry.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { Refusal } from './refusal.ts';

/** An entry of the ledger as a bundle holds it. */
export interface BundleEntry {
  readonly index: number;
  readonly kind: string;
  readonly at: string;
  readonly body: JsonObject;
  /** Canonical text of the reading, which is what the device signed; only in reading entries. */
  readonly readingText?: string;
}

/**
 * The entry that `text` writes in canonical form, of a kind and version that the ledger has.
 *
 * @throws Refusal `LED_BUNDLE_ENTRY`, `LED_BUNDLE_VERSION` for a kind or version that is not known
 */
export function parseEntryLine(text: string, place: string): BundleEntry {
  let entry: Record<string, Json>;
  let canonical: { text: string; readingText?: string } | undefined;
  try {
    entry = JSON.parse(text) as Record<string, Json>;
    canonical = writeAgain(entry);
  } catch {
    throw bad(place, 'is not JSON in canonical form');
  }
  if (canonical.text !== text) throw bad(place, 'is not JSON in canonical form');
  const { v, index, kind, at, body } = entry;
  if (Object.keys(entry).length !== 5 || typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) {
    throw bad(place, 'is no entry of a ledger');
  }
  if (typeof kind !== 'string' || typeof at !== 'string' || !isObject(body))
    throw bad(place, 'is no entry of a ledger');
  const future = futureOf({ v, index, kind, at, body } as unknown as Entry);
  if (future !== undefined) {
    throw new Refusal('LED_BUNDLE_VERSION', place, `Entry ${index} ${future}, which this verifier does not know.`);
  }
  const { readingText } = canonical;
  return { index, kind, at, body, ...(readingText === undefined ? {} : { readingText }) };
}

/** The canonical form, put together so that the reading within it is written once and not twice. */
function writeAgain(entry: Record<string, Json>): { text: string; readingText?: string } {
  const { body, index, kind, at, v } = entry;
  const isReading = kind === 'reading' && isObject(body) && Object.keys(entry).length === 5;
  if (!isReading || !isReadingBody(body)) return { text: canonicalize(entry) };
  const readingText = canonicalize(body.reading);
  const head = `{"at":${canonicalize(at ?? null)},"body":{"reading":${readingText},"signature":`;
  const rest = `${canonicalize(body.signature)},"verdict":${canonicalize(body.verdict)}},"index":`;
  return {
    text: `${head}${rest}${canonicalize(index ?? null)},"kind":"reading","v":${canonicalize(v ?? null)}}`,
    readingText,
  };
}

function isReadingBody(body: JsonObject): body is { reading: JsonObject; signature: string; verdict: JsonObject } {
  const { reading, signature, verdict } = body;
  return Object.keys(body).length === 3 && isObject(reading) && typeof signature === 'string' && isObject(verdict);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(place: string, what: string): Refusal {
  return new Refusal('LED_BUNDLE_ENTRY', place, `The line ${what}.`);
}
