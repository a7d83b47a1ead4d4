import { randomInt } from 'node:crypto';
import { silentLog } from '../../core/model/log.ts';
import type { WritableStore } from '../../core/store/handle.ts';
import { systemClock } from '../system-clock.ts';
import type { Call } from './command.ts';
import type { AtRest } from './record-at-rest.ts';
import { secretsOf } from './secrets-of.ts';

/** What delivers and mints, given to a command that stands in for the appliance. */
export function senderParts(call: Call, { config, store, key, recorder }: AtRest) {
  return {
    config,
    store,
    key,
    head: () => recorder.head(),
    record: (entries: Parameters<AtRest['recorder']['record']>[0], alongside: (write: WritableStore) => void) =>
      recorder.record(entries, alongside),
    clock: systemClock,
    random: { next: () => randomInt(2 ** 32) / 2 ** 32 },
    log: silentLog,
    secrets: secretsOf(call),
    environment: process.env,
  };
}
