import type { CounterEvent, Reading, RegisterSpan } from '../../acquisition/reading.ts';
import { instantMs } from '../../model/time.ts';
import type { VerificationContext } from '../layer.ts';
import { isEmpty } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, suspect } from '../suspicion.ts';
import { checkSpan } from './consistency-span.ts';
import { describeUncounted } from './consistency-uncounted.ts';

/** The energy's own story: source, register, what the counter did, how much of the time it alone speaks for. */
export function checkMeter(
  reading: Reading,
  context: VerificationContext,
  settings: VerificationSettings,
): Suspicion[] {
  const found = [
    checkSource(reading, context),
    checkDifference(reading),
    checkContinuity(reading, context),
    ...checkSpan(reading, context, settings),
    checkClock(reading),
  ].filter((suspicion) => suspicion !== undefined);
  const { energyExport, energyImport } = reading.registers ?? {};
  for (const register of [energyExport, energyImport]) {
    for (const event of register?.events ?? []) found.push(describeEvent(event));
  }
  return found;
}

function checkSource(reading: Reading, context: VerificationContext): Suspicion | undefined {
  if (reading.energySource === 'estimated') {
    return suspect('consistency', 'flag', 0.2, {
      code: 'VER_ENERGY_ESTIMATED',
      message: 'The energy is an estimate from power and time, because no register of a meter was read.',
      action: 'Connect the energy register of the meter. An estimate is never credited by itself.',
      evidence: { energyWh: reading.energyWh ?? 0 },
    });
  }
  if (reading.energySource === 'reported') {
    return suspect('consistency', 'flag', 0.2, {
      code: 'VER_ENERGY_REPORTED',
      message: 'The energy is what the sending system reports for the interval; no register of a meter was pushed.',
      action:
        'Let the sending system push the cumulative register of the meter. A reported energy is never credited by itself.',
      evidence: { energyWh: reading.energyWh ?? 0 },
    });
  }
  if (reading.energyWh !== undefined) return undefined;
  const { energyExport: uncounted } = reading.uncounted ?? {};
  if (uncounted !== undefined) return describeUncounted(reading, uncounted, context);
  if (isEmpty(reading)) return undefined;
  return suspect('consistency', 'flag', 0.2, {
    code: 'VER_ENERGY_MISSING',
    message: 'Some values were measured, but no energy could be established for this interval.',
    action: 'See the device page for why the register was not read. The next good value will show what was counted.',
    evidence: { coverage: reading.coverage },
  });
}

/** These events change nothing in what is counted. */
const PLAIN_EVENTS: ReadonlySet<CounterEvent['kind']> = new Set(['silence', 'unshown']);

function isCountedPlainly({ events }: RegisterSpan): boolean {
  return events.every(({ kind }) => PLAIN_EVENTS.has(kind));
}

/** Without an event the energy is nothing but the difference of the two register values. */
function checkDifference(reading: Reading): Suspicion | undefined {
  const register = reading.registers?.energyExport;
  if (register === undefined || reading.energyWh === undefined || reading.energySource !== 'counter') return undefined;
  if (!isCountedPlainly(register)) return undefined;
  const differenceWh = Number(register.endKwh) * 1000 - Number(register.startKwh) * 1000;
  // Doubles of a ten-digit register differ from the exact decimals by far less than one watt-hour.
  if (Math.abs(differenceWh - reading.energyWh) <= 1) return undefined;
  return suspect('consistency', 'reject', 0.9, {
    code: 'VER_ENERGY_REGISTER_MISMATCH',
    message:
      `The register went from ${register.startKwh} to ${register.endKwh} kWh, but the reading claims ` +
      `${reading.energyWh} Wh.`,
    action: 'The reading was altered or computed wrongly. Keep the raw samples and report it.',
    evidence: { startKwh: register.startKwh, endKwh: register.endKwh, energyWh: reading.energyWh },
  });
}

/** Each span must begin where the last one ended, or the same kilowatt-hours are counted twice or lost. */
function checkContinuity(reading: Reading, { history }: VerificationContext): Suspicion | undefined {
  const register = reading.registers?.energyExport;
  const last = history.last?.reading.registers?.energyExport;
  if (register === undefined || last === undefined) return undefined;
  const startMs = instantMs(register.startAt);
  const lastEndMs = instantMs(last.endAt);
  if (startMs < lastEndMs && instantMs(register.endAt) > instantMs(last.startAt)) {
    return suspect('consistency', 'reject', 0.9, {
      code: 'VER_ENERGY_COUNTED_TWICE',
      message: `The register's span begins ${register.startAt}, before the last one ended (${last.endAt}).`,
      action: 'The same energy would be counted twice. Keep the raw samples and report it.',
      evidence: { startAt: register.startAt, lastEndAt: last.endAt },
    });
  }
  if (startMs !== lastEndMs || register.startKwh === last.endKwh || !isCountedPlainly(register)) return undefined;
  return suspect('consistency', 'reject', 0.7, {
    code: 'VER_REGISTER_DISCONTINUITY',
    message:
      `The register stood at ${last.endKwh} kWh at ${last.endAt}, but this reading begins with ` +
      `${register.startKwh} kWh at the same moment.`,
    action:
      'A register has one value at a time. Compare the raw samples; if the meter was changed, record the exchange.',
    evidence: { lastEndKwh: last.endKwh, startKwh: register.startKwh },
  });
}

function checkClock(reading: Reading): Suspicion | undefined {
  if (reading.clock !== 'suspect') return undefined;
  return suspect('consistency', 'flag', 0.2, {
    code: 'VER_CLOCK_SUSPECT',
    message: "This computer's clock could not be trusted during the interval, so its start and end may be wrong.",
    action: 'Set the clock and connect a time source (NTP or GPS). The energy is right, its interval may not be.',
    evidence: { clock: reading.clock },
  });
}

const EVENTS: Readonly<
  Record<
    CounterEvent['kind'],
    { code: string; severity: 'note' | 'flag' | 'reject'; sureness: number; means: string; action: string }
  >
> = {
  wrap: {
    code: 'VER_COUNTER_WRAP',
    severity: 'note',
    sureness: 0,
    means: 'passed its highest value and went on from zero',
    action: 'Nothing to do; the wrap is counted.',
  },
  dip: {
    code: 'VER_COUNTER_DIP',
    severity: 'flag',
    sureness: 0,
    means: 'dropped for a moment and came back',
    action: 'A single bad read, not counted. If it happens often, check wiring, baud rate and word order.',
  },
  reset: {
    code: 'VER_COUNTER_RESET',
    severity: 'flag',
    sureness: 0.4,
    means: 'was set back to zero',
    action:
      'Find out who reset the meter and note the last value it showed. Energy of the moment before is not counted.',
  },
  return: {
    code: 'VER_COUNTER_RETURN',
    severity: 'flag',
    sureness: 0.2,
    means: 'came back to the values that it had left',
    action: 'What it showed in between is not counted. Check wiring, baud rate and word order of the device.',
  },
  correction: {
    code: 'VER_COUNTER_CORRECTION',
    severity: 'flag',
    sureness: 0.1,
    means: 'took a step back, or has not made up for one yet',
    action: 'The step is counted once only. If it happens often, check wiring, baud rate and word order.',
  },
  rounds: {
    code: 'VER_COUNTER_ROUNDS',
    severity: 'flag',
    sureness: 0.3,
    means: 'was not read for so long that it may have gone round more than once',
    action: 'Nothing is counted for that time. Use a register with more digits, or poll more often.',
  },
  scale: {
    code: 'VER_COUNTER_SCALE',
    severity: 'reject',
    sureness: 0.5,
    means: 'goes on at ten, a hundred, a thousand or a million times its value, or that fraction of it',
    action:
      "Compare the unit and decimals on the meter's display with plant.yaml. Nothing is counted until it is set right.",
  },
  set: {
    code: 'VER_COUNTER_SET',
    severity: 'flag',
    sureness: 0.1,
    means: 'was set by a person, as recorded',
    action: 'Confirm it with the protocol of the work at the meter.',
  },
  exchange: {
    code: 'VER_COUNTER_EXCHANGE',
    severity: 'flag',
    sureness: 0.2,
    means: 'belongs to another meter since, as recorded',
    action: 'Confirm it with the protocol of the exchange.',
  },
  unshown: {
    code: 'VER_COUNTER_UNSHOWN',
    severity: 'flag',
    sureness: 0.1,
    means: 'did not do what a person recorded of it, and counted on',
    action:
      'If the work was not carried out, confirm it. If it was, compare the display and the time that was entered.',
  },
  silence: {
    code: 'VER_COUNTER_SILENCE',
    severity: 'note',
    sureness: 0,
    means: 'rose while it was not read, by no more than the unit can generate in that time',
    action: 'Confirm it with the log of the outage, and that the meter is still the same one.',
  },
  rollback: {
    code: 'VER_COUNTER_ROLLBACK',
    severity: 'reject',
    sureness: 0.3,
    means: 'went backwards and stayed there',
    action: 'A register of a sealed meter never falls. Check the seal and the meter before this interval is credited.',
  },
  jump: {
    code: 'VER_COUNTER_JUMP',
    severity: 'reject',
    sureness: 0.4,
    means: 'rose by more than the unit can generate in the time',
    action: 'Compare the meter display. If it shows the old value, the read was wrong; otherwise check the meter.',
  },
};

function describeEvent(event: CounterEvent): Suspicion {
  const { code, severity, sureness, means, action } = EVENTS[event.kind];
  const { times = 1 } = event;
  const often = times > 1 ? ` (${times} times; the first is named)` : '';
  return suspect('consistency', severity, sureness, {
    code,
    message: `The energy register ${means}: from ${event.fromKwh} to ${event.toKwh} kWh at ${event.at}${often}.`,
    action,
    evidence: {
      kind: event.kind,
      at: event.at,
      fromKwh: event.fromKwh,
      toKwh: event.toKwh,
      ...(times > 1 ? { times } : {}),
    },
  });
}
