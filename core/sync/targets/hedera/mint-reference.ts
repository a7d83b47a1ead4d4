/**
 * What a mint says of the energy that it stands for: on each certificate as its metadata, and with every mint as the memo of
 * its transaction. It names the attestation that the month's entry went out with, that entry, and a stretch of the energy.
 * Binding: docs/tokens.md.
 *
 *     fb1 0.0.5005/17 1234 q83vEjRWeJCrze8SNFZ4kA 3000000+1000000
 */
export interface MintReference {
  /** The topic and the number of the message whose run of entries holds the month's entry. */
  readonly topicId: string;
  readonly sequence: number;
  /** Index of the month's entry. */
  readonly entry: number;
  /** Its leaf hash (RFC 9162), 32 bytes in hexadecimal; the reference carries the first 16. */
  readonly hash: string;
  /** Where the stretch begins in the approved net energy of all closed months, one after another, and how long it is. */
  readonly fromWh: number;
  readonly wh: number;
}

/** The Token Service takes as many bytes of metadata, and a transaction as many of memo. */
export const REFERENCE_BYTES_MAX = 100;
const HASH_BYTES = 16;
const FORM = /^fb1 (\d+\.\d+\.\d+)\/([1-9]\d*) (0|[1-9]\d*) ([A-Za-z0-9_-]{22}) (0|[1-9]\d*)\+([1-9]\d*)$/;

/** @throws RangeError where it would be longer than the network takes, which no plant on Earth comes near */
export function mintReference({ topicId, sequence, entry, hash, fromWh, wh }: MintReference): string {
  const short = Buffer.from(hash, 'hex').subarray(0, HASH_BYTES).toString('base64url');
  const text = `fb1 ${topicId}/${sequence} ${entry} ${short} ${fromWh}+${wh}`;
  if (text.length > REFERENCE_BYTES_MAX) throw new RangeError(`the reference has ${text.length} bytes: ${text}`);
  return text;
}

/** What a text says as such a reference; its hash is the first 16 bytes. Undefined for any other text. */
export function readMintReference(text: string): MintReference | undefined {
  const [, topicId = '', sequence, entry, short = '', fromWh, wh] = FORM.exec(text) ?? [];
  const numbers = [sequence, entry, fromWh, wh].map(Number);
  if (topicId === '' || !numbers.every(Number.isSafeInteger)) return undefined;
  const [at = 0, index = 0, from = 0, length = 0] = numbers;
  const hash = Buffer.from(short, 'base64url').toString('hex');
  return { topicId, sequence: at, entry: index, hash, fromWh: from, wh: length };
}
