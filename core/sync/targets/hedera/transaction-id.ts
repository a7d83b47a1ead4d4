import { instantText, type Nanos, parseInstant } from './instant.ts';

/** `0.0.1001@1683553059.977315003`: who pays, and from when on the transaction is valid. */
export interface TransactionId {
  readonly payerId: string;
  readonly validStart: Nanos;
}

export function transactionIdText({ payerId, validStart }: TransactionId): string {
  return `${payerId}@${instantText(validStart)}`;
}

/** As paths and answers of a mirror have it: `0.0.1001-1683553059-977315003`. */
export function mirrorIdText(id: TransactionId): string {
  return transactionIdText(id).replace(/[@]|\.(?=\d{9}$)/g, '-');
}

/** Reads either form; undefined when the text is none. */
export function parseTransactionId(text: string): TransactionId | undefined {
  const [, payerId, seconds, nanos] = /^(\d+\.\d+\.\d+)[@-](\d{1,11})[.-](\d{9})$/.exec(text) ?? [];
  const validStart = parseInstant(`${seconds}.${nanos}`);
  return payerId === undefined || validStart === undefined ? undefined : { payerId, validStart };
}
