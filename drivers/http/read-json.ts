/** A body as JSON, with the very digits of each number: a register of 17 digits is more than a double can hold. */
export interface JsonBody {
  readonly value: unknown;
  /** The text of the number that stands under `key` in `holder`, as it was sent. */
  sourceOf(holder: object, key: string): string | undefined;
}

export type JsonOutcome =
  | { readonly kind: 'json'; readonly body: JsonBody }
  | { readonly kind: 'problem'; readonly message: string; readonly hint: string };

const DEPTH_MAX = 12;

/**
 * Reads a body strictly: UTF-8, JSON (RFC 8259), no key twice in one object (RFC 7493, which canonical JSON stands on),
 * no deep nesting. Never throws.
 */
export function readJson(bytes: Uint8Array): JsonOutcome {
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    return problem('The body is not UTF-8 text.', 'send the JSON as it is: no compression, no UTF-16');
  }
  if (text.trim() === '') return problem('The body is empty.', 'send the readings as JSON');
  const sources = new WeakMap<object, Map<string, string>>();
  try {
    // First of all: what `scan` looks at is JSON then, and takes no more steps than it has characters.
    JSON.parse(text);
    const shape = scan(text);
    if (shape.depth > DEPTH_MAX) return problem('The body is nested too deeply.', 'see /docs for both forms');
    const value: unknown = JSON.parse(text, function (this: object, key, item: unknown, context?: { source?: string }) {
      if (typeof item === 'number' && context?.source !== undefined) {
        const own = sources.get(this) ?? new Map<string, string>();
        sources.set(this, own.set(key, context.source));
      }
      return item;
    });
    if (shape.twice !== undefined) {
      return problem(`The key "${shape.twice}" stands twice in one object.`, 'which of the two holds? send one');
    }
    return { kind: 'json', body: { value, sourceOf: (holder, key) => sources.get(holder)?.get(key) } };
  } catch (error) {
    const isNotANumber = /(?:^|[[,:\s])-?(?:NaN|Infinity|nan|inf)\b/.test(text);
    const hint = isNotANumber
      ? 'JSON has no NaN and no Infinity: leave the field out, or send null, when there is no value'
      : 'check quotes, commas and decimal points';
    return problem(`The body is not JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.`, hint);
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function problem(message: string, hint: string): JsonOutcome {
  return { kind: 'problem', message, hint };
}

/**
 * Depth, and the first key that comes twice, of a text that is JSON. Of any other text it says something or other, and
 * takes a time that grows with the square of its length: every quote of a text that never ends begins a search.
 */
function scan(text: string): { readonly depth: number; readonly twice: string | undefined } {
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;
  const open: (Set<string> | undefined)[] = [];
  let depth = 0;
  let twice: string | undefined;
  for (const [found, colon] of text.matchAll(token)) {
    if (found === '{' || found === '[') {
      open.push(found === '{' ? new Set() : undefined);
      depth = Math.max(depth, open.length);
    } else if (found === '}' || found === ']') {
      open.pop();
    } else if (colon !== undefined) {
      const key = JSON.parse(found.slice(0, found.length - colon.length)) as string;
      const keys = open.at(-1);
      if (keys?.has(key) === true) twice ??= key;
      keys?.add(key);
    }
  }
  return { depth, twice };
}
