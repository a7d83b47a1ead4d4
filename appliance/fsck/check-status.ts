import type { z } from 'zod';
import type { statusSchema } from '../api/schema/status.ts';
import { ageInWords } from '../backup/backup-status.ts';
import type { BackgroundCheck, LastCheck } from './background-check.ts';

export type CheckStatus = z.infer<typeof statusSchema>['ledger']['check'];

/** `running` is absent while no appliance runs. */
export function checkStatus(
  last: LastCheck | undefined,
  running: Pick<BackgroundCheck, 'checked' | 'suspected'> | undefined,
  size: number,
  nowMs: number,
): CheckStatus {
  const checked = running?.checked ?? null;
  const suspected = running?.suspected;
  const progress = checked === null ? '' : `; it is being checked now, ${checked} of ${size} entries so far`;
  return {
    state: suspected !== undefined ? 'suspect' : last === undefined ? 'never' : last.ok ? 'ok' : 'broken',
    checkedEntries: checked,
    lastAt: last?.at ?? null,
    lastEntries: last?.entries ?? null,
    reason: `${suspected === undefined ? inWords(last, nowMs) : suspicionInWords(suspected)}${progress}`,
    problem:
      last?.firstBad === undefined
        ? null
        : { code: last.firstBad.code, message: last.firstBad.message, hint: 'keep the data folder as it is' },
  };
}

function suspicionInWords(suspected: string): string {
  return `The last run found damage, and the whole ledger has still to be checked for it: ${suspected.replace(/\.$/, '')}`;
}

function inWords(last: LastCheck | undefined, nowMs: number): string {
  if (last === undefined) return 'The whole ledger was not checked yet';
  const age = ageInWords(Math.max(0, nowMs - Date.parse(last.at)));
  if (last.firstBad === undefined)
    return `The whole ledger held when it was checked ${age} ago: ${last.entries} entries`;
  return `The ledger does not hold, as a check ${age} ago found: ${last.firstBad.message.replace(/\.$/, '')}`;
}
