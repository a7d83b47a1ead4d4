import { expect, test } from 'vitest';
import type { TargetAnswer } from './target-status.ts';
import { targetInLines, waitingInWords } from './waiting-words.ts';

function answer(name: string, waiting: number, parked: number): TargetAnswer {
  const counts = { waiting, parked, unknown: 0, delivered: 0, waitingBytes: 700 * waiting, attempts: 1, retries: 0 };
  const times = { oldestAt: null, oldestAgeS: null, lastContactAt: null };
  return {
    name,
    state: 'waiting',
    needsPerson: parked > 0,
    ...counts,
    ...times,
    failures: {},
    success: { due: 0, confirmed: 0 },
  };
}

test.each([
  ['hub', 3, 1, '1 batch parked: a person must decide, and what was sealed after waits for it'],
  ['file', 3, 1, '1 batch parked: a person must decide, and what was sealed after waits for it'],
  ['hedera', 3, 1, '1 batch parked: a person must decide'],
  ['hub', 0, 2, '2 batches parked: a person must decide'],
])('%s with %d waiting and %d parked says whether the one holds up the others', (name, waiting, parked, words) => {
  expect(waitingInWords(answer(name, waiting, parked), 0).split('; ')).toContain(words);
});

const AWAY = { code: 'SYN_WEB_REFUSED', message: 'Nothing listens at hub.example.', hint: null };
const WRONG = { code: 'SYN_HUB_TOKEN', message: 'The file holds no token.', hint: 'put the token into the file' };

test.each([
  ['a link that is away', { state: 'down', fault: AWAY }, 'goes out by itself once this is over: SYN_WEB_REFUSED: '],
  [
    'a wrong token',
    { state: 'down', fault: WRONG },
    'needs a person: SYN_HUB_TOKEN: The file holds no token. (put the',
  ],
  ['a code that nobody has listed', { state: 'down', fault: { ...AWAY, code: 'SYN_NEW' } }, 'needs a person: SYN_NEW'],
  ['no appliance', { state: 'stopped' }, 'goes out once the appliance runs'],
  [
    'no appliance after a failure',
    { state: 'stopped', fault: AWAY },
    'once the appliance runs; the last try: SYN_WEB_',
  ],
] as const)('%s is said with what becomes of it', (_, facts, words) => {
  const lines = targetInLines({ ...answer('hub', 3, 0), ...facts }, 0);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(words);
});

test('what is parked says which command shows why, and which tries it again', () => {
  const lines = targetInLines({ ...answer('hub', 0, 1), state: 'up' }, 0);
  expect(lines[1]).toContain('forebay sync retry --target hub --batch');
});

test('a folder that is not there is said before anything waits for it', () => {
  const carrier = {
    isIn: false,
    isComplete: false,
    receiver: null,
    received: 0,
    receivedSize: 0,
    receivedAt: null,
    onDisk: 0,
  };
  expect(waitingInWords({ ...answer('file', 0, 0), carrier }, 0)).toContain('the folder is not there now');
  expect(waitingInWords({ ...answer('file', 0, 0), carrier: { ...carrier, isIn: true } }, 0)).toBe(
    'nothing sealed for it yet',
  );
});
