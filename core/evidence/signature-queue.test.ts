import { expect, test } from 'vitest';
import type { BundleEntry } from './entry-line.ts';
import type { EvidenceMachine, Signed } from './machine.ts';
import { SignatureQueue } from './signature-queue.ts';
import type { VerifierKey } from './verifier-key.ts';

const SIGNATURE = btoa('s'.repeat(64));
const key = { publicKey: new Uint8Array(32) } as VerifierKey;

/** A machine that finds the texts in `bad` not signed, and answers only when it is told to. */
function machine(bad: readonly string[]) {
  const asked: (readonly Signed[])[] = [];
  const answer: (() => void)[] = [];
  const areSigned = (signed: readonly Signed[]) => {
    asked.push(signed);
    const good = signed.map(({ message, signature }) => {
      return signature.length === 64 && !bad.includes(new TextDecoder().decode(message));
    });
    return new Promise<boolean[]>((resolve) => answer.push(() => resolve(good)));
  };
  return { asked, answer, queue: new SignatureQueue({ areSigned } as unknown as EvidenceMachine) };
}

function entry(index: number, readingText: string | undefined = `text ${index}`, signature = SIGNATURE): BundleEntry {
  const body = { signature };
  return { index, kind: 'reading', at: '', body, ...(readingText === undefined ? {} : { readingText }) };
}

test('signatures are asked in their order, and none is left out at the end', async () => {
  const { asked, answer, queue } = machine([]);
  for (let index = 0; index < 150; index++) {
    queue.add(entry(index), key, `line ${index}`);
    expect(queue.enough()).toBeUndefined();
  }
  const settled = queue.settle();
  for (const give of answer.toReversed()) give();
  await settled;
  expect(queue.checked).toBe(150);
  const texts = asked.flat().map(({ message }) => new TextDecoder().decode(message));
  expect(texts).toEqual(Array.from({ length: 150 }, (_, index) => `text ${index}`));
});

test('the first that does not hold is named, whichever answer comes first', async () => {
  const { answer, queue } = machine(['text 70', 'text 71', 'text 130']);
  for (let index = 0; index < 140; index++) queue.add(entry(index), key, `line ${index}`);
  const settled = queue.settle();
  for (const give of answer.toReversed()) give();
  await expect(settled).rejects.toMatchObject({ code: 'LED_BUNDLE_SIGNATURE', place: 'line 70' });
});

test.each([
  ['no signature in base64', entry(3, 'text 3', 'no base64')],
  ['a signature that is too short', entry(3, 'text 3', btoa('short'))],
  ['no text that could be signed', { ...entry(3), readingText: undefined } as unknown as BundleEntry],
])('%s holds not', async (_, broken) => {
  const { answer, queue } = machine([]);
  queue.add(entry(2), key, 'line 2');
  queue.add(broken, key, 'line 3');
  const settled = queue.settle();
  for (const give of answer) give();
  await expect(settled).rejects.toMatchObject({ place: 'line 3' });
});

test('no more is taken while too much is under way', async () => {
  const { answer, queue } = machine([]);
  let taken = 0;
  let wait: Promise<void> | undefined;
  while (wait === undefined && taken < 10_000) {
    queue.add(entry(taken), key, `line ${taken}`);
    taken += 1;
    wait = queue.enough();
  }
  expect(taken).toBeLessThan(1000);
  answer[0]?.();
  await wait;
  expect(queue.checked).toBe(64);
  expect(queue.enough()).toBeUndefined();
});
