import type { Reading } from '../../core/acquisition/reading.ts';
import { toIso } from '../../core/model/time.ts';
import type { UnitHistory } from '../../core/verification/history.ts';
import { around, constant, emptyReading, restingReading, UNIT } from '../../core/verification/readings.testing.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import { type TrainingReading, trainTwin } from '../../core/verification/twin/twin-model.ts';
import { UnitTwin } from '../../core/verification/twin/unit-twin.ts';
import { AT, type FindingExample, remembering, running, withMeter } from './example-readings.ts';
import { METER_EXAMPLES } from './meter-examples.ts';
import { WITNESS_EXAMPLES } from './witness-examples.ts';

const { ratedPowerKw } = UNIT;
const rated = `rated ${ratedPowerKw} kW`;

function withMeans(reading: Reading, means: Partial<Record<'powerKw' | 'flowM3s' | 'headM', number>>): Reading {
  const exact = Object.entries(means).map(([name, value]) => [name, constant(value)]);
  return { ...reading, registers: {}, ...Object.fromEntries(exact) };
}

/** What a unit shows in its first days: the same machine at many loads, with the noise of its instruments. */
function commissioned(at: number): Reading {
  const share = (at * 0.618_034) % 1;
  const noise = (salt: number): number => 0.004 * (((Math.sin(at * salt) * 43_758.5453) % 1) - 0.5);
  const flow = 1.5 + 0.9 * share;
  return running({
    at,
    flow: flow * (1 + noise(12.9898)),
    head: 97 * (1 + 0.2 * noise(93.9898)),
    power: 810 * flow * (1 + 0.5 * noise(78.233)),
    gate: 37.5 * flow * (1 + 0.5 * noise(39.425)),
  });
}

/** The unit's twin after its first days, and after some readings more. */
function taught(...later: readonly Reading[]): { twin: UnitTwin; history: UnitHistory } {
  const readings = Array.from(
    { length: AT },
    (_, at): TrainingReading => ({ reading: commissioned(at), siblings: [] }),
  );
  const twin = new UnitTwin(UNIT, trainTwin(UNIT, readings, DEFAULT_SETTINGS), DEFAULT_SETTINGS);
  for (const reading of later) twin.remember(reading, [], { status: 'APPROVED', isLed: true }, 0);
  return { twin, ...remembering(...later.map((reading) => ({ ...reading, registers: {} }))) };
}

/** Readings one after the other, the last of them at `AT`. */
function row(count: number, make: (at: number, index: number) => Reading): readonly Reading[] {
  return Array.from({ length: count }, (_, index) => make(AT - count + 1 + index, index));
}

const sibling = { unit: { ...UNIT, id: 'unit2' }, reading: running({ head: 110 }) };
const drifting = row(150, (at) => running({ at, power: 1656, head: 97 }));
const restless = row(4, (at, index) =>
  running({ at, power: index % 2 === 0 ? 1604 : 1636, flow: index % 2 === 0 ? 1.978 : 2.022, head: 97 }),
);
const line = row(3, (at, index) =>
  withMeans(running({ at, power: 1500 + 30 * index }), {
    powerKw: 1500 + 30 * index,
    flowM3s: (190 + 4 * index) / 100,
    headM: (964 - index) / 10,
  }),
);
const stuck = row(6, (at) => ({ ...running({ at }), registers: {}, flowM3s: constant(2.08) }));
const yearsAhead = { from: '2031-10-02T09:20:00.000Z', to: '2031-10-02T09:25:00.000Z' };
const later = new Date(Date.parse(running().to) - 3_600_000).toISOString();

const VALUE_EXAMPLES: readonly FindingExample[] = [
  {
    code: 'VER_ABOVE_CAPACITY',
    given: `mean power 2600 kW of a unit ${rated}`,
    reading: { ...running(), powerKw: around(2600) },
  },
  {
    code: 'VER_NEGATIVE_VALUE',
    given: 'a mean flow of -0.3 m3/s, and no energy, while the unit is stopped',
    reading: { ...restingReading(AT), headM: around(98, 0.001), flowM3s: constant(-0.3) },
  },
  {
    code: 'VER_ENERGY_POWER_MISMATCH',
    given: 'a register that rose by 108 kWh in 5 min, with a mean power of 1620 kW',
    reading: { ...running(), ...withMeter(AT, 108_000) },
  },
  {
    code: 'VER_GENERATION_WITHOUT_FLOW',
    given: 'mean power 1620 kW, flow 0 m3/s',
    reading: { ...running(), flowM3s: constant(0) },
  },
  {
    code: 'VER_EFFICIENCY_ABOVE_ONE',
    given: 'mean power 1620 kW, flow 1.6 m3/s, head 96 m',
    reading: running({ flow: 1.6 }),
  },
  {
    code: 'VER_POWER_ABOVE_WATER',
    given: 'mean power 1620 kW, flow 1.75 m3/s, head 96 m, and no model of the unit yet',
    reading: running({ flow: 1.75 }),
  },
  {
    code: 'VER_POWER_BELOW_WATER',
    given: 'mean power 500 kW, flow 2 m3/s, head 96 m, and no model of the unit yet',
    reading: running({ power: 500 }),
  },
  {
    code: 'VER_POWER_UNLIKE_GATE',
    given: 'mean power 1720 kW at a gate of 75 % and a head of 97 m, where the unit has shown 1620 kW',
    reading: running({ power: 1720, head: 97 }),
    context: taught(),
  },
  {
    code: 'VER_POWER_UNLIKE_FLOW',
    given: 'mean power 1720 kW from 2 m3/s at a head of 97 m, where the unit has shown 1620 kW',
    reading: running({ power: 1720, head: 97 }),
    context: taught(),
  },
  {
    code: 'VER_FLOW_UNLIKE_GATE',
    given: 'flow 2.3 m3/s at a gate of 75 % and a head of 97 m, where the unit has shown 2 m3/s',
    reading: running({ flow: 2.3, head: 97 }),
    context: taught(),
  },
  {
    code: 'VER_HEAD_UNLIKE_FLOW',
    given: 'a head of 106 m at a flow of 2 m3/s, where the unit has shown 97 m',
    reading: running({ head: 106 }),
    context: taught(),
  },
  {
    code: 'VER_ENERGY_UNLIKE_POWER',
    given: 'a register that rose by 137 kWh in 5 min, with a mean power of 1620 kW, which always gave 135 kWh',
    reading: { ...running({ head: 97 }), ...withMeter(AT, 137_000) },
    context: taught(),
  },
  {
    code: 'VER_INTERVAL_INVALID',
    given: 'a reading that ends when it begins',
    reading: { ...running(), to: running().from },
  },
  {
    code: 'VER_INTERVAL_MISALIGNED',
    given: 'a reading of 5 min in a plant whose interval is 10 min',
    reading: running(),
    context: { intervalMs: 600_000 },
  },
  {
    code: 'VER_FUTURE',
    given: "a reading that ends an hour later than this computer's clock",
    reading: running(),
    context: { closedAtMs: Date.parse(later) },
  },
  {
    code: 'VER_DUPLICATE_INTERVAL',
    given: 'a second reading for one interval',
    reading: running(),
    context: remembering({ ...restingReading(AT), registers: {} }),
  },
  {
    code: 'VER_OVERLAP',
    given: 'a reading that begins a minute before the last one',
    reading: { ...running(), registers: {} },
    context: remembering({
      ...running({ at: AT - 1 }),
      from: toIso(Date.parse(running().from) + 60_000),
      to: toIso(Date.parse(running().to) + 60_000),
      registers: {},
    }),
  },
  {
    code: 'VER_LATE',
    given: 'a reading that arrives after one that is a quarter of an hour younger',
    reading: { ...running(), registers: {} },
    context: remembering({ ...running({ at: AT + 3, flow: 2.1 }), registers: {} }),
  },
  {
    code: 'VER_TIME_LEAP',
    given: 'a row without receivedAt dated five years ahead, whose register counts on as for the next interval',
    reading: { ...running(), registers: {}, ...yearsAhead },
    context: {
      ...remembering(running({ at: AT - 1 })),
      isDatedByItself: true,
      register: { atMs: Date.parse(yearsAhead.to), kwh: Number(running().registers?.energyExport?.endKwh) },
    },
  },
  {
    code: 'VER_REPLAY',
    given: 'a reading that repeats the values of the one two and a half hours before',
    reading: { ...running({ at: AT - 30 }), registers: {}, from: running().from, to: running().to },
    context: remembering(running({ at: AT - 30 })),
  },
  {
    code: 'VER_STEP_UNEXPLAINED',
    given: 'power at most 301 kW in one interval and at least 1614 kW in the next, generating throughout',
    reading: running(),
    context: remembering({ ...running({ at: AT - 1, power: 300, flow: 0.5 }), registers: {} }),
  },
  {
    code: 'VER_STUCK_VALUE',
    given: 'a flow of exactly 2.08 m3/s in six readings in a row, while power and head move',
    reading: stuck.at(-1) ?? running(),
    context: remembering(...stuck.slice(0, -1)),
  },
  {
    code: 'VER_INTERPOLATED',
    given: 'power 1500, 1530, 1560 kW, flow 1.9, 1.94, 1.98 m3/s and head 96.4, 96.3, 96.2 m in three intervals',
    reading: line.at(-1) ?? running(),
    context: remembering(...line.slice(0, -1)),
  },
  {
    code: 'VER_DRIFT',
    given: 'half a day of readings that claim 1656 kW from 2 m3/s at a head of 97 m, where the unit has shown 1620 kW',
    reading: drifting.at(-1) ?? running(),
    context: taught(...drifting.slice(0, -1)),
  },
  {
    code: 'VER_UNREST',
    given:
      'four readings in a row at one gate opening and head that jump between 1604 and 1636 kW, each within its own limits',
    reading: restless.at(-1) ?? running(),
    context: taught(...restless.slice(0, -1)),
  },
  {
    code: 'VER_WATER_QUALITY',
    given: 'a mean turbidity of 2400 NTU',
    reading: { ...running(), turbidityNtu: around(2400) },
  },
  { code: 'VER_WATER_SENSOR', given: 'a mean pH of 0', reading: { ...running(), ph: constant(0) } },
  {
    code: 'VER_UNLIKE_HISTORY',
    given: 'mean power 1720 kW from 2 m3/s at 96 m, where a hundred readings showed 1620 kW',
    reading: running({ power: 1720 }),
    context: remembering(...row(100, (at) => ({ ...running({ at: at - 1 }), registers: {} }))),
  },
  {
    code: 'VER_UNUSUAL_TOGETHER',
    given: 'mean power 1450 kW and 128 kWh from 2.2 m3/s at a gate of 88 % and a head of 93 m',
    reading: { ...running({ power: 1450, flow: 2.2, gate: 88, head: 93 }), ...withMeter(AT, 128_000) },
    context: taught(),
  },
  {
    code: 'VER_OUTSIDE_NAMEPLATE',
    given: 'a mean gate position of 120 %',
    reading: running({ gate: 120 }),
  },
  {
    code: 'VER_GENERATION_GATE_CLOSED',
    given: 'mean power 1620 kW with the gate at 0 %',
    reading: { ...running(), gatePercent: constant(0) },
  },
  {
    code: 'VER_POWER_WHILE_RESTING',
    given: 'mean power 1620 kW, status stopped for all of 300 s',
    reading: { ...running(), stateSeconds: { stopped: 300 } },
  },
  {
    code: 'VER_GENERATING_WITHOUT_POWER',
    given: 'power 0 kW, flow 0.02 m3/s, status generating for all of 300 s',
    reading: { ...restingReading(AT), flowM3s: constant(0.02), stateSeconds: { generating: 300 } },
  },
  {
    code: 'VER_POWER_BREAKER_OPEN',
    given: 'mean power 1620 kW with the breaker open for all of 300 s',
    reading: { ...running(), breakerSeconds: { open: 300 } },
  },
  {
    code: 'VER_BREAKER_CLOSED_AT_REST',
    given: 'status stopped and the breaker closed for all of 300 s',
    reading: { ...restingReading(AT), breakerSeconds: { closed: 300 } },
  },
  {
    code: 'VER_HEAD_UNLIKE_SIBLINGS',
    given: 'a head of 96 m, and of 110 m at the other unit on the same intake',
    reading: running(),
    context: { siblings: [sibling] },
  },
  {
    code: 'VER_VALUE_INVALID',
    given: 'a head that is no number, as from a register that is no float32',
    reading: { ...running(), headM: constant(Number.NaN) },
  },
  {
    code: 'VER_NO_DATA',
    given: 'an interval in which the PLC did not answer once',
    reading: emptyReading(AT),
  },
];

export const FINDING_EXAMPLES: readonly FindingExample[] = [...VALUE_EXAMPLES, ...METER_EXAMPLES, ...WITNESS_EXAMPLES];
