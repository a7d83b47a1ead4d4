import { expect, test } from 'vitest';
import { toBytes } from '../../core/evidence/bytes.ts';
import type { Signed } from '../../core/evidence/machine.ts';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import { type SignatureThreadOptions, SignatureThreads } from './signature-threads.ts';

const key = deviceKeyFromSeed(Buffer.alloc(32, 5), 'HP-001');
const { publicKey } = key;

function signed(text: string): Signed {
  const message = toBytes(text);
  return { publicKey, message, signature: key.sign(message) };
}

/** Ten questions of ten messages; the third of each is not signed, and what is wrong with it differs. */
const QUESTIONS = Array.from({ length: 10 }, (_, question) =>
  Array.from({ length: 10 }, (_, n): Signed => {
    const good = signed(`message ${question} ${n}`);
    if (n !== 2) return good;
    const wrong: readonly Partial<Signed>[] = [
      { message: toBytes('another message') },
      { signature: new Uint8Array(0) },
      { signature: new Uint8Array(64) },
      { publicKey: new Uint8Array(31) },
      { publicKey: deviceKeyFromSeed(Buffer.alloc(32, 6), 'HP-001').publicKey },
    ];
    return { ...good, ...wrong[question % wrong.length] };
  }),
);
const EXPECTED = QUESTIONS.map((question) => question.map((_, n) => n !== 2));

async function answers(options: SignatureThreadOptions): Promise<readonly (readonly boolean[])[]> {
  const threads = new SignatureThreads(options);
  try {
    return await Promise.all(QUESTIONS.map((question) => threads.areSigned(question)));
  } finally {
    await threads.stop();
  }
}

test('threads answer each question as this one does alone', async () => {
  expect(await answers({ others: 0 })).toEqual(EXPECTED);
  expect(await answers({ others: 1, aloneBelow: 0 })).toEqual(EXPECTED);
  expect(await answers({ others: 3, aloneBelow: 35 })).toEqual(EXPECTED);
});

test('what is longer than a parcel is looked at here', async () => {
  const threads = new SignatureThreads({ others: 1, aloneBelow: 0 });
  const long = signed('x'.repeat(300_000));
  expect(await threads.areSigned([signed('short'), long, { ...long, message: toBytes('short') }])).toEqual([
    true,
    true,
    false,
  ]);
  await threads.stop();
});

test.each([
  ['ends', 'process.exit(0)'],
  ['fails', 'throw new Error("no memory")'],
  [
    'ends with the first question',
    "import { workerData } from 'node:worker_threads'; workerData.on('message', () => process.exit(1));",
  ],
])('what a thread that %s was given is looked at here', async (_, code) => {
  const program = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  expect(await answers({ others: 2, aloneBelow: 0, program })).toEqual(EXPECTED);
});
