import { distance } from 'fastest-levenshtein';

/** A name is near when at most a third of its letters, or two of them, have to change. */
const NEAR_EDITS_MIN = 2;
const NEAR_SHARE = 1 / 3;
/** The distance costs the product of the lengths; nothing that long is a slip of the pen. */
const LENGTH_MAX = 100;

/** The one of `names` that was probably meant by `text`, or undefined when none is near. Case and `-_ ` are ignored. */
export function nearestName(text: string, names: Iterable<string>): string | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const wanted = plain(text);
  let best: { name: string; edits: number } | undefined;
  for (const name of names) {
    const edits = distance(wanted, plain(name));
    if (best === undefined || edits < best.edits) best = { name, edits };
  }
  if (best === undefined) return undefined;
  const allowed = Math.max(NEAR_EDITS_MIN, Math.floor(wanted.length * NEAR_SHARE));
  return best.edits <= allowed && best.edits < wanted.length ? best.name : undefined;
}

/** `did you mean "flow"?`, or else the list of what is valid if it is short, or undefined. */
export function nameHint(text: string, names: readonly string[]): string | undefined {
  const nearest = nearestName(text, names);
  if (nearest !== undefined) return `did you mean "${nearest}"?`;
  return names.length > 0 && names.length <= LISTED_MAX ? `valid: ${names.join(', ')}` : undefined;
}

const LISTED_MAX = 16;

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '');
}
