import { type Random, seededRandom } from '../../../core/model/random.ts';

/** Everything that this network can do wrong. */
export const FAULTS = [
  // A node turns a transaction away that it could have taken.
  'busy',
  'platform-transaction-not-created',
  'platform-not-active',
  'unknown',
  'invalid-node-account',
  'transaction-expired',
  'invalid-transaction-start',
  // A call ends with a status of gRPC and nothing was done.
  'grpc-cancelled',
  'grpc-unknown',
  'grpc-deadline-exceeded',
  'grpc-resource-exhausted',
  'grpc-internal',
  'grpc-unavailable',
  'grpc-17',
  'rst-stream',
  // A node takes the transaction, and the answer does not come through.
  'accepted-reset',
  'accepted-hang',
  'accepted-unavailable',
  'accepted-busy',
  'accepted-unparsable',
  'node-dies-after-accepting',
  // A node takes the transaction, says so, and it never comes to consensus.
  'accepted-and-lost',
  'throttled-at-consensus',
  'receipt-unknown',
  'receipt-not-found',
  'receipt-status-only',
  // The transaction never comes to consensus, and the receipt says SUCCESS.
  'receipt-lies',
  // Happen to a node, or to all, at any moment; their probability is the share of the time that they take.
  'node-cut',
  'node-black-holed',
  'all-nodes-down',
  'mirror-behind',
  'mirror-stale-replica',
  'mirror-404',
  'mirror-429',
  'mirror-500',
  'mirror-html',
  'mirror-hang',
] as const;

export type Fault = (typeof FAULTS)[number];
export type FaultRates = Readonly<Partial<Record<Fault, number>>>;

/** Says when which fault happens: by chance from a seed, or the next times that a test asks for. Counts what happened. */
export class FaultScript {
  readonly #rates: FaultRates;
  readonly #randoms = new Map<Fault, Random>();
  readonly #asked = new Map<Fault, number>();
  readonly #counts = new Map<Fault, number>();
  readonly #seed: number;
  #isQuiet = false;

  /** `rates` holds probabilities by fault, or is one for each of them. */
  constructor(seed: number, rates: FaultRates | number) {
    this.#seed = seed;
    this.#rates =
      typeof rates === 'number' ? Object.fromEntries(FAULTS.map((fault): [Fault, number] => [fault, rates])) : rates;
  }

  /** Lets the fault happen at the next `times` occasions, whatever its probability. */
  next(fault: Fault, times = 1): void {
    this.#asked.set(fault, (this.#asked.get(fault) ?? 0) + times);
  }

  /** Ends all faults, asked for and by chance: the network behaves from now on. */
  quieten(): void {
    this.#isQuiet = true;
    this.#asked.clear();
  }

  /**
   * True if the fault happens on this occasion. Each fault draws numbers of its own. `share` is how much of its probability
   * falls on one occasion, for what is looked at more often than it lasts.
   */
  happens(fault: Fault, share = 1): boolean {
    const asked = this.#asked.get(fault) ?? 0;
    if (asked > 0) this.#asked.set(fault, asked - 1);
    const happens = asked > 0 || (!this.#isQuiet && this.#randomOf(fault).next() < (this.#rates[fault] ?? 0) * share);
    if (happens) this.#counts.set(fault, this.count(fault) + 1);
    return happens;
  }

  /** The first of the faults that happens on this occasion. */
  firstOf(faults: readonly Fault[]): Fault | undefined {
    return faults.find((fault) => this.happens(fault));
  }

  /** How often it happened. */
  count(fault: Fault): number {
    return this.#counts.get(fault) ?? 0;
  }

  /** How often each happened; those that did not are there with 0. */
  counts(): Record<Fault, number> {
    return Object.fromEntries(FAULTS.map((fault) => [fault, this.count(fault)])) as Record<Fault, number>;
  }

  #randomOf(fault: Fault): Random {
    const random = this.#randoms.get(fault) ?? seededRandom(this.#seed + FAULTS.indexOf(fault) * 7919);
    this.#randoms.set(fault, random);
    return random;
  }
}
