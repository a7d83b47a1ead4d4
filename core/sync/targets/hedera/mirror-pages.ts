import type { MirrorClient, MirrorOutcome } from './mirror.ts';
import type { MirrorMessage } from './mirror-answers.ts';
import type { ProvingMirror } from './prove-message.ts';

const PAGE = 100;

/**
 * A mirror that is asked for a hundred messages at a time, for whoever goes through a topic from its beginning to its end.
 * What a page lacks is asked for by itself, so that "absent" is never concluded from a page.
 */
export class MirrorPages implements ProvingMirror {
  readonly #mirror: MirrorClient;
  #topicId = '';
  #page = new Map<number, MirrorMessage>();

  constructor(mirror: MirrorClient) {
    this.#mirror = mirror;
  }

  get url(): string {
    return this.#mirror.url;
  }

  async message(topicId: string, sequence: number, signal?: AbortSignal): Promise<MirrorOutcome<MirrorMessage>> {
    const known = topicId === this.#topicId ? this.#page.get(sequence) : undefined;
    if (known !== undefined) return { kind: 'found', value: known };
    // The one before it is needed for the running hash.
    const fromSequence = Math.max(1, sequence - 1);
    const page = await this.#mirror.messages(topicId, { fromSequence, order: 'oldest-first', limit: PAGE }, signal);
    if (page.kind === 'failed') return page;
    this.#topicId = topicId;
    this.#page = new Map(page.kind === 'found' ? page.value.map((message) => [message.sequence, message]) : []);
    const found = this.#page.get(sequence);
    return found === undefined ? this.#mirror.message(topicId, sequence, signal) : { kind: 'found', value: found };
  }

  transaction: ProvingMirror['transaction'] = (id, signal) => this.#mirror.transaction(id, signal);
  time: ProvingMirror['time'] = (topicId, signal) => this.#mirror.time(topicId, signal);
}
