import { createHash } from 'node:crypto';

/** A certificate's two digests: `sha1` is the thumbprint that OPC UA tools show, `sha256` the one that is relied on. */
export interface Thumbprints {
  readonly sha1: string;
  readonly sha256: string;
}

const HEX = /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/;

export function thumbprintsOf(certificate: Uint8Array): Thumbprints {
  const digest = (algorithm: string): string => createHash(algorithm).update(certificate).digest('hex').toUpperCase();
  return { sha1: digest('sha1'), sha256: digest('sha256') };
}

/** 40 or 64 upper-case hexadecimal digits, from what a person copied with colons or blanks; undefined if it is none. */
export function normalThumbprint(text: string): string | undefined {
  const digits = text.replace(/[\s:.-]/g, '').toUpperCase();
  return HEX.test(digits) ? digits : undefined;
}

/** Whether `normal`, of either length, is this certificate's. */
export function isThumbprint(normal: string, { sha1, sha256 }: Thumbprints): boolean {
  return normal === sha1 || normal === sha256;
}

/** For people to compare: pairs with colons. */
export function shownThumbprint(normal: string): string {
  return normal.match(/../g)?.join(':') ?? normal;
}
