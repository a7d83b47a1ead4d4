import { fromBase64, toBytes } from './bytes.ts';
import type { BundleEntry } from './entry-line.ts';
import type { EvidenceMachine, Signed } from './machine.ts';
import { Refusal } from './refusal.ts';
import type { VerifierKey } from './verifier-key.ts';

/** Signatures that a machine is asked about at once, and such questions that may be open: some hundred KB at a time. */
const ASKED_AT_ONCE = 64;
const OPEN_MAX = 8;

interface Waiting {
  readonly place: string;
  readonly index: number;
}

interface Question {
  readonly waiting: readonly Waiting[];
  readonly answers: Promise<readonly boolean[]>;
}

/** Signatures of readings, looked at in the background and answered in their order. */
export class SignatureQueue {
  readonly #machine: EvidenceMachine;
  #next: (Waiting & { readonly signed: Signed })[] = [];
  readonly #open: Question[] = [];
  #checked = 0;

  constructor(machine: EvidenceMachine) {
    this.#machine = machine;
  }

  get checked(): number {
    return this.#checked;
  }

  /** Takes a reading; after it, what `enough` gives is to be awaited. */
  add({ index, body, readingText }: BundleEntry, key: VerifierKey, place: string): void {
    const text = readingText === undefined ? undefined : body.signature;
    const signature = typeof text === 'string' ? fromBase64(text) : undefined;
    // An empty signature signs nothing, so what has none gets its answer in its turn like every other.
    const signed = {
      publicKey: key.publicKey,
      message: toBytes(readingText ?? ''),
      signature: signature ?? NO_SIGNATURE,
    };
    this.#next.push({ place, index, signed });
    if (this.#next.length >= ASKED_AT_ONCE) this.#ask();
  }

  /** What to wait for before more is taken, or undefined. Rejects as `settle` does. */
  enough(): Promise<void> | undefined {
    return this.#open.length > OPEN_MAX ? this.#settleFirst() : undefined;
  }

  /** Waits for what is under way. @throws Refusal `LED_BUNDLE_SIGNATURE` for the first that does not hold */
  async settle(): Promise<void> {
    this.#ask();
    while (this.#open.length > 0) await this.#settleFirst();
  }

  #ask(): void {
    if (this.#next.length === 0) return;
    const waiting = this.#next;
    this.#next = [];
    const answers = this.#machine.areSigned(waiting.map(({ signed }) => signed));
    // Whoever waits for it hears of a failure; until then nobody does.
    answers.catch(() => {});
    this.#open.push({ waiting: waiting.map(({ place, index }) => ({ place, index })), answers });
  }

  async #settleFirst(): Promise<void> {
    const question = this.#open.shift();
    if (question === undefined) return;
    const { waiting } = question;
    const answers = await question.answers;
    const first = waiting.find((_, i) => answers[i] !== true);
    if (first !== undefined) {
      const sentence = `The reading of entry ${first.index} is not signed by the device.`;
      throw new Refusal('LED_BUNDLE_SIGNATURE', first.place, sentence);
    }
    this.#checked += waiting.length;
  }
}

const NO_SIGNATURE = new Uint8Array(0);
