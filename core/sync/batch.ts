/**
 * A sealed run of entries with the message that states it. The message is signed and recorded in a `batch` entry before
 * anything is sent, so that every target is given the same bytes, whenever and however often it is tried.
 */
export interface Batch {
  /** Index of its entry: the batch's own number. */
  readonly index: number;
  /** SHA-256 of the message, hexadecimal: what a target knows it by. */
  readonly id: string;
  /** The signed attestation, canonical JSON of at most 1,024 bytes. */
  readonly message: string;
  /** The sealed entries `[first, end)`, under the checkpoint of `size` entries. */
  readonly first: number;
  readonly end: number;
  readonly size: number;
}
