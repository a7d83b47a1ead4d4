import type { MonthClosed } from '../ledger/month-closed.ts';

/** A close as its entry says it. */
export interface Close {
  readonly index: number;
  readonly at: string;
  readonly body: MonthClosed;
}

/** The closes of a ledger, in the order of their entries: the newest of a month is the one in force. */
export class ClosedMonths {
  readonly #closes: readonly Close[];
  readonly #inForce = new Map<string, Close>();

  constructor(closes: readonly Close[]) {
    this.#closes = closes;
    for (const close of closes) this.#inForce.set(close.body.month, close);
  }

  inForce(month: string): Close | undefined {
    return this.#inForce.get(month);
  }

  /** All closes of a month, the one in force last. */
  of(month: string): readonly Close[] {
    return this.#closes.filter(({ body }) => body.month === month);
  }

  /** The close in force of the latest month before this one. */
  before(month: string): Close | undefined {
    const earlier = [...this.#inForce.values()].filter(({ body }) => body.month < month);
    return earlier.toSorted((a, b) => (a.body.month < b.body.month ? -1 : 1)).at(-1);
  }

  /** Any close whose time overlaps `[fromMs, toMs)` though it is of another month: its zone was another one. */
  overlapping(month: string, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): Close | undefined {
    return [...this.#inForce.values()].find(
      ({ body }) => body.month !== month && Date.parse(body.from) < toMs && Date.parse(body.to) > fromMs,
    );
  }

  /** The first close there is: its zone is that of all others. */
  get first(): Close | undefined {
    return this.#closes[0];
  }
}
