/** A moment to the nanosecond, as Hedera counts: nanoseconds since 1970-01-01T00:00:00Z. */
export type Nanos = bigint;

const SECOND = 1_000_000_000n;
const MILLISECOND = 1_000_000n;
const FORM = /^(\d{1,11})\.(\d{9})$/;

/** Reads a mirror's `1683553059.977315003`; undefined when the text is none. */
export function parseInstant(text: string): Nanos | undefined {
  const [, seconds, nanos] = FORM.exec(text) ?? [];
  return seconds === undefined || nanos === undefined ? undefined : BigInt(seconds) * SECOND + BigInt(nanos);
}

/** `1683553059.977315003` */
export function instantText(at: Nanos): string {
  return `${at / SECOND}.${String(at % SECOND).padStart(9, '0')}`;
}

/** ISO 8601 UTC to the nanosecond: `2023-05-08T13:37:39.977315003Z`. */
export function instantIso(at: Nanos): string {
  const seconds = new Date(Number(at / SECOND) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(at % SECOND).padStart(9, '0')}Z`;
}

export function nanosOf(ms: number): Nanos {
  return BigInt(Math.round(ms)) * MILLISECOND;
}

export function msOf(at: Nanos): number {
  return Number(at / MILLISECOND);
}

export function secondsOf(at: Nanos): { readonly seconds: bigint; readonly nanos: number } {
  return { seconds: at / SECOND, nanos: Number(at % SECOND) };
}
