import type { MeterWord } from '../core/acquisition/counter-state.ts';
import { type CounterState, readCounterState, writeCounterState } from '../core/acquisition/counter-state.ts';
import { Meter } from '../core/acquisition/meter.ts';
import type { MeterChangeOutcome } from '../core/acquisition/meter-change-outcome.ts';
import type { Reading } from '../core/acquisition/reading.ts';
import { toKwhText } from '../core/acquisition/register-measure.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import type { RecordedEntry } from '../core/ledger/recorder.ts';
import { present } from '../core/model/assert.ts';
import { toIso } from '../core/model/time.ts';
import { loadCounter, saveCounter } from '../core/store/counters.ts';
import type { ReadableStore, WritableStore } from '../core/store/handle.ts';
import { latestReadings } from '../core/store/readings.ts';
import { adviseOnGaps } from '../core/verification/gap-advice.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import type { MeterAnswer, MeterEventAnswer } from './api/schema/meter.ts';
import { entriesOf, type MeterChangeRequest, type MeterOfPlant, metersOf, prepareMeterChange } from './meter-change.ts';

export interface MeterActionParts {
  readonly config: PlantConfig;
  readonly store: ReadableStore;
  readonly nowMs: () => number;
  readonly changeMeter: (point: string, change: MeterWord) => MeterChangeOutcome | undefined;
  /** Records the entry with what `alongside` writes, or throws and keeps nothing. */
  readonly record: (entry: NewEntry, alongside: (write: WritableStore) => void) => readonly RecordedEntry[];
}

/**
 * Records a person's word about a meter in one write with where its counter then stands.
 *
 * @throws Failure `ACQ_METER_...`, or of the store; nothing is recorded and nothing changed then.
 */
export function recordMeterChange(parts: MeterActionParts, request: MeterChangeRequest): MeterEventAnswer {
  const nowMs = parts.nowMs();
  const { entry, counter } = prepareMeterChange({ ...parts, nowMs }, request);
  const { key, outcome } = counter;
  const recorded = parts.record(entry, (write) => saveCounter(write, key, writeCounterState(outcome.saved)));
  outcome.commit();
  const [first] = recorded;
  return toEventAnswer(present(first, 'the entry of the meter').index, entry.body);
}

/** Every meter of the plant with its register and the last event that was recorded of it. */
export function listMeters({ config, store }: Pick<MeterActionParts, 'config' | 'store'>): MeterAnswer[] {
  return metersOf(config).map((meter) => {
    const { unit, quantity, point, key } = meter;
    const state = savedState(store, key);
    const last = entriesOf(store, meter).at(-1);
    return {
      point: point.ref,
      unitId: unit.id,
      quantity,
      registerKwh: state === undefined ? null : toKwhText(state.registerMicroWh),
      readAt: state === undefined ? null : toIso(state.atMs),
      waiting: state?.announced === undefined ? null : toIso(state.announced.atMs),
      lastEvent: last === undefined ? null : toEventAnswer(last.index, last.body),
      uncounted: uncountedOf(store, unit.id, quantity),
    };
  });
}

/** What the unit's newest reading says of a register that was read and is not counted. */
function uncountedOf(
  store: ReadableStore,
  unitId: string,
  quantity: MeterOfPlant['quantity'],
): MeterAnswer['uncounted'] {
  const [newest] = latestReadings(store, unitId, 1);
  if (newest === undefined) return null;
  const { reading, verdict } = newest.body as unknown as { readonly reading: Reading; readonly verdict: Verdict };
  const register = reading.uncounted?.[quantity];
  if (register === undefined || register.reason === 'ACQ_COUNTER_BEGINS') return null;
  const finding =
    quantity === 'energyExport' ? verdict.findings.find(({ code }) => code === 'VER_ENERGY_UNCOUNTED') : undefined;
  const { endKwh: registerKwh, endAt: readAt, reason } = register;
  const message =
    finding === undefined
      ? adviseOnGaps([{ from: readAt, to: readAt, reason }])
      : `${finding.message} ${finding.action}`;
  return { registerKwh, readAt, reason, message };
}

/** Meters as the store has them, for a command on a data folder on which no appliance runs. */
export function metersAtRest(config: PlantConfig, store: ReadableStore): MeterActionParts['changeMeter'] {
  return (ref, change) => {
    const found = metersOf(config).find(({ point }) => point.ref === ref);
    if (found === undefined) return undefined;
    const device = config.devices.find(({ points }) => points.includes(found.point));
    return new Meter(found.unit, found.point, savedState(store, found.key), device?.periodMs).change(change);
  };
}

function savedState(store: ReadableStore, key: string): CounterState | undefined {
  const text = loadCounter(store, key);
  return text === undefined ? undefined : readCounterState(text);
}

function toEventAnswer(index: number, body: NewEntry['body']): MeterEventAnswer {
  return { ...(body as unknown as Omit<MeterEventAnswer, 'index'>), index };
}
