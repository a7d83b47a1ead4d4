import type { Status } from '../api/types.ts';
import { hasStatusSignal } from './stated-units.ts';
import { isWaitingForValues } from './waiting.ts';

/** `normal` is shown in grey; the others carry colour, icon and word because a person is needed. */
export type Tone = 'normal' | 'attention' | 'alarm';

/** A sentence as the key of a text and the values in it; what a sentence does not say is empty. */
export interface Statement<Key extends string, Values> {
  readonly tone: Tone;
  readonly key: Key;
  readonly values: Values;
}

export type PlantStatement = Statement<
  'tripped' | 'unknown' | 'unstated' | 'waiting' | 'running' | 'stopped' | 'changing' | 'maintenance',
  { readonly generating: number /** All units with a state. */; readonly count: number; readonly names: string }
>;
export type DataStatement = Statement<
  | 'lost'
  | 'deviceDown'
  | 'rejected'
  | 'clockSuspect'
  | 'ahead'
  | 'overdue'
  | 'neverCame'
  | 'flagged'
  | 'none'
  | 'trusted'
  | 'trustedFlagged',
  { readonly names: string; readonly count: number; readonly sinceMs: number }
>;
export type LedgerStatement = Statement<
  'otherHistory' | 'broken' | 'suspect' | 'diskCritical' | 'diskWarn' | 'backupOverdue' | 'safe' | 'empty',
  { readonly count: number }
>;
export type LinkStatement = Statement<
  'none' | 'nothing' | 'delivered' | 'waiting' | 'down' | 'person',
  { readonly names: string; readonly count: number }
>;

export interface Headline {
  readonly plant: PlantStatement;
  readonly data: DataStatement;
  readonly ledger: LedgerStatement;
  readonly link: LinkStatement;
}

/** The state of the plant in four sentences, each about one thing an operator asks first; targets by the names shown. */
export function headlineOf(
  status: Status,
  nameOfTarget: (name: string) => string,
  contact: 'connecting' | 'live' | 'lost',
): Headline {
  const data = contact === 'lost' ? NO_CONTACT : dataOf(status);
  return { plant: plantOf(status), data, ledger: ledgerOf(status), link: linkOf(status, nameOfTarget) };
}

const NOTHING_SAID = { names: '', count: 0, sinceMs: 0 };
/** What was last heard says nothing of now. */
const NO_CONTACT: DataStatement = { tone: 'attention', key: 'lost', values: NOTHING_SAID };

function plantOf({ plant, devices }: Status): PlantStatement {
  // A known state needs no signal; an unknown one of a unit without a status signal says nothing.
  const units = plant.units.filter((unit) => unit.state !== 'unknown' || hasStatusSignal(unit));
  if (units.length === 0) {
    const waiting = plant.units.some((unit) => isWaitingForValues(unit, devices));
    const values = { generating: 0, count: plant.units.length, names: '' };
    return { tone: 'normal', key: waiting ? 'waiting' : 'unstated', values };
  }
  const inState = (state: string): typeof units => units.filter((unit) => unit.state === state);
  const values = { generating: inState('generating').length, count: units.length, names: '' };
  const tripped = inState('tripped');
  if (tripped.length > 0) return { tone: 'alarm', key: 'tripped', values: { ...values, names: namesOf(tripped) } };
  const waiting = units.filter((unit) => isWaitingForValues(unit, devices));
  const unknown = inState('unknown').filter((unit) => !waiting.includes(unit));
  if (unknown.length > 0) return { tone: 'attention', key: 'unknown', values: { ...values, names: namesOf(unknown) } };
  if (waiting.length > 0) return { tone: 'normal', key: 'waiting', values };
  if (values.generating > 0) return { tone: 'normal', key: 'running', values };
  if (inState('starting').length + inState('stopping').length > 0) return { tone: 'normal', key: 'changing', values };
  return { tone: 'normal', key: inState('maintenance').length === units.length ? 'maintenance' : 'stopped', values };
}

function dataOf({ plant: { units }, devices, ledger, clock }: Status): DataStatement {
  const down = devices.filter((device) => device.state === 'down');
  if (down.length > 0) {
    const names = down.map((device) => device.id).join(', ');
    return { tone: 'alarm', key: 'deviceDown', values: { ...NOTHING_SAID, names, count: down.length } };
  }
  const judged = (status: string): typeof units => units.filter((unit) => unit.lastVerdict?.status === status);
  const rejected = judged('REJECTED');
  if (rejected.length > 0) return { tone: 'alarm', key: 'rejected', values: valuesOf(rejected) };
  if (clock.trust === 'suspect') return { tone: 'attention', key: 'clockSuspect', values: NOTHING_SAID };
  const old = oldOf(units);
  if (old !== undefined) return old;
  const flagged = judged('FLAGGED');
  if (flagged.length > 0) return { tone: 'attention', key: 'flagged', values: valuesOf(flagged) };
  if (units.every((unit) => unit.lastVerdict === null)) return { tone: 'normal', key: 'none', values: NOTHING_SAID };
  const earlier = ledger.flagged + ledger.rejected;
  return {
    tone: 'normal',
    key: earlier > 0 ? 'trustedFlagged' : 'trusted',
    values: { ...NOTHING_SAID, count: earlier },
  };
}

/** Units whose newest reading says nothing of now: however good it was, nobody may take it for the present. */
function oldOf(units: Status['plant']['units']): DataStatement | undefined {
  for (const [state, hasOne, key] of [
    ['ahead', true, 'ahead'],
    ['overdue', true, 'overdue'],
    ['overdue', false, 'neverCame'],
  ] as const) {
    const found = units.filter(({ freshness }) => freshness.state === state && (freshness.lastTo !== null) === hasOne);
    if (found.length > 0) return { tone: 'attention', key, values: valuesOf(found) };
  }
  return undefined;
}

/** Of several units, the oldest newest reading says since when. */
function valuesOf(units: Status['plant']['units']): DataStatement['values'] {
  const ends = units.flatMap(({ freshness: { lastTo } }) => (lastTo === null ? [] : [Date.parse(lastTo)]));
  return { names: namesOf(units), count: units.length, sinceMs: ends.length === 0 ? 0 : Math.min(...ends) };
}

function ledgerOf({ ledger, disk, backup }: Status): LedgerStatement {
  const values = { count: ledger.size };
  if (backup.otherHistory !== null) return { tone: 'alarm', key: 'otherHistory', values };
  if (ledger.check.state === 'broken') return { tone: 'alarm', key: 'broken', values };
  if (disk.level === 'critical') return { tone: 'alarm', key: 'diskCritical', values };
  if (ledger.check.state === 'suspect') return { tone: 'attention', key: 'suspect', values };
  if (disk.level === 'warn') return { tone: 'attention', key: 'diskWarn', values };
  if (backup.state === 'overdue') return { tone: 'attention', key: 'backupOverdue', values };
  return { tone: 'normal', key: ledger.size === 0 ? 'empty' : 'safe', values };
}

const HEALTHY_LINKS = new Set<Status['targets'][number]['state']>(['up', 'waiting']);

/** What went out and what waits; how the way out stands is said beside it, from the link itself. */
function linkOf({ targets }: Status, nameOfTarget: (name: string) => string): LinkStatement {
  const waiting = targets.reduce((sum, target) => sum + target.waiting, 0);
  const stuck = targets.filter((target) => target.needsPerson);
  if (stuck.length > 0) {
    const names = stuck.map((target) => nameOfTarget(target.name)).join(', ');
    const count = stuck.reduce((sum, target) => sum + target.waiting + target.parked, 0);
    return { tone: 'attention', key: 'person', values: { names, count } };
  }
  const down = targets.filter((target) => !HEALTHY_LINKS.has(target.state));
  if (targets.length === 0) return { tone: 'normal', key: 'none', values: { names: '', count: 0 } };
  if (down.length > 0) {
    const names = down.map((target) => nameOfTarget(target.name)).join(', ');
    return { tone: 'attention', key: 'down', values: { names, count: waiting } };
  }
  const key = waiting > 0 ? 'waiting' : targets.some(({ delivered }) => delivered > 0) ? 'delivered' : 'nothing';
  return { tone: 'normal', key, values: { names: '', count: waiting } };
}

function namesOf(units: Status['plant']['units']): string {
  return units.map((unit) => unit.name).join(', ');
}
