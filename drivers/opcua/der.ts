/** The little of ITU-T X.690 (DER) that a certificate needs. Every function gives one complete element. */

const FORM = {
  boolean: 1,
  integer: 2,
  bits: 3,
  octets: 4,
  null: 5,
  oid: 6,
  utf8: 12,
  sequence: 0x30,
  set: 0x31,
} as const;

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(FORM.sequence, Buffer.concat(parts));
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return element(FORM.set, Buffer.concat(parts));
}

/** A context-specific element: `holds` says whether it wraps other elements or plain bytes. */
export function tagged(number: number, holds: 'elements' | 'bytes', content: Uint8Array): Buffer {
  return element((holds === 'elements' ? 0xa0 : 0x80) | number, content);
}

/** A whole number that is not negative, from its bytes with the most significant first. */
export function unsigned(bytes: Uint8Array): Buffer {
  const first = bytes[0] ?? 0;
  return element(FORM.integer, first < 0x80 && bytes.length > 0 ? bytes : Buffer.concat([Buffer.of(0), bytes]));
}

export function boolean(value: 'true' | 'false'): Buffer {
  return element(FORM.boolean, Buffer.of(value === 'true' ? 0xff : 0));
}

export function nothing(): Buffer {
  return element(FORM.null, Buffer.alloc(0));
}

export function octets(content: Uint8Array): Buffer {
  return element(FORM.octets, content);
}

/** A bit string; `unusedBits` of its last byte do not count. */
export function bits(content: Uint8Array, unusedBits = 0): Buffer {
  return element(FORM.bits, Buffer.concat([Buffer.of(unusedBits), content]));
}

export function utf8(text: string): Buffer {
  return element(FORM.utf8, Buffer.from(text, 'utf8'));
}

/** An object identifier in its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(FORM.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on, as RFC 5280 clause 4.1.2.5 asks. */
export function time(utcMs: number): Buffer {
  const digits = new Date(utcMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return digits < '2050'
    ? element(23, Buffer.from(digits.slice(2), 'ascii'))
    : element(24, Buffer.from(digits, 'ascii'));
}

function base128(part: number): number[] {
  const groups = [part & 0x7f];
  for (let rest = part >>> 7; rest > 0; rest >>>= 7) groups.unshift((rest & 0x7f) | 0x80);
  return groups;
}

function element(form: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(form), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}
