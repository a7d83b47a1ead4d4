import { expect, test } from 'vitest';
import { judgeLink, type LinkState, type LinkWitness } from './link.ts';

const failed = (code: string): LinkWitness => ({
  hasAnswered: false,
  fault: { code, message: 'A page of the network answered in place of the hub.' },
});
const ANSWERED: LinkWitness = { hasAnswered: true };
const UNTRIED: LinkWitness = { hasAnswered: false };

const CASES: readonly (readonly [LinkState, readonly LinkWitness[], boolean | null])[] = [
  ['unknown', [UNTRIED], null],
  ['unknown', [UNTRIED], true],
  ['unknown', [failed('SYN_SOMETHING_ELSE')], null],
  ['no-way-out', [UNTRIED], false],
  ['up', [ANSWERED], null],
  ['up', [ANSWERED, failed('SYN_WEB_NAME')], null],
  ['up', [failed('SYN_WEB_SERVER_FAULT')], null],
  ['up', [failed('SYN_HUB_FORK'), UNTRIED], null],
  ['up', [failed('SYN_WEB_REFUSED')], null],
  ['thin', [ANSWERED, failed('SYN_WEB_TIMEOUT')], null],
  ['thin', [failed('SYN_NO_ANSWER')], null],
  ['no-way-out', [failed('SYN_WEB_PORTAL')], true],
  ['no-way-out', [failed('SYN_WEB_PROXY_PASSWORD'), failed('SYN_WEB_TIMEOUT')], true],
  ['no-way-out', [failed('SYN_WEB_ISSUER')], null],
  ['no-way-out', [failed('SYN_WEB_NAME')], false],
  ['no-way-out', [failed('SYN_WEB_UNREACHABLE')], true],
  ['no-way-out', [failed('SYN_HEDERA_MIRROR_UNREACHABLE')], null],
];

test.each(CASES)('%s (%#)', (state, targets, resolves) => {
  const judged = judgeLink({ hasAddress: true, resolves, targets });
  expect(judged.state).toBe(state);
  expect(judged.reason).toMatch(/^[a-z].*[^.]$/);
  // Without an address it is down, whatever became of earlier deliveries.
  expect(judgeLink({ hasAddress: false, resolves, targets })).toMatchObject({ state: 'none', code: null });
});

test('what stands in the way is said by its code and in its words', () => {
  expect(judgeLink({ hasAddress: true, resolves: true, targets: [failed('SYN_WEB_PORTAL')] })).toEqual({
    state: 'no-way-out',
    reason: 'a page of the network answered in place of the hub',
    code: 'SYN_WEB_PORTAL',
  });
});
