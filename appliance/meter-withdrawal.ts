import { writeCounterState } from '../core/acquisition/counter-state.ts';
import type { NewEntry } from '../core/ledger/entry.ts';
import { present } from '../core/model/assert.ts';
import { Failure } from '../core/model/failure.ts';
import type { JsonObject } from '../core/model/json.ts';
import { saveCounter } from '../core/store/counters.ts';
import type { MeterWithdrawalAnswer } from './api/schema/meter.ts';
import type { MeterActionParts } from './meter-actions.ts';
import { entriesOf, meterNamed } from './meter-change.ts';

/** A person takes back an exchange or reset that was entered by mistake. */
export interface MeterWithdrawalRequest {
  readonly point: string;
  readonly reason?: string | undefined;
  /** Who says so, as told; `account` is who told it. */
  readonly by: string;
  readonly account: { readonly name: string; readonly role: string };
}

/**
 * Records that what was announced of a meter will not come, in one write with where its counter then stands. Only while
 * the register has not shown it: what a reading has counted by it stays.
 *
 * @throws Failure `ACQ_METER_...`, or of the store; nothing is recorded and nothing changed then.
 */
export function recordMeterWithdrawal(
  { config, store, changeMeter, record }: MeterActionParts,
  request: MeterWithdrawalRequest,
): MeterWithdrawalAnswer {
  const meter = meterNamed(config, request.point);
  const announced = entriesOf(store, meter).at(-1);
  const outcome = changeMeter(request.point, { kind: 'withdraw' });
  if (announced === undefined || outcome?.kind !== 'withdrawn') {
    throw new Failure('ACQ_METER_NOTHING_WAITS', `No exchange or reset of ${request.point} waits for its register.`, {
      hint: 'what the register has shown, or was not shown within an hour, is settled; "forebay meter list" shows the last event',
      exitCode: 2,
    });
  }
  const { at, finalKwh, initialKwh, event } = announced.body;
  const body: JsonObject = {
    v: 2,
    event: 'withdraw',
    withdraws: announced.index,
    point: request.point,
    unitId: meter.unit.id,
    quantity: meter.quantity,
    at: String(at),
    ...(request.reason === undefined ? {} : { reason: request.reason }),
    by: request.by,
    account: { ...request.account },
  };
  const entry: NewEntry = { kind: 'meter', body };
  const recorded = record(entry, (write) => saveCounter(write, meter.key, writeCounterState(outcome.saved)));
  outcome.commit();
  const { index } = present(recorded[0], 'the entry of the withdrawal');
  const withdrawn = { event: String(event), finalKwh: String(finalKwh), initialKwh: String(initialKwh) };
  return { ...(body as unknown as Omit<MeterWithdrawalAnswer, 'index' | 'withdrawn'>), index, withdrawn };
}
