import { expect, test } from 'vitest';
import { UnitBreaker } from './unit-breaker.ts';

const TIMEOUT_MS = 1000;

/** A line of two units of which 2 answers every 100 ms and 1 has answered `answers` times before. */
function line(answers: number) {
  const breaker = new UnitBreaker('line');
  let nowMs = 0;
  const pass = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 100) breaker.answered(2, 20, nowMs);
  };
  for (let at = 0; at < answers; at += 1) breaker.answered(1, 20, nowMs);
  pass(1000);
  return {
    pass,
    standing: () => breaker.standing(1, TIMEOUT_MS, nowMs),
    silent: () => breaker.silent(1, TIMEOUT_MS, nowMs),
    answered: () => breaker.answered(1, 20, nowMs),
  };
}

test('a unit is doubtful after one silence and demoted after two, in words that name a live one', () => {
  const { standing, silent } = line(0);
  expect(standing().kind).toBe('well');
  expect(silent()).toBeUndefined();
  expect(standing()).toEqual({ kind: 'doubtful', timeoutMs: TIMEOUT_MS });
  expect(silent()).toMatchObject({ code: 'DRV_MODBUS_UNIT_SILENT', policy: 'demote' });
  expect(standing()).toMatchObject({ kind: 'demoted', fault: { message: expect.stringContaining('while unit 2') } });
});

test('an answer restores it at once', () => {
  const { standing, silent, answered } = line(0);
  silent();
  silent();
  answered();
  expect(standing().kind).toBe('well');
});

test('a unit that used to answer is asked once more soon, with little patience', () => {
  const { standing, silent, pass } = line(10);
  silent();
  silent();
  expect(standing().kind).toBe('demoted');
  pass(1100);
  expect(standing()).toEqual({ kind: 'doubtful', timeoutMs: 150 });
});

test('waiting for a dead unit keeps within its share of the time', () => {
  const { standing, silent, pass } = line(0);
  silent();
  silent();
  let waitedMs = 0;
  const minutes = 60;
  for (let second = 0; second < minutes * 60; second += 1) {
    pass(1000);
    const now = standing();
    if (now.kind !== 'doubtful') continue;
    waitedMs += now.timeoutMs;
    silent();
  }
  const share = waitedMs / (minutes * 60_000);
  expect(share).toBeLessThan(0.06);
  expect(share).toBeGreaterThan(0.01);
});

test('a unit that answers now and then cannot take more than its share either', () => {
  const { standing, silent, answered, pass } = line(0);
  let waitedMs = 0;
  const minutes = 60;
  for (let second = 0; second < minutes * 60; second += 1) {
    pass(1000);
    const now = standing();
    if (now.kind === 'demoted') continue;
    if (now.kind === 'doubtful' && second % 2 === 0) answered();
    else {
      waitedMs += now.kind === 'doubtful' ? now.timeoutMs : TIMEOUT_MS;
      silent();
    }
  }
  expect(waitedMs / (minutes * 60_000)).toBeLessThan(0.1);
});

test('with nobody else on the line it is asked every few seconds', () => {
  const breaker = new UnitBreaker('line');
  breaker.silent(1, TIMEOUT_MS, 0);
  expect(breaker.silent(1, TIMEOUT_MS, 1000)?.message).toContain('nor does any other');
  let asked = 0;
  for (let nowMs = 2000; nowMs < 62_000; nowMs += 1000) {
    if (breaker.standing(1, TIMEOUT_MS, nowMs).kind !== 'doubtful') continue;
    asked += 1;
    breaker.silent(1, TIMEOUT_MS, nowMs);
  }
  expect(asked).toBe(12);
});
