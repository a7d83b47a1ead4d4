import type { Fault } from '../../core/model/fault.ts';
import { findNode, type JsonSteps, writePath } from './json-path.ts';
import { type JsonNode, readJson } from './json-tree.ts';
import { doubledName, notJson, notText, pathAbsent, payloadTooLarge } from './value-fault.ts';

/** Messages with values are small; what is larger is something else on the same topic. */
export const PAYLOAD_BYTES_MAX = 256 * 1024;

/** The way to the value of a point in its topic's messages, and to what belongs to it. */
export interface Paths {
  /** Undefined: the whole payload is the value. */
  readonly value: JsonSteps | undefined;
  readonly time: JsonSteps | undefined;
  readonly quality: JsonSteps | undefined;
}

export type ExcerptOutcome =
  | { readonly kind: 'raw'; readonly raw: Uint8Array }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** One message, read once for all the points of its topic. */
export class Payload {
  readonly #text: string | undefined;
  readonly #flaw: Fault | undefined;
  #root: JsonNode | undefined;
  #jsonFlaw: Fault | undefined;

  constructor(bytes: Uint8Array) {
    if (bytes.length > PAYLOAD_BYTES_MAX) {
      this.#flaw = payloadTooLarge(bytes.length, PAYLOAD_BYTES_MAX);
      return;
    }
    try {
      this.#text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      this.#flaw = notText();
    }
  }

  /** The bytes that a sample keeps: the source of the value, of its time and of its quality, a line each. */
  excerpt(paths: Paths): ExcerptOutcome {
    const text = this.#text;
    if (text === undefined) return faulty(this.#flaw ?? notText());
    if (paths.value === undefined) return { kind: 'raw', raw: Buffer.from(text.trim(), 'utf8') };
    const root = this.#tree(text);
    if (root === undefined) return faulty(this.#jsonFlaw ?? notText());
    const lines: string[] = [];
    for (const steps of [paths.value, paths.time, paths.quality]) {
      if (steps === undefined) continue;
      const found = findNode(root, steps);
      if (found.kind === 'doubled') return faulty(doubledName(found.at));
      if (found.kind === 'absent') return faulty(pathAbsent(writePath(steps), found.at, found.there));
      lines.push(sourceOf(text, found.node));
    }
    return { kind: 'raw', raw: Buffer.from(lines.join('\n'), 'utf8') };
  }

  #tree(text: string): JsonNode | undefined {
    if (this.#root === undefined && this.#jsonFlaw === undefined) {
      const read = readJson(text);
      if (read.kind === 'tree') this.#root = read.root;
      else this.#jsonFlaw = notJson(read.what, read.at, text);
    }
    return this.#root;
  }
}

/** A number or a text never holds a line end, so lines keep apart what stands beside each other. */
function sourceOf(text: string, node: JsonNode): string {
  if (node.kind === 'object') return '{}';
  return node.kind === 'array' ? '[]' : text.slice(node.start, node.end);
}

function faulty(fault: Fault): ExcerptOutcome {
  return { kind: 'fault', fault };
}
