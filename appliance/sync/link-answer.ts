import type { z } from 'zod';
import { toIso } from '../../core/model/time.ts';
import { inMb } from '../../core/sync/link-budget.ts';
import type { linkSchema } from '../api/schema/link.ts';
import type { LinkStatus } from './plant-sync.ts';

export type LinkAnswer = z.infer<typeof linkSchema>;

/** How the way out of the plant stands, as the API says it; null where no target lies beyond it or nothing runs. */
export function linkAnswer(link: LinkStatus | undefined): LinkAnswer | null {
  if (link === undefined) return null;
  const { state, reason, code, sinceMs, budget } = link;
  return {
    state,
    reason,
    code,
    since: toIso(sinceMs),
    budget:
      budget === undefined
        ? null
        : {
            bytesPerDay: budget.bytesPerDay,
            usedBytes: budget.usedBytes,
            leftBytes: Math.max(0, budget.bytesPerDay - budget.usedBytes),
            renewsAt: toIso(budget.renewsAtMs),
          },
  };
}

/** The link in one line for a person. */
export function linkInWords({ state, reason, budget }: LinkAnswer): string {
  const spent = budget === null ? '' : `; ${inMb(budget.usedBytes)} of today's ${inMb(budget.bytesPerDay)} used`;
  return `${STATE_WORDS[state]}: ${reason}${spent}`;
}

const STATE_WORDS = {
  unknown: 'not known yet',
  none: 'no link',
  'no-way-out': 'a network without a way out',
  thin: 'a thin link',
  up: 'up',
} as const;
