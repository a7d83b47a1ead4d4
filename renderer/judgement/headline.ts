import type { Status } from '../api/types.ts';

/** `normal` is shown in grey; the others carry colour, icon and word because a person is needed. */
export type Tone = 'normal' | 'attention' | 'alarm';

/** A sentence as the key of a text and the values in it. */
export interface Statement<Key extends string> {
  readonly tone: Tone;
  readonly key: Key;
  readonly values: Readonly<Record<string, string | number>>;
}

export type PlantKey = 'tripped' | 'unknown' | 'running' | 'stopped' | 'changing' | 'maintenance';
export type DataKey = 'deviceDown' | 'rejected' | 'clockSuspect' | 'flagged' | 'none' | 'trusted' | 'trustedFlagged';
export type LedgerKey = 'diskCritical' | 'diskWarn' | 'safe' | 'empty';
export type LinkKey = 'none' | 'up' | 'waiting' | 'down';

export interface Headline {
  readonly plant: Statement<PlantKey>;
  readonly data: Statement<DataKey>;
  readonly ledger: Statement<LedgerKey>;
  readonly link: Statement<LinkKey>;
}

/** The state of the plant in four sentences, each about one thing an operator asks first. */
export function headlineOf(status: Status): Headline {
  return { plant: plantOf(status), data: dataOf(status), ledger: ledgerOf(status), link: linkOf(status) };
}

function plantOf({ plant: { units } }: Status): Statement<PlantKey> {
  const inState = (state: string): typeof units => units.filter((unit) => unit.state === state);
  const values = { generating: inState('generating').length, total: units.length };
  const tripped = inState('tripped');
  if (tripped.length > 0) return { tone: 'alarm', key: 'tripped', values: { ...values, names: namesOf(tripped) } };
  const unknown = inState('unknown');
  if (unknown.length > 0) return { tone: 'attention', key: 'unknown', values: { ...values, names: namesOf(unknown) } };
  if (values.generating > 0) return { tone: 'normal', key: 'running', values };
  if (inState('starting').length + inState('stopping').length > 0) return { tone: 'normal', key: 'changing', values };
  return { tone: 'normal', key: inState('maintenance').length === units.length ? 'maintenance' : 'stopped', values };
}

function dataOf({ plant: { units }, devices, ledger, clock }: Status): Statement<DataKey> {
  const down = devices.filter((device) => device.state === 'down');
  if (down.length > 0) {
    const names = down.map((device) => device.id).join(', ');
    return { tone: 'alarm', key: 'deviceDown', values: { names, count: down.length } };
  }
  const judged = (status: string): typeof units => units.filter((unit) => unit.lastVerdict?.status === status);
  const rejected = judged('REJECTED');
  if (rejected.length > 0) return { tone: 'alarm', key: 'rejected', values: { names: namesOf(rejected) } };
  if (clock.trust === 'suspect') return { tone: 'attention', key: 'clockSuspect', values: { reason: clock.reason } };
  const flagged = judged('FLAGGED');
  if (flagged.length > 0) return { tone: 'attention', key: 'flagged', values: { names: namesOf(flagged) } };
  if (units.every((unit) => unit.lastVerdict === null)) return { tone: 'normal', key: 'none', values: {} };
  const earlier = ledger.flagged + ledger.rejected;
  return { tone: 'normal', key: earlier > 0 ? 'trustedFlagged' : 'trusted', values: { count: earlier } };
}

function ledgerOf({ ledger, disk }: Status): Statement<LedgerKey> {
  const values = { count: ledger.size };
  if (disk.level === 'critical') return { tone: 'alarm', key: 'diskCritical', values };
  if (disk.level === 'warn') return { tone: 'attention', key: 'diskWarn', values };
  return { tone: 'normal', key: ledger.size === 0 ? 'empty' : 'safe', values };
}

const HEALTHY_LINKS = new Set(['up', 'connected', 'idle', 'ready']);

function linkOf({ targets }: Status): Statement<LinkKey> {
  const waiting = targets.reduce((sum, target) => sum + target.waiting, 0);
  const down = targets.filter((target) => !HEALTHY_LINKS.has(target.state));
  if (targets.length === 0) return { tone: 'normal', key: 'none', values: {} };
  if (down.length > 0) {
    const names = down.map((target) => target.name).join(', ');
    return { tone: 'attention', key: 'down', values: { names, count: waiting } };
  }
  return { tone: 'normal', key: waiting > 0 ? 'waiting' : 'up', values: { count: waiting } };
}

function namesOf(units: Status['plant']['units']): string {
  return units.map((unit) => unit.name).join(', ');
}
