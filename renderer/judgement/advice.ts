import type { Status } from '../api/types.ts';
import { joinSentences } from '../format/sentences.ts';
import { hasStatusSignal } from './stated-units.ts';
import { isWaitingForValues } from './waiting.ts';

export type AdviceKey =
  | 'otherHistory'
  | 'ledgerBroken'
  | 'ledgerSuspect'
  | 'disk'
  | 'tripped'
  | 'deviceDown'
  | 'rejected'
  | 'clock'
  | 'noNewReading'
  | 'diskWarn'
  | 'backup'
  | 'flagged'
  | 'deviceDegraded'
  | 'targetDown'
  | 'stateUnknown';

/** The one most important thing to do, and where in the console it is done. */
export interface Advice {
  readonly key: AdviceKey;
  readonly tone: 'attention' | 'alarm';
  readonly values: { readonly name: string; readonly reason: string };
  readonly place:
    | { readonly page: 'devices' }
    | { readonly page: 'ledger' }
    | { readonly page: 'delivery' }
    | { readonly page: 'unit'; readonly unitId: string }
    | { readonly page: 'reading'; readonly index: number };
}

const NOTHING_TO_NAME = { name: '', reason: '' };

/** Undefined when nothing needs a person. The order is the order of urgency; a target goes by the name shown. */
export function adviceOf(status: Status, nameOfTarget: (name: string) => string): Advice | undefined {
  const { plant, devices, disk, clock, backup, ledger } = status;
  if (backup.otherHistory !== null) {
    const reason = joinSentences([backup.otherHistory.message, backup.otherHistory.hint ?? undefined]);
    return { key: 'otherHistory', tone: 'alarm', values: { name: '', reason }, place: { page: 'ledger' } };
  }
  const { check } = ledger;
  if (check.state === 'broken') return checkAdvice('ledgerBroken', 'alarm', check.reason);
  if (disk.level === 'critical')
    return { key: 'disk', tone: 'alarm', values: NOTHING_TO_NAME, place: { page: 'ledger' } };
  const tripped = plant.units.find((unit) => unit.state === 'tripped');
  if (tripped !== undefined) {
    const place = { page: 'unit', unitId: tripped.id } as const;
    return { key: 'tripped', tone: 'alarm', values: { name: tripped.name, reason: '' }, place };
  }
  const down = devices.find((device) => device.state === 'down');
  if (down !== undefined) return deviceAdvice(down, 'deviceDown');
  const rejected = verdictAdvice(status, 'REJECTED');
  if (rejected !== undefined) return rejected;
  if (clock.trust === 'suspect') {
    return { key: 'clock', tone: 'attention', values: { name: '', reason: clock.reason }, place: { page: 'devices' } };
  }
  const old = plant.units.find(({ freshness: { state } }) => state === 'overdue' || state === 'ahead');
  if (old !== undefined) {
    const values = { name: old.name, reason: '' };
    return { key: 'noNewReading', tone: 'attention', values, place: { page: 'devices' } };
  }
  if (check.state === 'suspect') return checkAdvice('ledgerSuspect', 'attention', check.reason);
  if (disk.level === 'warn')
    return { key: 'diskWarn', tone: 'attention', values: NOTHING_TO_NAME, place: { page: 'ledger' } };
  if (backup.state === 'overdue') {
    const values = { name: '', reason: backup.reason };
    return { key: 'backup', tone: 'attention', values, place: { page: 'ledger' } };
  }
  const flagged = verdictAdvice(status, 'FLAGGED');
  if (flagged !== undefined) return flagged;
  const degraded = devices.find((device) => device.state === 'degraded');
  if (degraded !== undefined) return deviceAdvice(degraded, 'deviceDegraded');
  return targetAdvice(status, nameOfTarget) ?? stateAdvice(status);
}

function checkAdvice(key: 'ledgerBroken' | 'ledgerSuspect', tone: Advice['tone'], reason: string): Advice {
  return { key, tone, values: { name: '', reason }, place: { page: 'ledger' } };
}

/** A target that is not reached: what is told of it says what to do, such as to put the disk in. */
function targetAdvice({ targets }: Status, nameOfTarget: (name: string) => string): Advice | undefined {
  const down = targets.find(({ state, fault }) => state === 'down' && fault !== undefined);
  if (down === undefined) return undefined;
  const { fault, name } = down;
  const reason = joinSentences([fault?.message, fault?.hint]);
  const values = { name: nameOfTarget(name), reason };
  return { key: 'targetDown', tone: 'attention', values, place: { page: 'delivery' } };
}

function stateAdvice({ plant, devices }: Status): Advice | undefined {
  const unknown = plant.units.find(
    (unit) => unit.state === 'unknown' && hasStatusSignal(unit) && !isWaitingForValues(unit, devices),
  );
  if (unknown === undefined) return undefined;
  const values = { name: unknown.name, reason: '' };
  return { key: 'stateUnknown', tone: 'attention', values, place: { page: 'devices' } };
}

function deviceAdvice(device: Status['devices'][number], key: 'deviceDown' | 'deviceDegraded'): Advice {
  const reason = joinSentences([device.fault?.message, device.fault?.hint]);
  const tone = key === 'deviceDown' ? 'alarm' : 'attention';
  return { key, tone, values: { name: device.id, reason }, place: { page: 'devices' } };
}

function verdictAdvice({ plant }: Status, status: 'REJECTED' | 'FLAGGED'): Advice | undefined {
  const unit = plant.units.find((item) => item.lastVerdict?.status === status);
  if (unit === undefined || unit.lastVerdict === null) return undefined;
  const values = { name: unit.name, reason: unit.lastVerdict.headline ?? '' };
  const place = { page: 'reading', index: unit.lastVerdict.index } as const;
  return status === 'REJECTED'
    ? { key: 'rejected', tone: 'alarm', values, place }
    : { key: 'flagged', tone: 'attention', values, place };
}
