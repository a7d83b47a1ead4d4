import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../core/model/json.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import type { Batch } from '../../core/sync/batch.ts';
import type {
  DeliverOutcome,
  Delivery,
  LocateOutcome,
  SyncFault,
  SyncSession,
  SyncTarget,
} from '../../core/sync/target.ts';
import { announceSeed } from './driver-host.ts';

/** What the suite needs of a target under test, and of the far end behind it. */
export interface TargetUnderTest {
  readonly target: SyncTarget;
  /** Seals the next batch. `large`: with as much in it as a batch may ever hold, and more than one usually does. */
  seal(size?: 'large'): Batch | Promise<Batch>;
  /** How often the far end holds the batch. */
  copiesOf(batch: Batch): number | Promise<number>;
  /** Whether anything gets through to the far end. */
  setLink(isUp: boolean): void;
  /** Whether it wants something kept before it sends, since to send twice would count twice. */
  readonly keepsIntents: boolean;
  /** The next delivery arrives, and nobody hears of it. @returns whether that has happened */
  loseNextAnswer(): () => boolean;
  /**
   * The next delivery stands still before anything of it arrives.
   *
   * - `ends-with-abort`: as with a network, the target lets go of it. @returns whether it has stood still
   * - `ends-by-itself`: as with a disk, it goes on when it likes, whatever the target wants. @returns what lets it go on
   */
  readonly standsStill:
    | { readonly kind: 'ends-with-abort'; next(): () => boolean }
    | { readonly kind: 'ends-by-itself'; next(): () => void };
  /** The far end takes this batch for wrong, or takes whatever it is given. */
  readonly refuse: ((batch: Batch) => void) | 'takes-everything';
  close(): Promise<void>;
}

export interface TargetContractOptions {
  /** How many batches the random walk delivers. */
  readonly walk?: number;
  /** How long the whole of one test may take. */
  readonly timeoutMs?: number;
}

const NEVER = new AbortController().signal;
const SEED = announceSeed('target contract');
const ERRORS = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const WALK = 12;
const TIMEOUT_MS = 360_000;
const ABORT_AFTER_MS = 20;
/** Within this a delivery comes as far as where it is to stand still. */
const STANDS_WITHIN_MS = 20_000;
/** After an abort nothing may arrive: so long is looked for it. */
const STILL_MS = 60;

/** What the lanes rely on, whatever is behind the target. A new target is done when this suite passes. */
export function targetContract(
  name: string,
  setup: () => TargetUnderTest | Promise<TargetUnderTest>,
  { walk = WALK, timeoutMs = TIMEOUT_MS }: TargetContractOptions = {},
): void {
  describe(`target contract: ${name}`, { timeout: timeoutMs }, () => {
    const opened: { subject: TargetUnderTest; sessions: SyncSession[] }[] = [];

    afterEach(async () => {
      for (const { subject, sessions } of opened.splice(0)) {
        subject.setLink(true);
        for (const session of sessions) await session.close();
        await subject.close();
      }
    });

    async function start(): Promise<{
      subject: TargetUnderTest;
      session: SyncSession;
      again: () => Promise<SyncSession>;
    }> {
      const subject = await setup();
      const sessions: SyncSession[] = [];
      opened.push({ subject, sessions });
      const again = async (): Promise<SyncSession> => {
        const session = await connected(subject.target);
        sessions.push(session);
        return session;
      };
      return { subject, session: await again(), again };
    }

    test('the target names itself, and takes one at a time where order matters', async () => {
      const { target } = (await start()).subject;
      expect(target.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(Number.isInteger(target.inFlightMax) && target.inFlightMax >= 1).toBe(true);
      expect(target.isOrdered && target.inFlightMax > 1).toBe(false);
    });

    test('a batch that was delivered twice is there once, with the same receipt, in a new session too', async () => {
      const { subject, session, again } = await start();
      const sent = new SentBatch(await subject.seal());
      const first = receiptOf(await session.deliver(sent.delivery(), NEVER));
      expect(Object.keys(first).length).toBeGreaterThan(0);
      expect(JSON.parse(JSON.stringify(first))).toEqual(first);
      expect(receiptOf(await session.deliver(sent.delivery(), NEVER))).toEqual(first);
      expect(receiptOf(await session.locate(sent.delivery(), NEVER))).toEqual(first);
      await session.close();
      const second = await again();
      expect(receiptOf(await second.locate(sent.delivery(), NEVER))).toEqual(first);
      expect(receiptOf(await second.deliver(sent.delivery(), NEVER))).toEqual(first);
      expect(await subject.copiesOf(sent.batch)).toBe(1);
    });

    test('what was never sent is not said to have arrived', async () => {
      const { subject, session } = await start();
      const sent = new SentBatch(await subject.seal());
      const found = await session.locate(sent.delivery(), NEVER);
      expect(['absent', 'unknown']).toContain(found.kind);
      expect(await subject.copiesOf(sent.batch)).toBe(0);
      receiptOf(await session.deliver(sent.delivery(), NEVER));
      expect(await subject.copiesOf(sent.batch)).toBe(1);
    });

    test('a link that is down is said with a code, before a session and within one, and nothing arrives', async () => {
      const { subject, session, again } = await start();
      const sent = new SentBatch(await subject.seal());
      subject.setLink(false);
      const outcome = await subject.target.connect(NEVER);
      if (outcome.kind === 'connected') await outcome.session.close();
      else expectFault(outcome.fault);
      const failed = await session.deliver(sent.delivery(), NEVER);
      expect(['later', 'unknown']).toContain(failed.kind);
      expectFault(faultOf(failed));
      const located = await session.locate(sent.delivery(), NEVER);
      // Whoever cannot look must not say that nothing is there, unless to send it again is no second delivery.
      if (located.kind !== 'absent') expectFault(faultOf(located));
      expect(await subject.copiesOf(sent.batch)).toBe(0);
      subject.setLink(true);
      await arrive(await again(), sent, failed.kind === 'unknown');
      expect(await subject.copiesOf(sent.batch)).toBe(1);
    });

    test('what arrived without an answer is found, and is not there twice', async () => {
      const { subject, session } = await start();
      const sent = new SentBatch(await subject.seal());
      const isLost = subject.loseNextAnswer();
      const outcome = await session.deliver(sent.delivery(), NEVER);
      expect(isLost()).toBe(true);
      expect(await subject.copiesOf(sent.batch)).toBe(1);
      if (outcome.kind !== 'delivered') expectFault(faultOf(outcome));
      await arrive(session, sent, outcome.kind !== 'later');
      expect(await subject.copiesOf(sent.batch)).toBe(1);
    });

    test('a delivery that stands still ends with its abort and nothing arrives after it, or stops nothing but itself', async () => {
      const { subject, session, again } = await start();
      const sent = new SentBatch(await subject.seal());
      const abort = new AbortController();
      if (subject.standsStill.kind === 'ends-with-abort') {
        const hasStood = subject.standsStill.next();
        abortOnce(hasStood, abort);
        expect((await session.deliver(sent.delivery(), abort.signal)).kind).not.toBe('delivered');
        expect(hasStood()).toBe(true);
        await still();
        expect(await subject.copiesOf(sent.batch)).toBe(0);
      } else {
        setTimeout(() => abort.abort(), ABORT_AFTER_MS);
        const letGo = subject.standsStill.next();
        const standing = session.deliver(sent.delivery(), abort.signal);
        await still();
        await expectNothingHeldUp(subject, session, sent);
        letGo();
        await standing;
      }
      await arrive(await again(), sent, true);
      expect(await subject.copiesOf(sent.batch)).toBe(1);
    });

    test('a delivery that was aborted before it began sends nothing', async () => {
      const { subject, session } = await start();
      const sent = new SentBatch(await subject.seal());
      const outcome = await session.deliver(sent.delivery(), AbortSignal.abort());
      expect(['later', 'unknown']).toContain(outcome.kind);
      await still();
      expect(await subject.copiesOf(sent.batch)).toBe(0);
    });

    test('what it wants kept is kept before anything is sent, and what could not be kept is not sent', async () => {
      const { subject, session, again } = await start();
      const sent = new SentBatch(await subject.seal());
      const asked = { times: 0 };
      const full = (): never => {
        asked.times += 1;
        throw new Error('the store is full');
      };
      const outcome = await session.deliver({ ...sent.delivery(), keepIntent: full }, NEVER).catch(() => undefined);
      await still();
      expect(asked.times > 0).toBe(subject.keepsIntents);
      expect(outcome?.kind === 'delivered').toBe(!subject.keepsIntents);
      expect(await subject.copiesOf(sent.batch)).toBe(subject.keepsIntents ? 0 : 1);
      if (!subject.keepsIntents) return;
      // While the store takes its time, nothing is under way.
      const kept = Promise.withResolvers<void>();
      const delivering = (await again()).deliver({ ...sent.delivery(), keepIntent: () => kept.promise }, NEVER);
      await still();
      expect(await subject.copiesOf(sent.batch)).toBe(0);
      kept.resolve();
      receiptOf(await delivering);
      expect(await subject.copiesOf(sent.batch)).toBe(1);
    });

    test('what the far end takes for wrong is refused with a code, and holds up nothing where order is free', async () => {
      const { subject, session } = await start();
      const refused = new SentBatch(await subject.seal());
      if (subject.refuse === 'takes-everything') {
        // Whatever is in it, it must arrive: what nobody refuses may wait for nobody.
        Object.assign(refused.batch, { message: '\u0000 no message of ours' });
        receiptOf(await session.deliver(refused.delivery(), NEVER));
        expect(await subject.copiesOf(refused.batch)).toBe(1);
        return;
      }
      subject.refuse(refused.batch);
      const outcome = await session.deliver(refused.delivery(), NEVER);
      expect(outcome.kind).toBe('refused');
      expectFault(faultOf(outcome));
      expect(await subject.copiesOf(refused.batch)).toBe(0);
      if (subject.target.isOrdered) return;
      const other = new SentBatch(await subject.seal());
      receiptOf(await session.deliver(other.delivery(), NEVER));
      expect(await subject.copiesOf(other.batch)).toBe(1);
    });

    test('a batch of the largest size arrives whole or is refused with a code', async () => {
      const { subject, session } = await start();
      const sent = new SentBatch(await subject.seal('large'));
      const outcome = await session.deliver(sent.delivery(), NEVER);
      if (outcome.kind === 'refused' && subject.refuse !== 'takes-everything') expectFault(outcome.fault);
      else receiptOf(outcome);
      expect(await subject.copiesOf(sent.batch)).toBe(outcome.kind === 'delivered' ? 1 : 0);
    });

    test('closing twice is safe, and a closed session neither throws nor hangs', async () => {
      const { subject, session } = await start();
      await session.close();
      await session.close();
      const sent = new SentBatch(await subject.seal());
      const outcome = await session.deliver(sent.delivery(), NEVER);
      if (outcome.kind !== 'delivered') expectFault(faultOf(outcome));
    });

    test('each batch arrives once through links that go, answers that are lost and deliveries that stand still', async () => {
      const random = seededRandom(SEED);
      const { subject } = await start();
      const batches: Batch[] = [];
      for (let count = 0; count < walk; count += 1) {
        const sent = new SentBatch(await subject.seal());
        batches.push(sent.batch);
        await walkOne(subject, sent, random);
      }
      const copies: number[] = [];
      for (const batch of batches) copies.push(await subject.copiesOf(batch));
      expect(copies).toEqual(batches.map(() => 1));
    });
  });
}

/** A batch on its way, with what the target wanted kept of it. */
class SentBatch {
  readonly batch: Batch;
  intents: Uint8Array[] = [];

  constructor(batch: Batch) {
    this.batch = batch;
  }

  delivery(): Delivery {
    return {
      batch: this.batch,
      intents: [...this.intents],
      keepIntent: async (intent) => void this.intents.push(intent),
    };
  }
}

/** While something stands still that nobody can end, whoever else asks is answered at once, and not by a guess. */
async function expectNothingHeldUp(subject: TargetUnderTest, session: SyncSession, sent: SentBatch): Promise<void> {
  const other = new SentBatch(await subject.seal());
  const outcomes = [
    await subject.target.connect(NEVER),
    await session.locate(sent.delivery(), NEVER),
    await session.deliver(other.delivery(), NEVER),
  ];
  for (const outcome of outcomes) {
    expect(['later', 'unknown']).toContain(outcome.kind);
    if ('fault' in outcome) expectFault(outcome.fault);
  }
  expect(await subject.copiesOf(other.batch)).toBe(0);
}

/** Delivers as a lane does: asks after `unknown`, and sends again only what is absent. */
async function arrive(session: SyncSession, sent: SentBatch, mustAsk: boolean): Promise<void> {
  if (mustAsk) {
    const found = await ask(session, sent);
    if (found.kind === 'delivered') return;
    expect(found.kind).toBe('absent');
    sent.intents = [];
  }
  receiptOf(await session.deliver(sent.delivery(), NEVER));
}

/** Looks until the target knows: what is under way may need its time. */
async function ask(session: SyncSession, sent: SentBatch): Promise<LocateOutcome> {
  for (;;) {
    const found = await session.locate(sent.delivery(), NEVER);
    if (found.kind !== 'unknown') return found;
    expectFault(found.fault);
    await still();
  }
}

async function walkOne(subject: TargetUnderTest, sent: SentBatch, random: Random): Promise<void> {
  let mustAsk = false;
  for (;;) {
    const isUp = random.next() < LINK_SHARE;
    subject.setLink(isUp);
    const outcome = await subject.target.connect(NEVER);
    if (outcome.kind !== 'connected') {
      expectFault(outcome.fault);
      continue;
    }
    const { session } = outcome;
    try {
      const tried = await tryOnce(subject, session, sent, mustAsk, random);
      if (tried.kind === 'delivered') return;
      if (tried.kind === 'unknown') mustAsk = true;
      if (tried.kind !== 'absent') expectFault(faultOf(tried));
    } finally {
      await session.close();
    }
  }
}

async function tryOnce(
  subject: TargetUnderTest,
  session: SyncSession,
  sent: SentBatch,
  mustAsk: boolean,
  random: Random,
): Promise<DeliverOutcome | LocateOutcome> {
  if (mustAsk) {
    const found = await session.locate(sent.delivery(), NEVER);
    if (found.kind !== 'absent') return found;
    sent.intents = [];
  }
  const abort = new AbortController();
  const luck = random.next();
  if (luck < FAULT_SHARE) subject.loseNextAnswer();
  else if (luck < 2 * FAULT_SHARE && subject.standsStill.kind === 'ends-with-abort') {
    abortOnce(subject.standsStill.next(), abort);
  }
  return session.deliver(sent.delivery(), abort.signal);
}

const LINK_SHARE = 0.7;
const FAULT_SHARE = 0.15;

async function connected(target: SyncTarget): Promise<SyncSession> {
  const outcome = await target.connect(NEVER);
  if (outcome.kind === 'connected') return outcome.session;
  throw new Error(`${outcome.fault.code}: ${outcome.fault.message}`);
}

function receiptOf(outcome: DeliverOutcome | LocateOutcome): JsonObject {
  if (outcome.kind === 'delivered') return outcome.receipt;
  throw new Error(
    outcome.kind === 'absent' ? 'absent' : `${outcome.kind}: ${outcome.fault.code} ${outcome.fault.message}`,
  );
}

function faultOf(outcome: DeliverOutcome | LocateOutcome): SyncFault {
  if (outcome.kind === 'delivered' || outcome.kind === 'absent') throw new Error(`${outcome.kind} has no fault`);
  return outcome.fault;
}

/** A code with a section in docs/errors.md, and a sentence that an operator understands. */
function expectFault({ code, message }: SyncFault): void {
  expect(code).toMatch(/^SYN_[A-Z0-9_]+$/);
  if (!code.startsWith('SYN_TEST_')) expect(ERRORS).toContain(`\n## ${code}\n`);
  expect(message).toMatch(/^[A-Z0-9].*[.!?]$/s);
}

/** Aborts a little after the delivery stood still, or after so long that it will not any more: a busy computer is slow. */
function abortOnce(hasStood: () => boolean, abort: AbortController, waitedMs = 0): void {
  setTimeout(() => {
    if (hasStood() || waitedMs > STANDS_WITHIN_MS) setTimeout(() => abort.abort(), ABORT_AFTER_MS);
    else abortOnce(hasStood, abort, waitedMs + ABORT_AFTER_MS);
  }, ABORT_AFTER_MS);
}

function still(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, STILL_MS);
  });
}
