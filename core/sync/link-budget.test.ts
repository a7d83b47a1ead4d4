import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toIso } from '../model/time.ts';
import type { WritableStore } from '../store/handle.ts';
import { openStore } from '../store/open-store.ts';
import { BULK_SHARE, inMb, keptLinkBudget, type LinkBudget } from './link-budget.ts';

const PUBLIC = { isPublic: true };
const PRIVATE = { isPublic: false };
const MB = 1_000_000;

let folder: string;
let store: WritableStore;
let nowMs: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-link-budget-'));
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  // 10:00 at the plant, which is 5:30 ahead.
  nowMs = Date.parse('2026-11-20T04:30:00Z');
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function budget(timezone = 'Asia/Kolkata'): LinkBudget {
  return keptLinkBudget({ store, clock: { wallMs: () => nowMs }, timezone, bytesPerDay: 2 * MB });
}

test('uploads end before the day is used up, so that small messages never wait behind them', () => {
  const link = budget();
  expect(link.hold(PRIVATE)).toBeUndefined();
  link.spend('hub', Math.round(2 * MB * BULK_SHARE));
  expect(link.hold(PRIVATE)).toMatchObject({
    fault: { code: 'SYN_LINK_BUDGET', message: expect.stringMatching(/^What is left of today's 2 MB/) },
    waitMs: 14 * 3_600_000,
  });
  expect(link.hold(PUBLIC)).toBeUndefined();
  link.spend('hedera', Math.round(2 * MB * (1 - BULK_SHARE)));
  expect(link.hold(PUBLIC)?.fault.message).toBe("Today's 2 MB over the metered link are used up.");
});

test('the day is that of the plant, and a restart does not begin it again', () => {
  budget().spend('hub', 2 * MB);
  store.close();
  store = openStore(join(folder, 'ledger.db'), { access: 'write' });
  expect(budget().status()).toMatchObject({ usedBytes: 2 * MB });
  expect(toIso(budget().status().renewsAtMs)).toBe('2026-11-20T18:30:00.000Z');
  nowMs = Date.parse('2026-11-20T18:29:59.999Z');
  expect(budget().hold(PUBLIC)?.waitMs).toBe(1);
  nowMs += 1;
  expect(budget().hold(PUBLIC)).toBeUndefined();
});

test('a clock that steps ahead and back gives no day its bytes twice', () => {
  const link = budget();
  link.spend('hub', 2 * MB);
  const rightMs = nowMs;
  for (const stepMs of [86_400_000, -86_400_000, 315_576_000_000, -315_576_000_000]) {
    nowMs = rightMs + stepMs;
    link.hold(PUBLIC);
    link.spend('hub', 1);
    nowMs = rightMs;
    expect(link.hold(PUBLIC)?.waitMs, `after a step of ${stepMs} ms and back`).toBeGreaterThan(0);
  }
  expect(link.status().usedBytes).toBe(2 * MB);
});

test('a day of 25 hours ends after 25 hours', () => {
  nowMs = Date.parse('2026-10-24T22:00:00Z');
  const link = budget('Europe/Berlin');
  link.spend('hub', 2 * MB);
  expect(link.hold(PUBLIC)?.waitMs).toBe(25 * 3_600_000);
});

test.each([
  [2_000_000, '2 MB'],
  [250_000, '0.25 MB'],
  [1_234_567, '1.23 MB'],
  [50_000, '0.05 MB'],
])('%d bytes are %s', (bytes, words) => {
  expect(inMb(bytes)).toBe(words);
});
