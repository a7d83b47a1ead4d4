import type { CancelTimer, Clock } from '../model/clock.ts';
import { median } from '../model/median.ts';
import type { Random } from '../model/random.ts';
import type { OutsideTime } from './clock-trust.ts';

/** What one question to one server came to. */
export type TimeAnswer =
  | { readonly kind: 'time'; readonly offsetMs: number; readonly boundMs: number }
  /** `silent`: ask again later. `leave`: the server asked to be left alone (a kiss-of-death packet). */
  | { readonly kind: 'silent' | 'leave'; readonly why: string };

export interface TimeServersParts {
  readonly hosts: readonly string[];
  readonly ask: (host: string, signal: AbortSignal) => Promise<TimeAnswer>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onTime: (outside: OutsideTime) => void;
}

export interface TimeServerState {
  readonly host: string;
  /** In words: what it last said. */
  readonly state: string;
  readonly offsetMs?: number;
}

const FIRST_MS = 2000;
const EVERY_MS = 900_000;
/** While no majority answered. */
const RETRY_MS = 120_000;
const DEADLINE_MS = 5000;
/** A server that asked for it is left alone for a day: NTP clients that do not obey are a plague (RFC 5905 7.4). */
const LEAVE_MS = 86_400_000;
/** Servers agree within this beside their own bounds. */
const AGREE_MS = 500;
/** The panic threshold of RFC 5905 (PANICT, 1000 s): one server alone is not believed to say such a thing. */
const PANIC_MS = 1_000_000;

/** Asks the configured time servers now and then, and tells what a majority of them agrees on. */
export class TimeServers {
  readonly #parts: TimeServersParts;
  readonly #stopping = new AbortController();
  readonly #states = new Map<string, TimeServerState>();
  readonly #leaveUntilMs = new Map<string, number>();
  #cancel: CancelTimer | undefined;
  #round = 0;
  #isStarted = false;

  constructor(parts: TimeServersParts) {
    this.#parts = parts;
    for (const host of parts.hosts) this.#states.set(host, { host, state: 'not asked yet' });
  }

  get states(): readonly TimeServerState[] {
    return [...this.#states.values()];
  }

  start(): void {
    this.#isStarted = true;
    this.askSoon();
  }

  stop(): void {
    this.#isStarted = false;
    this.#cancel?.();
    this.#stopping.abort();
  }

  /** The clock was stepped: what was heard before says nothing any more. */
  askSoon(): void {
    if (this.#isStarted && this.#parts.hosts.length > 0) this.#arm(FIRST_MS);
  }

  #arm(waitMs: number): void {
    const { clock, random } = this.#parts;
    this.#cancel?.();
    this.#round += 1;
    const round = this.#round;
    this.#cancel = clock.after(Math.round(waitMs * (0.9 + 0.2 * random.next())), () => {
      void this.#askAll().then((hasMajority) => {
        const isLast = round === this.#round && !this.#stopping.signal.aborted;
        if (isLast) this.#arm(hasMajority ? EVERY_MS : RETRY_MS);
      });
    });
  }

  async #askAll(): Promise<boolean> {
    const { hosts, clock, onTime } = this.#parts;
    const startedMs = clock.monotonicMs();
    const asked = hosts.filter((host) => startedMs >= (this.#leaveUntilMs.get(host) ?? Number.NEGATIVE_INFINITY));
    const answers = await Promise.all(asked.map((host) => this.#askOne(host)));
    if (this.#stopping.signal.aborted) return false;
    const agreed = agreeOnTime(answers, hosts.length);
    if (agreed === undefined) return false;
    // Dated when it was asked for: a step of the clock in the meantime must not be covered by it.
    onTime({ ...agreed, atMs: startedMs });
    return true;
  }

  async #askOne(host: string): Promise<TimeAnswer> {
    const { ask, clock } = this.#parts;
    const abort = new AbortController();
    const cancel = clock.after(DEADLINE_MS, () => abort.abort());
    const stop = (): void => abort.abort();
    this.#stopping.signal.addEventListener('abort', stop, { once: true });
    let answer: TimeAnswer;
    try {
      answer = await ask(host, abort.signal);
    } catch (error) {
      answer = { kind: 'silent', why: error instanceof Error ? error.message : String(error) };
    }
    cancel();
    this.#stopping.signal.removeEventListener('abort', stop);
    if (answer.kind === 'leave') this.#leaveUntilMs.set(host, clock.monotonicMs() + LEAVE_MS);
    this.#states.set(
      host,
      answer.kind === 'time'
        ? { host, state: 'answered', offsetMs: Math.round(answer.offsetMs) }
        : { host, state: answer.why },
    );
    return answer;
  }
}

/**
 * The offset that more than half of those who answered agree on, or undefined. A minority that lies by an hour is
 * outvoted. That the clock is wrong must be said by at least half of all that are configured, and that it is wrong
 * beyond the panic threshold by two at least: what remains of three servers must not cry wolf alone.
 */
export function agreeOnTime(answers: readonly TimeAnswer[], configured: number): Omit<OutsideTime, 'atMs'> | undefined {
  const times = answers.flatMap((answer) => (answer.kind === 'time' ? [answer] : []));
  const middleMs = median(times.map(({ offsetMs }) => offsetMs));
  const near = times.filter(({ offsetMs, boundMs }) => Math.abs(offsetMs - middleMs) <= AGREE_MS + boundMs);
  if (near.length * 2 <= times.length) return undefined;
  const offsetMs = Math.round(median(near.map((answer) => answer.offsetMs)));
  const boundMs = Math.ceil(median(near.map((answer) => answer.boundMs)));
  const saysWrong = Math.abs(offsetMs) > AGREE_MS + boundMs;
  if (saysWrong && near.length * 2 < configured) return undefined;
  if (Math.abs(offsetMs) > PANIC_MS && near.length < 2) return undefined;
  return { offsetMs, boundMs, servers: near.length };
}
