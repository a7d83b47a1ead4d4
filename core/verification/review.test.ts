import { describe, expect, it } from 'vitest';
import { hasVeto, isSamePerson, isWaiting, type Review, type ReviewedVerdict, standingOf } from './review.ts';
import { checkReview, REASON_LENGTH_MAX, REVIEWS_MAX, type ReviewProposal, readReason } from './review-rules.ts';

const NOW_MS = Date.parse('2026-11-20T10:00:00Z');

function verdictOf(
  status: ReviewedVerdict['status'],
  code = 'VER_TEST',
  layer: 'physics' | 'statistical' = 'statistical',
) {
  const severity = status === 'REJECTED' ? 'reject' : 'flag';
  return { status, findings: status === 'APPROVED' ? [] : [{ code, layer, severity }] } satisfies ReviewedVerdict;
}

const PEOPLE = {
  asha: { by: 'Asha', account: 'key:01', role: 'operator' },
  bala: { by: 'Bala', account: 'key:02', role: 'operator' },
  chitra: { by: 'Chitra', account: 'key:03', role: 'engineer' },
  dev: { by: 'Dev', account: 'local', role: 'admin' },
} as const;
type Person = keyof typeof PEOPLE;

/** `asha+` approves, `asha-` rejects; with `!` before it plant.yaml asked for four eyes. */
function reviewsOf(text: string): Review[] {
  return text.split(' ').flatMap((word, i) => {
    const [, eyes, name, sign] = /^(!?)(\w+)([+-])$/.exec(word) ?? [];
    if (name === undefined) return [];
    const decision = sign === '+' ? 'approve' : 'reject';
    const at = new Date(NOW_MS + i).toISOString();
    return [{ index: 100 + i, at, decision, reason: `reason ${i}`, ...PEOPLE[name as Person], fourEyes: eyes === '!' }];
  });
}

describe('what the reviews of a reading come to', () => {
  it.each<[string, ReviewedVerdict, string, string]>([
    ['nobody decided', verdictOf('FLAGGED'), '', 'none'],
    ['one person is enough', verdictOf('FLAGGED'), 'asha+', 'decided approve Asha'],
    ['another person supersedes', verdictOf('FLAGGED'), 'asha+ bala-', 'decided reject Bala'],
    ['whoever agrees is named, too', verdictOf('FLAGGED'), 'asha+ bala+', 'decided approve Asha Bala'],
    ['a person changes his mind', verdictOf('FLAGGED'), 'asha+ asha-', 'decided reject Asha'],
    ['four eyes: one is not enough', verdictOf('FLAGGED'), '!asha+', 'open approve Asha'],
    ['four eyes: the second agrees', verdictOf('FLAGGED'), '!asha+ !bala+', 'decided approve Asha Bala'],
    ['four eyes: the same twice is one', verdictOf('FLAGGED'), '!asha+ !asha- !asha+', 'open approve Asha'],
    ['four eyes: disagreement stays open', verdictOf('FLAGGED'), '!asha+ !bala-', 'open reject Bala against Asha'],
    [
      'four eyes: a third one settles it',
      verdictOf('FLAGGED'),
      '!asha+ !bala- !chitra+',
      'decided approve Asha Chitra',
    ],
    [
      'four eyes: a later contrary voice opens it',
      verdictOf('FLAGGED'),
      '!asha+ !bala+ !dev-',
      'open reject Dev against Asha Bala',
    ],
    ['four eyes: rejecting takes two as well', verdictOf('FLAGGED'), '!asha- !dev-', 'decided reject Asha Dev'],
    ['an operator has no voice for a rejected one', verdictOf('REJECTED'), 'asha+', 'none'],
    ['an operator confirms a rejection', verdictOf('REJECTED'), 'asha-', 'decided reject Asha'],
    ['an engineer overrules it', verdictOf('REJECTED'), 'asha- chitra+', 'decided approve Chitra'],
    ['physics takes two', verdictOf('REJECTED', 'VER_ABOVE_CAPACITY', 'physics'), 'chitra+', 'open approve Chitra'],
    [
      'two engineers overrule physics',
      verdictOf('REJECTED', 'VER_ABOVE_CAPACITY', 'physics'),
      'chitra+ dev+',
      'decided approve Chitra Dev',
    ],
    [
      'and one withdraws',
      verdictOf('REJECTED', 'VER_ABOVE_CAPACITY', 'physics'),
      'chitra+ dev+ dev-',
      'decided reject Dev',
    ],
    ['the register takes two', verdictOf('REJECTED', 'VER_COUNTER_ROLLBACK'), 'dev+', 'open approve Dev'],
    [
      'an operator is no second engineer',
      verdictOf('REJECTED', 'VER_COUNTER_ROLLBACK'),
      'dev+ asha+',
      'open approve Dev',
    ],
    ['an approved one is rejected', verdictOf('APPROVED'), 'chitra-', 'decided reject Chitra'],
    ['but not by an operator', verdictOf('APPROVED'), 'asha-', 'none'],
  ])('%s', (_what, verdict, text, expected) => {
    const standing = standingOf(verdict, reviewsOf(text));
    const words =
      standing.state === 'none'
        ? ['none']
        : [
            standing.state,
            standing.decision,
            ...standing.by,
            ...(standing.state === 'open' && standing.against.length > 0 ? ['against', ...standing.against] : []),
          ];
    expect(words.join(' ')).toBe(expected);
    expect(isWaiting(verdict, standing)).toBe(
      verdict.status === 'APPROVED' ? standing.state === 'open' : standing.state !== 'decided',
    );
  });

  it('takes one account and one name for one person', () => {
    const one = { by: 'Asha', account: 'key:01' };
    expect(isSamePerson(one, { by: 'Other', account: 'key:01' })).toBe(true);
    expect(isSamePerson(one, { by: ' ASHA ', account: 'key:09' })).toBe(true);
    expect(isSamePerson(one, { by: 'Ashaa', account: 'key:09' })).toBe(false);
  });

  it.each([
    ['VER_EFFICIENCY_ABOVE_ONE', 'physics', 'reject', true],
    ['VER_POWER_BELOW_WATER', 'physics', 'flag', false],
    ['VER_REGISTER_DISCONTINUITY', 'consistency', 'reject', true],
    ['VER_COUNTER_RESET', 'consistency', 'flag', false],
    ['VER_DUPLICATE_INTERVAL', 'temporal', 'reject', true],
    ['VER_OVERLAP', 'temporal', 'reject', true],
    ['VER_ENERGY_COUNTED_TWICE', 'consistency', 'reject', true],
    ['VER_UNLIKE_HISTORY', 'statistical', 'reject', false],
  ] as const)('%s of %s as %s is a veto that takes two: %s', (code, layer, severity, expected) => {
    expect(hasVeto({ findings: [{ code, layer, severity }] })).toBe(expected);
  });
});

describe('who may record what', () => {
  const reading = (status: ReviewedVerdict['status'], reviews = '', toMs = NOW_MS) => ({
    index: 77,
    toMs,
    verdict: verdictOf(status),
    reviews: reviewsOf(reviews),
  });
  const proposal = (who: Person, change: Partial<ReviewProposal> = {}): ReviewProposal => ({
    decision: 'approve',
    reason: 'The log of the gate shows it',
    ...PEOPLE[who],
    ...change,
  });

  it.each<[string, ReviewProposal, ReturnType<typeof reading>, string]>([
    ['an operator approves a flagged one', proposal('asha'), reading('FLAGGED'), 'allowed'],
    ['an operator approves a rejected one', proposal('asha'), reading('REJECTED'), 'REV_ROLE'],
    ['an operator confirms a rejected one', proposal('asha', { decision: 'reject' }), reading('REJECTED'), 'allowed'],
    ['an engineer approves a rejected one', proposal('chitra'), reading('REJECTED'), 'allowed'],
    ['an operator rejects an approved one', proposal('asha', { decision: 'reject' }), reading('APPROVED'), 'REV_ROLE'],
    ['an engineer rejects an approved one', proposal('chitra', { decision: 'reject' }), reading('APPROVED'), 'allowed'],
    ['nobody has rejected it', proposal('chitra'), reading('APPROVED'), 'REV_NOTHING_TO_REVIEW'],
    ['somebody has rejected it', proposal('chitra'), reading('APPROVED', 'dev-'), 'allowed'],
    ['a viewer', proposal('asha', { role: 'viewer' }), reading('FLAGGED'), 'REV_ROLE'],
    ['an ingest key', proposal('asha', { role: 'ingest' }), reading('FLAGGED'), 'REV_ROLE'],
    ['a role of another version', proposal('asha', { role: 'chief' }), reading('FLAGGED'), 'REV_ROLE'],
    ['the same again', proposal('asha'), reading('FLAGGED', 'asha+'), 'REV_ALREADY_DECIDED'],
    [
      'the same with a second key',
      proposal('asha', { account: 'key:77' }),
      reading('FLAGGED', 'asha+'),
      'REV_ALREADY_DECIDED',
    ],
    ['another mind', proposal('asha', { decision: 'reject' }), reading('FLAGGED', 'asha+'), 'allowed'],
    ['an interval that ends later', proposal('asha'), reading('FLAGGED', '', NOW_MS + 1), 'REV_IN_FUTURE'],
    ['what was seen', proposal('bala', { seen: 1 }), reading('FLAGGED', 'asha+'), 'allowed'],
    ['what was not seen', proposal('bala', { seen: 0 }), reading('FLAGGED', 'asha+'), 'REV_CHANGED_MEANWHILE'],
    ['no reason', proposal('asha', { reason: ' \n ' }), reading('FLAGGED'), 'REV_BAD_REASON'],
    ['half a character', proposal('asha', { reason: 'a\ud800' }), reading('FLAGGED'), 'REV_BAD_REASON'],
    ['words turned around', proposal('asha', { reason: 'a\u202eb' }), reading('FLAGGED'), 'REV_BAD_REASON'],
    ['a bell', proposal('asha', { reason: 'a\u0007b' }), reading('FLAGGED'), 'REV_BAD_REASON'],
    [
      'too many',
      proposal('dev'),
      { ...reading('FLAGGED'), reviews: reviewsOf('asha+ bala- '.repeat(REVIEWS_MAX / 2)) },
      'REV_TOO_MANY',
    ],
  ])('%s: %4$s', (_what, asked, subject, expected) => {
    const check = checkReview(asked, subject, NOW_MS);
    expect(check.kind === 'allowed' ? 'allowed' : check.refusal.code).toBe(expected);
  });

  it('keeps a reason as it was said, line ends made one, and of any length up to the limit', () => {
    expect(readReason('  first\r\nsecond\t– हाँ  ')).toBe('first\nsecond\t– हाँ');
    expect(readReason('x'.repeat(REASON_LENGTH_MAX))).toHaveLength(REASON_LENGTH_MAX);
    expect(readReason('x'.repeat(REASON_LENGTH_MAX + 1))).toBeUndefined();
  });
});
