const HEAD = 8;
const TAIL = 6;

/** Enough of a digest to compare two by eye; the whole one belongs beside it or in the tooltip. */
export function shortDigest(digest: string): string {
  return digest.length <= HEAD + TAIL + 1 ? digest : `${digest.slice(0, HEAD)}…${digest.slice(-TAIL)}`;
}
