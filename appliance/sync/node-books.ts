import type { Clock } from '../../core/model/clock.ts';
import type { Log } from '../../core/model/log.ts';
import type { ReadableStore, WritableStore } from '../../core/store/handle.ts';
import { readNote, writeNote } from '../../core/store/notes.ts';
import type { SyncFault } from '../../core/sync/target.ts';
import type { MirrorClient } from '../../core/sync/targets/hedera/mirror.ts';
import {
  type BookNode,
  bookChanges,
  isSameNetwork,
  type NodeBook,
  readNodeBook,
} from '../../core/sync/targets/hedera/node-book.ts';

export interface NodeBooksParts {
  readonly network: string;
  readonly mirror: Pick<MirrorClient, 'nodePage' | 'url'>;
  readonly store: WritableStore;
  readonly clock: Pick<Clock, 'wallMs' | 'monotonicMs'>;
  readonly log: Log;
}

/** The mainnet's book takes about 50 KB, which a metered link pays for. */
const RENEW_AFTER_MS = 7 * 86_400_000;
/** While nodes do not answer, a new book is asked for at most so often. */
const FAILING_EVERY_MS = 3_600_000;
const PAGES_MAX = 50;

/** The address book that was kept of the network; undefined where none was taken yet. */
export function keptBook(store: ReadableStore, network: string): NodeBook | undefined {
  const text = readNote(store, noteOf(network));
  return text === undefined ? undefined : readNodeBook(text);
}

function noteOf(network: string): string {
  return `hedera-nodes-${network}`;
}

/**
 * The address book of a public network: the one that came with Forebay, until a mirror gives a newer one. That is taken each
 * week and when nodes do not answer, and kept in the store, so that weeks without a link begin with the last one. A book
 * that shares too little with what was known is refused and said, for it would send everything to strangers.
 */
export class NodeBooks {
  readonly #parts: NodeBooksParts;
  #isLooking = false;
  #triedAtMs: number | undefined;
  #notice: SyncFault | undefined;

  constructor(parts: NodeBooksParts) {
    this.#parts = parts;
  }

  get nodes(): readonly BookNode[] | undefined {
    return keptBook(this.#parts.store, this.#parts.network)?.nodes;
  }

  /** That a book was refused, until one is taken. */
  get notice(): SyncFault | undefined {
    return this.#notice;
  }

  /**
   * Takes a new book where it is time for that, and nothing else does already. Never rejects: with no new book the one that
   * is there goes on.
   *
   * @returns whether the nodes are others than before
   */
  async look(why: 'in-turn' | 'nodes-silent', bundled: () => Promise<readonly BookNode[]>): Promise<boolean> {
    if (this.#isLooking || !this.#isDue(why)) return false;
    this.#isLooking = true;
    this.#triedAtMs = this.#parts.clock.monotonicMs();
    try {
      return await this.#renew(bundled);
    } catch (error) {
      this.#parts.log.warn({ error: String(error) }, 'The address book could not be renewed');
      return false;
    } finally {
      this.#isLooking = false;
    }
  }

  #isDue(why: 'in-turn' | 'nodes-silent'): boolean {
    const { clock, store, network } = this.#parts;
    if (this.#triedAtMs !== undefined && clock.monotonicMs() - this.#triedAtMs < FAILING_EVERY_MS) return false;
    if (why === 'nodes-silent') return true;
    const takenMs = keptBook(store, network)?.takenMs;
    // A book from the future was taken while the clock was wrong.
    return takenMs === undefined || Math.abs(clock.wallMs() - takenMs) > RENEW_AFTER_MS;
  }

  async #renew(bundled: () => Promise<readonly BookNode[]>): Promise<boolean> {
    const { network, mirror, store, clock, log } = this.#parts;
    const fresh = await allNodes(mirror);
    if (fresh === undefined) return false;
    const came = await bundled();
    // Who would give it has ended meanwhile.
    if (came.length === 0) return false;
    const known = this.nodes ?? came;
    const book: NodeBook = { takenMs: clock.wallMs(), mirrorUrl: mirror.url, nodes: fresh };
    const text = JSON.stringify(book);
    const isWhole = readNodeBook(text) !== undefined;
    if (!isWhole || ![known, came].some((one) => isSameNetwork(one, fresh))) {
      this.#notice = strangeBook(mirror.url, fresh.length);
      log.warn({ code: this.#notice.code, nodes: fresh.map(({ accountId }) => accountId) }, this.#notice.message);
      return false;
    }
    this.#notice = undefined;
    store.write(() => writeNote(store, noteOf(network), text));
    const { changed, gone } = bookChanges(known, fresh);
    if (changed.length + gone.length === 0) return false;
    log.warn({ changed, gone, mirror: mirror.url }, 'The address book of the network changed');
    return true;
  }
}

async function allNodes(mirror: NodeBooksParts['mirror']): Promise<readonly BookNode[] | undefined> {
  const nodes: BookNode[] = [];
  let query: string | undefined = 'limit=25&order=asc';
  for (let pages = 0; query !== undefined; pages += 1) {
    if (pages === PAGES_MAX) return undefined;
    const page = await mirror.nodePage(query);
    if (page.kind !== 'found') return undefined;
    nodes.push(...page.value.nodes.filter(({ hosts }) => hosts.length > 0));
    query = page.value.next;
  }
  return nodes;
}

function strangeBook(url: string, count: number): SyncFault {
  return {
    code: 'SYN_HEDERA_BOOK_STRANGE',
    message: `The mirror ${url} gives an address book of ${count} nodes that has little in common with the one that is known, so it is not used.`,
    hint: 'compare with another mirror; after years without a link, a newer Forebay brings a newer address book',
  };
}
