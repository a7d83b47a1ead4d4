import { userInfo } from 'node:os';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import type { MeterEventAnswer, MeterWithdrawalAnswer } from '../api/schema/meter.ts';
import { dataFolderAt } from '../data-folder.ts';
import { listMeters, type MeterActionParts, metersAtRest, recordMeterChange } from '../meter-actions.ts';
import { recordMeterWithdrawal } from '../meter-withdrawal.ts';
import { openDeviceKey } from '../open-device-key.ts';
import { findRunning } from '../run-file.ts';
import { systemClock } from '../system-clock.ts';
import { callAppliance } from './call-appliance.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { keptPlant, withStore } from './kept-plant.ts';

const OPTIONS = {
  data: DATA_OPTION,
  point: {
    type: 'string',
    value: 'DEVICE/POINT',
    about: 'the energy register, such as plc1/energy_export',
    isNeeded: true,
  },
  final: { type: 'string', value: 'KWH', about: 'what the old meter showed last', isNeeded: true },
  initial: { type: 'string', value: 'KWH', about: 'what the new meter showed first', isNeeded: true },
  at: { type: 'string', value: 'TIME', about: 'when it was done, such as 2026-10-01T05:30:00+05:30', isNeeded: true },
  reason: { type: 'string', value: 'TEXT', about: 'why, and where the photos or the protocol lie' },
  by: { type: 'string', value: 'NAME', about: 'who did it; the user of this computer if left out' },
  json: JSON_OPTION,
} as const;

const NOTES = [
  'Nothing that is recorded changes. Energy that no reading can hold any more stands in the entry itself.',
];

export const meterExchange: Command = {
  name: 'meter exchange',
  summary: 'Record that an energy meter was exchanged',
  options: OPTIONS,
  notes: NOTES,
  run: (call) => change(call, 'exchange'),
};

export const meterReset: Command = {
  name: 'meter reset',
  summary: "Record that an energy meter's register was set to another value",
  options: {
    ...OPTIONS,
    final: { ...OPTIONS.final, about: 'what the register showed before' },
    initial: { ...OPTIONS.initial, about: 'what it was set to' },
  },
  notes: NOTES,
  run: (call) => change(call, 'reset'),
};

export const meterList: Command = {
  name: 'meter list',
  summary: 'List the energy meters with their registers and what was recorded of them',
  options: { data: DATA_OPTION, json: JSON_OPTION, config: CONFIG_OPTION },
  run: (call) =>
    withStore(call, (store) => {
      const meters = listMeters({ ...keptPlant(store, call), store });
      if (call.flags.has('json')) for (const meter of meters) call.output.json(meter);
      else {
        const rows = meters.map(({ point, unitId, registerKwh, readAt, lastEvent, uncounted, waiting }) => {
          const event =
            lastEvent === null
              ? ''
              : `${lastEvent.event} ${lastEvent.at} (entry ${lastEvent.index}${waiting === null ? '' : ', not shown by the register yet'})`;
          const never = uncounted === null ? 'never read' : 'read, not counted';
          return [point, unitId, registerKwh ?? never, readAt ?? uncounted?.readAt ?? '', event];
        });
        call.output.table(['point', 'unit', 'kWh', 'read at', 'last event'], rows);
        for (const { point, uncounted } of meters) {
          if (uncounted !== null) call.output.line(`${point}: ${uncounted.message}`);
        }
      }
      return 0;
    }),
};

export const meterWithdraw: Command = {
  name: 'meter withdraw',
  summary: 'Take back an exchange or reset that the register has not shown yet',
  options: { data: DATA_OPTION, point: OPTIONS.point, reason: OPTIONS.reason, by: OPTIONS.by, json: JSON_OPTION },
  notes: ['What a reading has counted by it is not taken back.'],
  run: async (call) => {
    const { texts, flags, output } = call;
    const { point = '', reason, by } = texts;
    const running = await findRunning(dataFolderAt(texts.data ?? ''));
    const user = userInfo().username;
    const note = reason === undefined ? {} : { reason };
    const request = { point, by: by ?? user, ...note, account: { name: user, role: 'local' } };
    const answer =
      running === undefined
        ? await atRest(call, (parts) => recordMeterWithdrawal(parts, request))
        : ((await callAppliance(running, 'POST', `/api/v1/meters/${encodeURIComponent(point)}/withdraw`, {
            by: by ?? user,
            ...note,
          })) as MeterWithdrawalAnswer);
    if (flags.has('json')) output.json(answer);
    else
      output.line(
        `Recorded as entry ${answer.index}. The ${answer.withdrawn.event} of ${answer.at} (entry ${answer.withdraws}) holds no more.`,
      );
    return 0;
  },
};

async function change(call: Call, event: 'exchange' | 'reset'): Promise<0> {
  const { texts, flags, output } = call;
  const { point = '', final = '', initial = '', at = '', reason, by } = texts;
  const running = await findRunning(dataFolderAt(texts.data ?? ''));
  const user = userInfo().username;
  const answer =
    running === undefined
      ? await atRest(call, (parts) =>
          recordMeterChange(parts, {
            point,
            event,
            finalKwh: final,
            initialKwh: initial,
            at,
            reason,
            by: by ?? user,
            account: { name: user, role: 'local' },
          }),
        )
      : ((await callAppliance(running, 'POST', `/api/v1/meters/${encodeURIComponent(point)}/${event}`, {
          finalKwh: final,
          initialKwh: initial,
          at,
          by: by ?? user,
          ...(reason === undefined ? {} : { reason }),
        })) as MeterEventAnswer);
  if (flags.has('json')) output.json(answer);
  else output.line(sentenceOf(answer));
  return 0;
}

/** Holds the folder meanwhile, since no appliance runs. */
async function atRest<T>(call: Call, act: (parts: MeterActionParts) => T): Promise<T> {
  const { config } = await withStore(call, (store) => keptPlant(store, call));
  const folder = dataFolderAt(call.texts.data ?? '');
  const lock = holdInstanceLock(folder.root);
  try {
    const store = openStore(folder.storePath, { access: 'write' });
    try {
      const key = openDeviceKey(folder, store, config.plant.id);
      const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: systemClock });
      const parts = {
        config,
        store,
        nowMs: () => systemClock.wallMs(),
        changeMeter: metersAtRest(config, store),
        record: (entry, alongside) => recorder.record([entry], alongside),
      } satisfies MeterActionParts;
      return act(parts);
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

function sentenceOf({ index, counted, energyWh = 0, explains, lastKwh, lastAt }: MeterEventAnswer): string {
  if (counted === 'in-entry') {
    return `Recorded as entry ${index}. It explains the ${explains} after ${lastKwh} kWh at ${lastAt} and counts ${energyWh} Wh itself.`;
  }
  return `Recorded as entry ${index}. The reading in which the register shows it counts its energy, from ${lastKwh} kWh at ${lastAt} on.`;
}
