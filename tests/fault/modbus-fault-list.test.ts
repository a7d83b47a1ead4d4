import { describe, expect, test } from 'vitest';
import { startPoller } from '../../core/acquisition/poller.ts';
import type { Cycle } from '../../core/acquisition/sample.ts';
import { Shared } from '../../core/acquisition/shared.ts';
import { present } from '../../core/model/assert.ts';
import { sleep } from '../../core/model/clock.ts';
import { type Random, seededRandom } from '../../core/model/random.ts';
import { announceSeed, driverHost } from '../contract/driver-host.ts';
import { modbusDeviceOf } from '../contract/modbus-device.ts';
import type { AskedFor } from './modbus-framing.ts';
import type { Mischief } from './modbus-mischief.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { MODBUS_FORMS, type ModbusForm, simulatePlant } from './simulated-modbus.ts';
import { isToldRight, TELLING_POINTS, tellingCell, toldPlace } from './telling-cells.ts';

const seed = announceSeed('modbus fault list');
const MINUTE_MS = 60_000;
const FAULTY_MINUTES = 6;
/** After the fault: the longest that any form may need until every value is read again. */
const SOUND_MINUTES = 13;
/** Polls that began before the trouble may end within it. */
const EDGE_VALUES = 2 * 6;
const TIMEOUT_MS = 800;

interface Trouble {
  readonly name: string;
  /** How often, 1 always. */
  readonly share: number;
  mischief(random: Random, request: AskedFor): Mischief;
  /** How long an answer takes while the trouble lasts. */
  readonly workMs?: number;
  /** Nobody is there while the trouble lasts. */
  readonly isAway?: boolean;
  /** `some`: values are read in spite of it; `none`: nothing can be; absent: as it comes. */
  readonly leaves?: 'all' | 'some' | 'none';
}

const garbage = (random: Random, length: number): number[] =>
  Array.from({ length }, () => Math.floor(random.next() * 256));

/** The Modbus faults that a plant can have, one at a time. */
const TROUBLES: readonly Trouble[] = [
  {
    name: 'delay within the timeout',
    share: 1,
    mischief: (r) => ({ kind: 'delay', delayMs: r.next() * 150 }),
    leaves: 'all',
  },
  {
    name: 'delay beyond it',
    share: 0.3,
    mischief: (r) => ({ kind: 'delay', delayMs: 800 + r.next() * 59_000 }),
    leaves: 'some',
  },
  { name: 'drop', share: 0.2, mischief: () => ({ kind: 'drop' }), leaves: 'some' },
  { name: 'duplicate', share: 0.5, mischief: (r) => ({ kind: 'duplicate', delayMs: r.next() * 290 }), leaves: 'some' },
  { name: 'swapped order', share: 0.2, mischief: () => ({ kind: 'reorder' }), leaves: 'some' },
  { name: 'wrong unit', share: 0.2, mischief: () => ({ kind: 'wrong-unit' }), leaves: 'some' },
  { name: 'wrong function', share: 0.2, mischief: () => ({ kind: 'wrong-function' }), leaves: 'some' },
  { name: 'wrong byte count', share: 0.2, mischief: () => ({ kind: 'wrong-byte-count', offset: -2 }), leaves: 'some' },
  { name: 'a register less', share: 0.2, mischief: () => ({ kind: 'truncated' }), leaves: 'some' },
  {
    name: 'trailing garbage',
    share: 0.3,
    mischief: (r) => ({ kind: 'trailing-garbage', bytes: garbage(r, 9) }),
    leaves: 'some',
  },
  {
    name: 'leading garbage',
    share: 0.3,
    mischief: (r) => ({ kind: 'leading-garbage', bytes: garbage(r, 3) }),
    leaves: 'some',
  },
  { name: 'broadcast frame', share: 0.5, mischief: () => ({ kind: 'broadcast' }), leaves: 'all' },
  { name: 'heartbeat', share: 0.5, mischief: () => ({ kind: 'heartbeat' }), leaves: 'all' },
  { name: 'frame of length 40000', share: 0.2, mischief: () => ({ kind: 'huge-length' }), leaves: 'some' },
  {
    name: 'foreign transaction',
    share: 0.2,
    mischief: () => ({ kind: 'wrong-transaction', offset: 256 }),
    leaves: 'some',
  },
  { name: 'busy for minutes', share: 1, mischief: () => ({ kind: 'exception', exception: 6 }), leaves: 'none' },
  { name: 'busy now and then', share: 0.3, mischief: () => ({ kind: 'exception', exception: 5 }), leaves: 'some' },
  { name: 'failing now and then', share: 0.2, mischief: () => ({ kind: 'exception', exception: 4 }), leaves: 'some' },
  {
    name: 'more than 6 registers refused',
    share: 1,
    mischief: (_, { count }) => ({ ...(count > 6 ? REFUSED : NONE) }),
    leaves: 'some',
  },
  { name: 'reset', share: 0.2, mischief: () => ({ kind: 'reset' }) },
  { name: 'end in mid-frame', share: 0.2, mischief: () => ({ kind: 'end-mid-frame' }) },
  { name: 'half-open', share: 0.05, mischief: () => ({ kind: 'black-hole' }) },
  { name: 'black hole', share: 1, mischief: () => ({ kind: 'drop' }), leaves: 'none' },
  { name: 'slow drip', share: 0.5, mischief: (r) => ({ kind: 'drip', everyMs: 1 + r.next() * 10 }), leaves: 'some' },
  {
    name: 'a drip that never ends in time',
    share: 1,
    mischief: () => ({ kind: 'drip', everyMs: 100 }),
    leaves: 'none',
  },
  { name: 'a gateway with a queue', share: 1, mischief: () => NONE, workMs: 700 },
  { name: 'a gateway that lags', share: 1, mischief: () => NONE, workMs: 2500, leaves: 'none' },
  { name: 'old replies again', share: 0.3, mischief: () => ({ kind: 'replay-old' }) },
  { name: 'unplugged or refused', share: 1, mischief: () => NONE, isAway: true, leaves: 'none' },
];
const NONE: Mischief = { kind: 'none' };
const REFUSED: Mischief = { kind: 'exception', exception: 3 };
/** What a checksum sees, and TCP does not need to. */
const RTU_TROUBLES: readonly Trouble[] = [
  {
    name: 'a bit flipped',
    share: 0.3,
    mischief: (r) => ({ kind: 'flip-bit', bit: Math.floor(r.next() * 4096) }),
    leaves: 'some',
  },
  {
    name: 'cut short',
    share: 0.3,
    mischief: (r) => ({ kind: 'cut-short', bytes: 1 + Math.floor(r.next() * 8) }),
    leaves: 'some',
  },
  { name: 'echo of what was sent', share: 1, mischief: () => ({ kind: 'echo' }), leaves: 'all' },
];

describe.each(MODBUS_FORMS)('%s', (form) => {
  const troubles = form === 'modbus-tcp' ? TROUBLES : [...TROUBLES, ...RTU_TROUBLES];

  test('each fault of the list: no wrong value while it lasts, every value once it is over', async () => {
    let ran = 0;
    let right = 0;
    const complaints: string[] = [];
    for (const trouble of troubles) {
      const seen = await run(form, trouble, seed + ran);
      for (const complaint of complaintsAbout(trouble, seen)) {
        complaints.push(`${trouble.name}: ${complaint}: ${JSON.stringify(seen)}`);
      }
      right += seen.right;
      ran += 1;
    }
    expect(complaints).toEqual([]);
    process.stdout.write(`${form}: ${ran} faults, ${right} right values, 0 wrong\n`);
    expect(ran).toBe(troubles.length);
  });
});

function complaintsAbout({ leaves }: Trouble, seen: Seen): string[] {
  const complaints: string[] = [];
  if (seen.wrong > 0) complaints.push('a wrong value');
  if (seen.functionCodes.join() !== '3,4') complaints.push('something else was sent');
  if (leaves === 'all' && seen.missedMeanwhile > 0) complaints.push('it cost a value');
  if (leaves === 'some' && seen.rightMeanwhile <= 20) complaints.push('hardly a value in spite of it');
  if (leaves === 'none' && seen.rightMeanwhile > EDGE_VALUES) complaints.push('values out of nothing');
  if (!seen.lastIsWhole) complaints.push('not over when it was over');
  return complaints;
}

interface Seen {
  right: number;
  wrong: number;
  rightMeanwhile: number;
  missedMeanwhile: number;
  lastIsWhole: boolean;
  codes: string[];
  functionCodes: number[];
}

/** One device through the appliance's poller: a sound minute, the trouble, and what comes after. */
async function run(form: ModbusForm, trouble: Trouble, itsSeed: number): Promise<Seen> {
  const clock = new SimulatedClock(Date.parse('2026-11-20T00:00:00Z'));
  const random = seededRandom(itsSeed);
  const fromMs = MINUTE_MS;
  const toMs = fromMs + FAULTY_MINUTES * MINUTE_MS;
  const isOn = (): boolean => clock.monotonicMs() >= fromMs && clock.monotonicMs() < toMs;
  const plant = simulatePlant(
    form,
    clock,
    {
      random,
      script: (request) => (isOn() && random.next() < trouble.share ? trouble.mischief(random, request) : NONE),
      cell: (request, address) => tellingCell(clock, request, address, 'more-behind'),
    },
    () => (isOn() ? (trouble.workMs ?? 15) : 15),
  );
  const seen: Seen = {
    right: 0,
    wrong: 0,
    rightMeanwhile: 0,
    missedMeanwhile: 0,
    lastIsWhole: false,
    codes: [],
    functionCodes: [],
  };
  const device = modbusDeviceOf(form, { unitId: 7, timeout: `${TIMEOUT_MS}ms`, gap: 0 }, TELLING_POINTS);
  const poller = startPoller({
    device,
    driver: plant.driver,
    host: driverHost(itsSeed, { clock, shared: new Shared() }),
    onCycle: (cycle) => judge(cycle, seen, clock, isOn()),
    onHealth: () => undefined,
  });
  if (trouble.isAway === true) {
    clock.after(fromMs, () => {
      plant.setAway('away');
    });
    clock.after(toMs, () => {
      plant.setAway('there');
    });
  }
  await clock.run(sleep(clock, toMs + SOUND_MINUTES * MINUTE_MS));
  await clock.run(poller.stop());
  seen.functionCodes = [...plant.functionCodes.keys()].sort();
  return seen;
}

function judge(cycle: Cycle, seen: Seen, clock: SimulatedClock, isMeanwhile: boolean): void {
  const startMs = clock.monotonicMs() - (cycle.endedAtMs - cycle.startedAtMs) - 1;
  for (const outcome of cycle.outcomes) {
    if (outcome.kind === 'miss') {
      if (isMeanwhile) seen.missedMeanwhile += 1;
      if (!seen.codes.includes(outcome.fault.code)) seen.codes.push(outcome.fault.code);
      continue;
    }
    const { digits } = present(outcome.register, 'the exact counts');
    const told = { unitId: 7, ...toldPlace(outcome.point.slice('plc1/'.length)) };
    const isRight = isToldRight(digits, told, startMs, clock.monotonicMs());
    if (isRight) seen.right += 1;
    else seen.wrong += 1;
    if (isRight && isMeanwhile) seen.rightMeanwhile += 1;
  }
  seen.lastIsWhole = cycle.outcomes.every(({ kind }) => kind === 'sample');
}
