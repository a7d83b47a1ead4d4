const MARKED = /`([^`]+)`|(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z)/g;

/** A piece of a sentence: as it stands, a moment (ISO 8601 UTC), or what somebody types. */
export type SentencePart = { readonly text: string } | { readonly at: string } | { readonly typed: string };

/** A sentence of the appliance in its parts. */
export function sentenceParts(text: string): readonly SentencePart[] {
  const parts: SentencePart[] = [];
  let end = 0;
  for (const { 0: whole, 1: typed, 2: at, index } of text.matchAll(MARKED)) {
    if (at !== undefined && Number.isNaN(Date.parse(at))) continue;
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push(at === undefined ? { typed: typed ?? whole } : { at });
    end = index + whole.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}
