import { isSignedBy, type PlantKey, readKey } from './plant-key.ts';
import { invalid } from './upload-refused.ts';

type Json = Readonly<Record<string, unknown>>;

/** A line of an upload as it was read. */
export interface SentEntry {
  readonly index: number;
  readonly kind: unknown;
  readonly body: unknown;
}

interface Link {
  readonly key: PlantKey;
  readonly how: 'genesis' | 'rotated' | 'lost';
  /** Index of the entry that put it in force. */
  readonly from: number;
}

const PURPOSE = 'forebay/key-change/v1';
const STATEMENT = 'by,event,from,purpose,reason,root,size,to';

/**
 * The keys that a plant signs with, as its entries name them (docs/ledger.md, *Key*), written for the hub alone like its
 * tree. The first one, and one that takes over after a loss, must be among those that the hub was told of.
 */
export class PlantKeys {
  #links: readonly Link[] = [];

  copy(): PlantKeys {
    const copy = new PlantKeys();
    copy.#links = this.#links;
    return copy;
  }

  /**
   * Follows the next entry. `rootBefore` is that of the tree of the entries before it; `told` are the verifier keys that
   * the hub was told of, undefined for entries that it took before.
   *
   * @throws UploadRefused for a first entry or a change of the key that does not hold
   */
  follow({ index, kind, body }: SentEntry, rootBefore: () => Buffer, told: readonly string[] | undefined): void {
    if (index > 0 && kind !== 'key') return;
    const link = index === 0 ? firstOf(kind, asObject(body)) : this.#next(asObject(body), index, rootBefore());
    const isVouchedFor = link.how === 'rotated' || told === undefined || told.includes(link.key.text);
    if (!isVouchedFor)
      throw invalid(`the hub was not told of the key ${link.key.text}, which entry ${index} begins with`);
    this.#links = [...this.#links, link];
  }

  /**
   * Who must have signed a checkpoint over `size` entries, when the entries up to `to` are known: the key in force at
   * `to`; and where the last of them is a rotation that the checkpoint ends with, the key before as well.
   */
  signersOf(size: number, to: number): readonly PlantKey[] {
    const [current, before] = [this.#links.at(-1), this.#links.at(-2)];
    if (current === undefined) throw invalid('no key of the plant is known');
    const isRotation = current.how === 'rotated' && current.from === size - 1 && size === to;
    return isRotation && before !== undefined ? [current.key, before.key] : [current.key];
  }

  #next(body: Json, index: number, root: Buffer): Link {
    const refuse = (why: string) => invalid(`the change of the key in entry ${index} ${why}`);
    const { v, event, newSignature, oldSignature, ...rest } = body;
    const statement = asObject(rest.statement);
    const to = readKey(statement.to);
    const isForm =
      v === 1 &&
      (event === 'rotated' || event === 'lost') &&
      (event === 'rotated') === 'oldSignature' in body &&
      Object.keys(rest).length === 1 &&
      Object.keys(statement).join() === STATEMENT &&
      statement.purpose === PURPOSE &&
      statement.event === event;
    const current = this.#links.at(-1)?.key;
    if (!isForm || to === undefined || current === undefined) throw refuse('has another form');
    if (statement.from !== current.text) throw refuse('replaces another key than the one in force');
    if (to.name !== current.name) throw refuse('gives the new key another name than the ledger has');
    if (this.#links.some(({ key }) => key.text === to.text)) throw refuse('puts a key in force again');
    if (statement.size !== index || statement.root !== root.toString('base64')) {
      throw refuse('was stated for another ledger or another place in it');
    }
    // Read from canonical form and written in the order in which it was read, it is canonical form again.
    const signed = JSON.stringify(statement);
    if (!isSignedBy(to, signed, newSignature)) throw refuse('is not signed by the new key');
    if (event === 'rotated' && !isSignedBy(current, signed, oldSignature)) {
      throw refuse('is not signed by the key that it replaces');
    }
    return { key: to, how: event, from: index };
  }
}

function firstOf(kind: unknown, { deviceKey }: Json): Link {
  const key = kind === 'genesis' ? readKey(deviceKey) : undefined;
  if (key === undefined) throw invalid('its first entry names no key of the plant');
  return { key, how: 'genesis', from: 0 };
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
