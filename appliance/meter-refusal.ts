import type { ChangeRefusal } from '../core/acquisition/meter-change.ts';
import { toKwhText } from '../core/acquisition/register-measure.ts';
import { Failure } from '../core/model/failure.ts';
import { toIso } from '../core/model/time.ts';

/** Why a person's word about the meter of `point` cannot be true of its register, for that person to read. */
export function refusalOf(refusal: ChangeRefusal, point: string): Failure {
  switch (refusal.reason) {
    case 'below':
      return refuse(
        'ACQ_METER_BELOW_REGISTER',
        `${point} stood at ${toKwhText(refusal.floorMicroWh)} kWh already at ${toIso(refusal.atMs)}, so the final register cannot be lower.`,
        'compare the protocol of the work and the unit of the display (kWh or MWh)',
      );
    case 'initial':
      return refuse(
        'ACQ_METER_ABOVE_REGISTER',
        `${point} showed ${toKwhText(refusal.seenMicroWh)} kWh at ${toIso(refusal.atMs)}, so what followed cannot have begun higher.`,
        'compare the protocol of the work and the unit of the display (kWh or MWh)',
      );
    case 'implausible':
      return refuse(
        'ACQ_METER_IMPLAUSIBLE',
        `That would be ${toKwhText(refusal.energyMicroWh)} kWh in ${Math.round(refusal.spanMs / 60_000)} minutes, more than the unit can generate.`,
        'check the digits, the decimal point and the time',
      );
    case 'pending':
      return refuse(
        'ACQ_METER_PENDING',
        `An exchange or reset of ${point} of ${toIso(refusal.pending.atMs)} is recorded, and its register has not shown it yet.`,
        'wait until the meter is read again; if it was entered by mistake, take it back: forebay meter withdraw',
      );
    case 'too-early':
      return refuse(
        'ACQ_METER_TOO_EARLY',
        `${point} went on without a break until ${toIso(refusal.readAtMs)}, more than an hour after that time.`,
        "check date and time; the gaps and the reading's page show when the register broke off",
      );
  }
}

function refuse(code: string, sentence: string, hint: string): Failure {
  return new Failure(code, sentence, { hint, exitCode: 2 });
}
