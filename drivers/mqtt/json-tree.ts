/**
 * A strict reader of JSON (RFC 8259) that keeps what `JSON.parse` throws away: the text of every number, so that a
 * 64-bit counter keeps its last digit, and names that stand twice in one object, of which nobody knows which is meant.
 */
export type JsonNode = JsonObjectNode | JsonArrayNode | JsonTextNode | JsonPlainNode;

interface Place {
  /** Where the value stands in the text: `text.slice(start, end)` is its source. */
  readonly start: number;
  readonly end: number;
}

export interface JsonObjectNode extends Place {
  readonly kind: 'object';
  readonly members: ReadonlyMap<string, JsonNode>;
  /** Names that stand more than once. */
  readonly doubled: ReadonlySet<string>;
}

export interface JsonArrayNode extends Place {
  readonly kind: 'array';
  readonly items: readonly JsonNode[];
}

export interface JsonTextNode extends Place {
  readonly kind: 'text';
  /** Without quotes and escapes. */
  readonly text: string;
}

/** `nonfinite` is NaN or an infinity: no JSON, but what several encoders write; its neighbours stay readable. */
export interface JsonPlainNode extends Place {
  readonly kind: 'number' | 'boolean' | 'null' | 'nonfinite';
}

export type JsonOutcome =
  | { readonly kind: 'tree'; readonly root: JsonNode }
  | { readonly kind: 'flaw'; readonly what: string; readonly at: number };

const DEPTH_MAX = 32;
const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /-?[A-Za-z]+/y;
/** A text without what JSON forbids in it: bare control characters and unknown escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these.
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS: Readonly<Record<string, JsonPlainNode['kind']>> = {
  true: 'boolean',
  false: 'boolean',
  null: 'null',
  NaN: 'nonfinite',
  nan: 'nonfinite',
  Infinity: 'nonfinite',
  '-Infinity': 'nonfinite',
  inf: 'nonfinite',
  '-inf': 'nonfinite',
};

export function readJson(text: string): JsonOutcome {
  const reader = new JsonReader(text);
  try {
    return { kind: 'tree', root: reader.whole() };
  } catch (error) {
    if (error instanceof Flaw) return { kind: 'flaw', what: error.message, at: error.at };
    throw error;
  }
}

class Flaw extends Error {
  readonly at: number;

  constructor(what: string, at: number) {
    super(what);
    this.at = at;
  }
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): JsonNode {
    const root = this.#value(0);
    if (this.#at < this.#text.length) throw new Flaw('text goes on after the value', this.#at);
    return root;
  }

  #value(depth: number): JsonNode {
    if (depth > DEPTH_MAX) throw new Flaw(`more than ${DEPTH_MAX} levels`, this.#at);
    this.#match(BLANK);
    const next = this.#text[this.#at];
    const node =
      next === '{'
        ? this.#object(depth)
        : next === '['
          ? this.#array(depth)
          : next === '"'
            ? this.#string()
            : this.#word();
    this.#match(BLANK);
    return node;
  }

  #object(depth: number): JsonObjectNode {
    const start = this.#at;
    const members = new Map<string, JsonNode>();
    const doubled = new Set<string>();
    this.#at += 1;
    this.#match(BLANK);
    while (this.#text[this.#at] !== '}') {
      if (members.size > 0) this.#expect(',');
      this.#match(BLANK);
      if (this.#text[this.#at] !== '"') throw new Flaw('a name in double quotes is missing', this.#at);
      const { text: name } = this.#string();
      this.#match(BLANK);
      this.#expect(':');
      const value = this.#value(depth + 1);
      if (members.has(name)) doubled.add(name);
      members.set(name, value);
    }
    this.#at += 1;
    return { kind: 'object', start, end: this.#at, members, doubled };
  }

  #array(depth: number): JsonArrayNode {
    const start = this.#at;
    const items: JsonNode[] = [];
    this.#at += 1;
    this.#match(BLANK);
    while (this.#text[this.#at] !== ']') {
      if (items.length > 0) this.#expect(',');
      items.push(this.#value(depth + 1));
    }
    this.#at += 1;
    return { kind: 'array', start, end: this.#at, items };
  }

  #string(): JsonTextNode {
    const start = this.#at;
    const source = this.#match(TEXT);
    if (source === undefined) throw new Flaw('a text does not end, or holds a character that JSON forbids', start);
    return { kind: 'text', start, end: this.#at, text: JSON.parse(source) as string };
  }

  #word(): JsonPlainNode {
    const start = this.#at;
    if (this.#match(NUMBER) !== undefined) {
      const next = this.#text[this.#at] ?? '';
      if (/[0-9A-Za-z.+_]/.test(next)) throw new Flaw('a number is not written as JSON wants it', start);
      return { kind: 'number', start, end: this.#at };
    }
    const word = this.#match(WORD);
    const kind = word === undefined ? undefined : WORDS[word];
    if (kind === undefined || !Object.hasOwn(WORDS, word ?? '')) {
      throw new Flaw(start >= this.#text.length ? 'it ends too early' : 'a value is missing or unknown', start);
    }
    return { kind, start, end: this.#at };
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) {
      throw new Flaw(this.#at >= this.#text.length ? 'it ends too early' : `"${character}" is missing`, this.#at);
    }
    this.#at += 1;
  }

  #match(expression: RegExp): string | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text)?.[0];
    if (match !== undefined) this.#at += match.length;
    return match;
  }
}
