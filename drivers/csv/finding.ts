import type { Fault, FaultPolicy } from '../../core/model/fault.ts';

/** Where in a file something was found. */
export interface Spot {
  readonly file: string;
  readonly line: number;
}

/** What is wrong with a row, or a field of one: code, what stands there, and what to do. */
export interface Complaint {
  readonly code: string;
  /** The end of the sentence that begins with file and line. */
  readonly what: string;
  readonly hint: string;
  readonly policy?: FaultPolicy;
  /** Nothing more of this file is believed. */
  readonly refusesFile?: true;
}

/** The fault of a complaint at its place; the next row may be well again. */
export function faultAt({ file, line }: Spot, { code, what, hint, policy = 'retry' }: Complaint): Fault {
  return { code, message: `Line ${line} of ${tidy(file)} ${what}.`, policy, hint };
}

const SHOWN_LENGTH_MAX = 40;

/** A field as a sentence may show it: short, and without anything that a terminal would obey. */
export function shown(text: string): string {
  const plain = tidy(text);
  return plain.length > SHOWN_LENGTH_MAX ? `"${plain.slice(0, SHOWN_LENGTH_MAX)}..."` : `"${plain}"`;
}

function tidy(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?');
}

const AGE_UNITS = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
] as const;

/** `3 hours`, `12 minutes`, `40 seconds`: rounded down. */
export function ageText(ageMs: number): string {
  const unit = AGE_UNITS.find(({ ms }) => ageMs >= 2 * ms) ?? { name: 'second', ms: 1000 };
  return `${Math.floor(ageMs / unit.ms)} ${unit.name}s`;
}
