import type { TargetAnswer } from './target-status.ts';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;
const BYTES_PER_KB = 1000;

/** What waits for a target as a person says it: "3 days of evidence waiting, about 40 KB, oldest from ...". */
export function waitingInWords(target: TargetAnswer, nowMs: number): string {
  const { waiting, parked, delivered, waitingBytes, oldestAt, state } = target;
  const parts: string[] = [];
  if (state === 'unavailable') parts.push('this version does not deliver there; the evidence is kept');
  if (waiting === 0) parts.push(delivered === 0 ? 'nothing sealed yet' : 'everything that is sealed is there');
  else {
    const age = oldestAt === null ? '' : `${ageInWords(nowMs - Date.parse(oldestAt))} of evidence waiting, `;
    const oldest = oldestAt === null ? '' : `, oldest sealed until ${oldestAt}`;
    parts.push(`${age}${batches(waiting)}, about ${Math.max(1, Math.round(waitingBytes / BYTES_PER_KB))} KB${oldest}`);
  }
  if (parked > 0) parts.push(`${batches(parked)} parked: a person must decide`);
  if (delivered > 0) parts.push(`${batches(delivered)} delivered`);
  return parts.join('; ');
}

function ageInWords(ageMs: number): string {
  const [name, lengthMs] = UNITS.find(([, ms]) => ageMs >= ms) ?? UNITS[2];
  const count = Math.max(1, Math.round(ageMs / lengthMs));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function batches(count: number): string {
  return `${count} batch${count === 1 ? '' : 'es'}`;
}
