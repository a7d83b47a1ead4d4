import type { CounterEvent, Reading, RegisterSpan, UncountedRegister } from '../../core/acquisition/reading.ts';
import { present } from '../../core/model/assert.ts';
import { toIso } from '../../core/model/time.ts';
import { INTERVAL_MS } from '../../core/verification/readings.testing.ts';
import { AT, type FindingExample, remembering, running, withMeter } from './example-readings.ts';

const base = running();
const register = present(base.registers?.energyExport, 'the register');
const fromMs = Date.parse(base.from);
const toMs = Date.parse(base.to);

function withRegister(changes: Partial<RegisterSpan>, energyWh = base.energyWh): Reading {
  const altered = { ...base, registers: { energyExport: { ...register, ...changes } } };
  return energyWh === undefined ? altered : { ...altered, energyWh };
}

function withEvent(kind: CounterEvent['kind'], fromKwh: string, toKwh: string): Reading {
  return withRegister({ events: [{ kind, at: toIso(fromMs + 60_000), fromKwh, toKwh }] });
}

/** The reading without energy, and with what was read of a register that is not counted. */
function uncounted(of?: Pick<UncountedRegister, 'reason' | 'startKwh' | 'endKwh'>): Reading {
  const { energyWh: _energy, energySource: _source, registers: _registers, ...reading } = base;
  if (of === undefined) return reading;
  return { ...reading, uncounted: { energyExport: { ...of, startAt: base.from, endAt: base.to } } };
}

const imported: Reading = { ...base, registers: {} };
const before = { ...running({ at: AT - 1 }), registers: {} };
const markBefore = { atMs: fromMs, kwh: 8_012_000 };

/** A register that stood at 8012000 kWh when the interval began, and now shows something else. */
function registerGoes(toKwh: number): Pick<FindingExample, 'context'> {
  const { history } = remembering();
  history.remember({ reading: before, status: 'APPROVED', register: markBefore });
  return { context: { history, register: { atMs: toMs, kwh: toKwh }, resolutionKwh: 0.1 } };
}

const EVENT_EXAMPLES: readonly FindingExample[] = [
  {
    code: 'VER_COUNTER_WRAP',
    given: 'a register of eight digits that goes from 99999999.5 to 1 kWh',
    reading: withEvent('wrap', '99999999.5', '1'),
  },
  {
    code: 'VER_COUNTER_DIP',
    given: 'a register that shows 12 kWh once between two values around 120000 kWh',
    reading: withEvent('dip', '120000', '12'),
  },
  {
    code: 'VER_COUNTER_RESET',
    given: 'a register that goes from 120000 to 0 kWh and counts on from there',
    reading: withEvent('reset', '120000', '0'),
  },
  {
    code: 'VER_COUNTER_RETURN',
    given: 'a register that was believed at 88000 kWh and comes back to 120000 kWh',
    reading: withEvent('return', '88000', '120000'),
  },
  {
    code: 'VER_COUNTER_CORRECTION',
    given: 'a register that rose to 120090 kWh and then shows 120008 kWh',
    reading: withEvent('correction', '120090', '120008'),
  },
  {
    code: 'VER_COUNTER_ROUNDS',
    given: 'a register of five digits that is read again after half a year',
    reading: withEvent('rounds', '20017', '61200'),
  },
  {
    code: 'VER_COUNTER_SCALE',
    given: 'a register that goes from 120000 to 120 and counts on there, as after a change from kWh to MWh',
    reading: withEvent('scale', '120000', '120'),
  },
  {
    code: 'VER_COUNTER_SET',
    given: 'a register that shows 5000 kWh after `forebay meter` recorded that it was set to that',
    reading: withEvent('set', '120000', '5000'),
  },
  {
    code: 'VER_COUNTER_EXCHANGE',
    given: 'a register that shows 0.4 kWh after `forebay meter` recorded a new meter',
    reading: withEvent('exchange', '120000', '0.4'),
  },
  {
    code: 'VER_COUNTER_UNSHOWN',
    given: 'a register that counts on at 120008 kWh an hour after an exchange was recorded',
    reading: withEvent('unshown', '120000', '120008'),
  },
  {
    code: 'VER_COUNTER_SILENCE',
    given: 'a register read at 120000 kWh, and two hours later at 123200 kWh',
    reading: withEvent('silence', '120000', '123200'),
  },
  {
    code: 'VER_COUNTER_ROLLBACK',
    given: 'a register that falls from 120000 to 119400 kWh and counts on from there',
    reading: withEvent('rollback', '120000', '119400'),
  },
  {
    code: 'VER_COUNTER_JUMP',
    given: 'a register that leaps from 120000 to 150000 kWh within a minute',
    reading: withEvent('jump', '120000', '150000'),
  },
];

const { flowM3s: _flow, headM: _head, powerKw: _power, gatePercent: _gate, ...bare } = base;

export const METER_EXAMPLES: readonly FindingExample[] = [
  {
    code: 'VER_SIGNALS_MISSING',
    given: 'a push that carries the register and nothing else',
    reading: bare,
    context: { expected: ['flow', 'head', 'power'] },
  },
  {
    code: 'VER_ENERGY_REPORTED',
    given: 'a push with `generated_kwh: 135` and no register',
    reading: { ...imported, energySource: 'reported' },
  },
  {
    code: 'VER_ENERGY_ESTIMATED',
    given: 'mean power 1620 kW for 5 min, and no register',
    reading: { ...imported, energySource: 'estimated' },
  },
  { code: 'VER_ENERGY_MISSING', given: 'power, flow and head, and no register', reading: uncounted() },
  {
    code: 'VER_ENERGY_BEGINS',
    given: 'the very first value of a register, 1204455.75 kWh',
    reading: uncounted({ reason: 'ACQ_COUNTER_BEGINS', startKwh: '1204455.75', endKwh: '1204455.75' }),
  },
  {
    code: 'VER_ENERGY_UNCOUNTED',
    given: 'a register that rises from 14658.2 to 16008.2 kWh in 5 min, with a mean power of 1620 kW',
    reading: uncounted({ reason: 'ACQ_COUNTER_UNCONFIRMED', startKwh: '14658.2', endKwh: '16008.2' }),
  },
  {
    code: 'VER_ENERGY_REGISTER_MISMATCH',
    given: 'a register that rises by 135 kWh, and a reading that claims 175 kWh',
    reading: { ...base, energyWh: 175_000 },
  },
  {
    code: 'VER_REGISTER_ORDER',
    given: 'a register of 8012000 kWh when the interval began, and of 8010991 kWh when it ended',
    reading: imported,
    ...registerGoes(8_010_991),
  },
  {
    code: 'VER_REGISTER_RISE',
    given: 'a register that rises by 9120.5 kWh in 5 min, in a unit rated 2000 kW',
    reading: imported,
    ...registerGoes(8_021_120.5),
  },
  {
    code: 'VER_CLAIM_UNLIKE_REGISTER',
    given: 'a row that claims 135 kWh, beside a register that rises by 120.5 kWh',
    reading: imported,
    ...registerGoes(8_012_120.5),
  },
  {
    code: 'VER_ENERGY_COUNTED_TWICE',
    given: 'a register whose span begins 4 s before the end of the last one',
    reading: withRegister({ startAt: toIso(Date.parse(register.startAt) - 4000) }),
    context: remembering(running({ at: AT - 1 })),
  },
  {
    code: 'VER_REGISTER_DISCONTINUITY',
    given: 'two readings that disagree about the register at the moment in which one ends and the other begins',
    reading: base,
    context: remembering({
      ...running({ at: AT - 1 }),
      registers: { energyExport: { ...register, startAt: before.from, endAt: register.startAt, endKwh: '119400' } },
    }),
  },
  {
    code: 'VER_ENERGY_SPANS_GAP',
    given: 'a register that was last read a quarter of an hour before the interval ended and rose by 405 kWh since',
    reading: {
      ...base,
      ...withMeter(AT, 405_000),
      registers: {
        energyExport: {
          ...present(withMeter(AT, 405_000).registers?.energyExport, 'the register'),
          startAt: toIso(Date.parse(register.startAt) - 2 * INTERVAL_MS),
        },
      },
    },
  },
  {
    code: 'VER_ENERGY_FROM_BEFORE',
    given: 'a register that was last read 12 s before the interval began',
    reading: withRegister({ startAt: toIso(fromMs - 12_000) }),
  },
  {
    code: 'VER_ENERGY_PART_OF_INTERVAL',
    given: 'a register that was first read 40 s after the interval began, and rose by 117 kWh until its end',
    reading: withRegister({ startAt: toIso(fromMs + 40_000), endKwh: '120117' }, 117_000),
  },
  {
    code: 'VER_COVERAGE_LOW',
    given: '183 of 300 polls answered, the register read at both ends',
    reading: { ...base, coverage: 183 / 300 },
  },
  {
    code: 'VER_UNCERTAIN_VALUES',
    given: 'a device that calls three of four values of its register uncertain',
    reading: { ...base, uncertain: 0.75 },
  },
  {
    code: 'VER_CLOCK_SUSPECT',
    given: 'an interval in which the clock of this computer was set',
    reading: { ...base, clock: 'suspect' },
  },
  ...EVENT_EXAMPLES,
];
