import { passesAlone } from '../../core/sync/passes-alone.ts';
import type { TargetAnswer } from './target-status.ts';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;
const BYTES_PER_KB = 1000;
/** Targets that take batches only in the order in which they were sealed. */
const IN_ORDER: readonly string[] = ['file', 'hub'];

/** What waits for a target as a person says it: "3 days of evidence waiting, about 40 KB, oldest from ...". */
export function waitingInWords(target: TargetAnswer, nowMs: number): string {
  const { waiting, parked, delivered, waitingBytes, oldestAt, state } = target;
  const parts: string[] = [];
  if (state === 'unavailable') parts.push('this version does not deliver there; the evidence is kept');
  if (waiting === 0) parts.push(everythingInWords(target));
  else {
    const age = oldestAt === null ? '' : `${ageInWords(nowMs - Date.parse(oldestAt))} of evidence waiting, `;
    const oldest = oldestAt === null ? '' : `, oldest sealed until ${oldestAt}`;
    const heldUp = heldInWords(target);
    if (heldUp !== undefined) parts.push(heldUp);
    parts.push(`${age}${batches(waiting)}, about ${Math.max(1, Math.round(waitingBytes / BYTES_PER_KB))} KB${oldest}`);
  }
  if (parked > 0) {
    const isBefore = waiting > 0 && IN_ORDER.includes(target.name);
    parts.push(
      `${batches(parked)} parked: a person must decide${isBefore ? ', and what was sealed after waits for it' : ''}`,
    );
  }
  if (isDiskMissed(target)) parts.push('the folder is not there now: put the disk in, or on a new one make the folder');
  if (delivered > 0) parts.push(carriedInWords(target) ?? `${batches(delivered)} delivered`);
  return parts.join('; ');
}

/** A target in lines for a terminal: what waits for it, and whether a person has to do something. */
export function targetInLines(target: TargetAnswer, nowMs: number): readonly string[] {
  const { name, state, fault, notice, carrier, waiting, parked } = target;
  const lines = [`${name}: ${waitingInWords(target, nowMs)}`];
  if (fault !== undefined) lines.push(`  ${whatToDo(target, fault.code)}: ${inOneLine(fault)}`);
  else if (state === 'stopped' && waiting > 0) lines.push('  goes out once the appliance runs');
  if (parked > 0) {
    lines.push(
      `  needs a person: "forebay sync show" says why; then "forebay sync retry --target ${name} --batch INDEX"`,
    );
  }
  for (const said of [notice, carrier?.fault]) if (said !== undefined) lines.push(`  ${inOneLine(said)}`);
  return lines;
}

function whatToDo({ state }: TargetAnswer, code: string): string {
  if (!passesAlone(code)) return 'needs a person';
  return state === 'stopped'
    ? 'goes out once the appliance runs; the last try'
    : 'goes out by itself once this is over';
}

function inOneLine({ code, message, hint }: NonNullable<TargetAnswer['fault']>): string {
  return `${code}: ${message}${hint === null ? '' : ` (${hint})`}`;
}

/** "today's 2 MB ... are used up; 34 batches wait until 00:00". */
function heldInWords({ held, waiting }: TargetAnswer): string | undefined {
  if (held === undefined) return undefined;
  const said = `${held.message.slice(0, 1).toLowerCase()}${held.message.slice(1)}`.replace(/\.$/, '');
  return `${said}, so ${batches(waiting)} ${waiting === 1 ? 'waits' : 'wait'} until 00:00`;
}

/** Before anything waits nothing fails, so that a folder that is not there would be said of too late. */
function isDiskMissed({ carrier, fault, waiting, delivered }: TargetAnswer): boolean {
  return carrier?.isIn === false && fault === undefined && waiting === 0 && delivered === 0;
}

function everythingInWords({ delivered, carrier }: TargetAnswer): string {
  const older = carrier?.older;
  if (older !== undefined) {
    const since = older.since === null ? 'nothing sealed since it was added' : `written since batch ${older.since}`;
    return `${since}; ${batches(older.count)} from before only by "forebay sync carry --all"`;
  }
  if (delivered === 0) return 'nothing sealed for it yet';
  // On a disk is not there: only whoever receives it can say so.
  return carrier === undefined ? 'everything that is sealed is there' : 'everything that is sealed is written';
}

/** Undefined where nobody confirms: what is on the disk is then all that is known. */
function carriedInWords({ carrier }: TargetAnswer): string | undefined {
  if (carrier === undefined || carrier.receiver === null) return undefined;
  const { receiver, received, onDisk, receivedAt, isIn } = carrier;
  const parts = [];
  if (onDisk > 0) {
    parts.push(`${batches(onDisk)} on the disk${isIn === false ? ', which is not in' : ''}, not received yet`);
  }
  if (received > 0) parts.push(`${batches(received)} received by ${receiver}, last on ${receivedAt}`);
  return parts.join('; ');
}

/** An age in its largest unit, rounded: `3 days`, `1 hour`. */
export function ageInWords(ageMs: number): string {
  const [name, lengthMs] = UNITS.find(([, ms]) => ageMs >= ms) ?? UNITS[2];
  const count = Math.max(1, Math.round(ageMs / lengthMs));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function batches(count: number): string {
  return `${count} batch${count === 1 ? '' : 'es'}`;
}
