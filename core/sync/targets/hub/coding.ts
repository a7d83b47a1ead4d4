import { gzip, zstdCompress } from 'node:zlib';

/** Content codings in which the target can send, the better one first. */
export const CODINGS = ['zstd', 'gzip', 'identity'] as const;
export type Coding = (typeof CODINGS)[number];

/**
 * The best coding that the hub takes, by the `Accept-Encoding` of its reply (RFC 9110 section 12.5.3); `identity`, which
 * everybody takes, where it names none. A weight of 0 forbids.
 */
export function chooseCoding(accepted: string | undefined): Coding {
  const taken = (accepted ?? '').split(',').flatMap((item) => {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter)) ? [] : [name];
  });
  return CODINGS.find((coding) => taken.includes(coding)) ?? 'identity';
}

/** Off the main thread, so that no poll waits for it. */
export function encode(bytes: Uint8Array, coding: Coding): Promise<Uint8Array> {
  if (coding === 'identity') return Promise.resolve(bytes);
  const compress = coding === 'zstd' ? zstdCompress : gzip;
  return new Promise((resolve, reject) => {
    compress(bytes, (error, coded) => (error === null ? resolve(coded) : reject(error)));
  });
}
