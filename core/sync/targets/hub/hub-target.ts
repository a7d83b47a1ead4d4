import { createHash } from 'node:crypto';
import type { NoteKey } from '../../../ledger/cosignature.ts';
import type { Batch } from '../../batch.ts';
import type {
  Delivered,
  DeliverOutcome,
  LocateOutcome,
  Refused,
  SyncFault,
  SyncTarget,
  Unknown,
} from '../../target.ts';
import { type Coding, chooseCoding, encode } from './coding.ts';
import { catchingUp, restless } from './hub-faults.ts';
import type { HubLedger } from './hub-ledger.ts';
import { type HubLink, longestUpload, statusOutcome, type UploadOutcome, upload } from './hub-upload.ts';
import { type Held, judgeNote } from './judge-note.ts';

export interface HubTargetParts {
  /** Of the hub's API, without a slash at its end; without secrets, for it stands in receipts. */
  readonly url: string;
  /** That the hub signs with, a cosignature key. */
  readonly key: NoteKey;
  /** The same as plant.yaml writes it. */
  readonly publicKey: string;
  readonly ledger: () => HubLedger;
  /** Reads tokens and certificates and opens the way; done anew after every failure, so that new ones need no restart. */
  readonly open: () => OpenedLink;
  readonly monotonicMs: () => number;
  /** Whether anything answers at the hub's address; absent behind a proxy, which answers for everybody. */
  readonly isReachable?: SyncTarget['isReachable'];
}

export type OpenedLink =
  | { readonly kind: 'opened'; readonly link: Omit<HubLink, 'ledgerUrl'> }
  | { readonly kind: 'failed'; readonly fault: SyncFault };

/** An upload holds at most so many entries; a hub that takes less says so. */
const ENTRIES_MAX = 1000;
/** And so many bytes of them before they are coded, for configurations and models are long. */
const BYTES_MAX = 4_194_304;
/** What a hub lacks is given to it for so long with one delivery; what is left then, with the next. */
const DELIVER_MS = 120_000;
/** So often the hub may stand elsewhere than it said within one delivery. */
const SURPRISES_MAX = 3;

/**
 * A hub that keeps the ledger's entries and signs how many of them it holds, over HTTPS. A batch is delivered once the
 * hub's signature covers its end with this ledger's root; what of earlier entries the hub lacks, since it is new or has
 * lost them, is sent before it, and nothing here changes.
 */
export function hubTarget(parts: HubTargetParts): SyncTarget {
  return {
    name: 'hub',
    isPublic: false,
    isOrdered: true,
    inFlightMax: 1,
    link: { bytesEach: 0 },
    isReachable: parts.isReachable,
    connect: () => {
      const session = new HubSession(parts);
      return Promise.resolve({
        kind: 'connected',
        session: {
          deliver: ({ batch }, signal) => session.deliver(batch, signal),
          locate: ({ batch }, signal) => session.locate(batch, signal),
          close: () => Promise.resolve(session.hangUp()),
        },
      });
    },
  };
}

/** What stood in the way, or how far the hub is. */
type Step = { readonly kind: 'held'; readonly held: Held } | Exclude<DeliverOutcome, { kind: 'delivered' }>;

class HubSession {
  readonly #parts: HubTargetParts;
  #link: HubLink | undefined;
  /** What the hub said last; undefined when it must be asked. */
  #held: Held | undefined;
  #coding: Coding = 'identity';
  #entriesMax = ENTRIES_MAX;
  /** How long an upload may be, coded. */
  #bytesMax = Number.POSITIVE_INFINITY;
  #surprises = 0;
  /** The hub may have the beginning of what is sent next, from an attempt that was cut. */
  #mayHaveBegun = true;

  constructor(parts: HubTargetParts) {
    this.#parts = parts;
  }

  hangUp(): void {
    this.#link?.client.close();
    this.#link = undefined;
    this.#held = undefined;
  }

  async deliver(batch: Batch, signal: AbortSignal): Promise<DeliverOutcome> {
    const ledger = this.#parts.ledger();
    const outcome = await this.#bring(batch, ledger, signal);
    if (outcome.kind === 'held') return this.#receipt(outcome.held);
    if (outcome.kind !== 'later' || outcome.isProgress !== true) this.hangUp();
    return outcome;
  }

  async locate(batch: Batch, signal: AbortSignal): Promise<LocateOutcome> {
    const step = await this.#ask(this.#parts.ledger(), signal);
    if (step.kind === 'held') return step.held.size >= batch.end ? this.#receipt(step.held) : { kind: 'absent' };
    this.hangUp();
    return step.kind === 'later' ? { kind: 'unknown', fault: step.fault } : step;
  }

  /** Sends what the hub lacks up to the batch's end. */
  async #bring(batch: Batch, ledger: HubLedger, signal: AbortSignal): Promise<Step> {
    const untilMs = this.#parts.monotonicMs() + DELIVER_MS;
    const known = this.#held !== undefined && this.#held.size < batch.end ? this.#held : undefined;
    let step: Step = known === undefined ? await this.#ask(ledger, signal) : { kind: 'held', held: known };
    this.#surprises = 0;
    const before = step.kind === 'held' ? step.held.size : 0;
    while (step.kind === 'held' && step.held.size < batch.end) {
      const { held } = step;
      const isTimeUp = (): boolean => this.#parts.monotonicMs() > untilMs;
      if (isTimeUp()) {
        const fault = catchingUp(held.size, batch.end);
        return { kind: 'later', fault, ...(held.size > before && { isProgress: true as const }) };
      }
      const to = Math.min(batch.end, held.size + this.#entriesMax);
      step = await this.#send(ledger, batch, { held, to, isTimeUp }, signal);
      if (step.kind !== 'held') return step;
      this.#held = step.held;
      if (this.#surprises > SURPRISES_MAX) return { kind: 'later', fault: restless() };
    }
    return step;
  }

  async #send(ledger: HubLedger, batch: Batch, run: Run, signal: AbortSignal): Promise<Step> {
    const opened = this.#open(ledger);
    if (opened.kind === 'failed') return { kind: 'later', fault: opened.fault };
    const coding = this.#coding;
    const { bytes: plain, to } = ledger.uploadOf(batch, { from: run.held.size, to: run.to, bytesMax: BYTES_MAX });
    const sent = { ...run, to };
    const bytes = await encode(plain, coding);
    if (bytes.length > this.#bytesMax) return this.#settle({ kind: 'too-long' }, sent, ledger);
    const { isTimeUp } = run;
    const outcome = await upload(opened.link, { bytes, coding, mayHaveBegun: this.#mayHaveBegun, isTimeUp }, signal);
    this.#mayHaveBegun = outcome.kind !== 'stands';
    if (outcome.kind === 'paused') {
      return { kind: 'later', fault: catchingUp(run.held.size, batch.end), isProgress: true };
    }
    return this.#settle(outcome, sent, ledger);
  }

  #settle(outcome: Exclude<UploadOutcome, { kind: 'paused' }>, { held, to }: Run, ledger: HubLedger): Step {
    if (outcome.kind === 'stands') {
      const step = this.#judge(outcome.note, ledger);
      if (step.kind === 'held' && step.held.size < to) this.#surprises += 1;
      return step;
    }
    // The loop tries again from where the hub was, with less or in another form.
    const unchanged: Step = { kind: 'held', held };
    if (outcome.kind === 'too-long') {
      const isOne = to - held.size === 1;
      this.#entriesMax = Math.max(1, Math.floor((to - held.size) / 2));
      return isOne ? { kind: 'refused', fault: TOO_LONG } : unchanged;
    }
    if (outcome.kind === 'other-coding') {
      const other = chooseCoding(outcome.accepted);
      this.#coding = other === this.#coding ? 'identity' : other;
      this.#surprises += 1;
      return unchanged;
    }
    return outcome;
  }

  /** Asks the hub what it holds. */
  async #ask(ledger: HubLedger, signal: AbortSignal): Promise<Step> {
    const opened = this.#open(ledger);
    if (opened.kind === 'failed') return { kind: 'later', fault: opened.fault };
    const { client, ledgerUrl, headers } = opened.link;
    const outcome = await client.request({ method: 'GET', url: `${ledgerUrl}/checkpoint`, headers }, signal);
    if (outcome.kind === 'failed') return { kind: 'later', fault: outcome.fault };
    const { reply } = outcome;
    this.#coding = chooseCoding(reply.headers['accept-encoding']);
    this.#bytesMax = longestUpload(reply);
    const step = reply.status === 200 ? this.#judge(reply.body, ledger) : statusOutcome(reply, opened.link);
    if (step.kind === 'held') this.#held = step.held;
    return step;
  }

  #judge(note: Uint8Array, ledger: HubLedger): { kind: 'held'; held: Held } | Refused | Unknown {
    const judged = judgeNote(note, this.#parts.key, ledger);
    return judged.kind === 'unreadable' ? { kind: 'unknown', fault: judged.fault } : judged;
  }

  #open({ origin }: HubLedger): { kind: 'opened'; link: HubLink } | { kind: 'failed'; fault: SyncFault } {
    if (this.#link !== undefined) return { kind: 'opened', link: this.#link };
    const opened = this.#parts.open();
    if (opened.kind === 'failed') return opened;
    const ledgerUrl = `${this.#parts.url}/ledgers/${createHash('sha256').update(origin).digest('hex')}`;
    this.#link = { ...opened.link, ledgerUrl };
    return { kind: 'opened', link: this.#link };
  }

  #receipt({ size, note, signedAtS }: Held): Delivered {
    const { url, publicKey } = this.#parts;
    return { kind: 'delivered', receipt: { hub: url, publicKey, size, checkpoint: note, signedAtS } };
  }
}

/** What to send: the entries from where the hub is up to `to`. */
interface Run {
  readonly held: Held;
  readonly to: number;
  readonly isTimeUp: () => boolean;
}

const TOO_LONG: SyncFault = {
  code: 'SYN_HUB_ENTRY_TOO_LONG',
  message: 'The hub takes not even a single entry: its limit on the length of a request is too low.',
  hint: 'ask those who run the hub for a higher limit; then forebay sync retry',
};
