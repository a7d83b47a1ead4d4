import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { startPoller } from '../../core/acquisition/poller.ts';
import type { Cycle } from '../../core/acquisition/sample.ts';
import { Shared } from '../../core/acquisition/shared.ts';
import { sleep } from '../../core/model/clock.ts';
import type { FaultPolicy } from '../../core/model/fault.ts';
import { seededRandom } from '../../core/model/random.ts';
import { announceSeed, driverHost } from '../contract/driver-host.ts';
import { modbusDeviceOf, type PointText } from '../contract/modbus-device.ts';
import type { AskedFor } from './modbus-framing.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { MODBUS_FORMS, type ModbusForm, simulatePlant } from './simulated-modbus.ts';

const seed = announceSeed('modbus exceptions');
const HOUR_MS = 3_600_000;
const PERIOD_MS = 20_000;
const HEAP_GROWTH_BYTES_MAX = 8_000_000;

/** Every exception with what it makes of the points that get it. 99 stands for what the specification does not name. */
const EXCEPTIONS: readonly [number, string, FaultPolicy][] = [
  [1, 'DRV_MODBUS_ILLEGAL_FUNCTION', 'misconfigured'],
  [2, 'DRV_MODBUS_ILLEGAL_ADDRESS', 'isolate'],
  [3, 'DRV_MODBUS_ILLEGAL_VALUE', 'isolate'],
  [4, 'DRV_MODBUS_DEVICE_FAILURE', 'retry'],
  [5, 'DRV_MODBUS_BUSY', 'wait'],
  [6, 'DRV_MODBUS_BUSY', 'wait'],
  [7, 'DRV_MODBUS_DEVICE_FAILURE', 'retry'],
  [8, 'DRV_MODBUS_DEVICE_FAILURE', 'retry'],
  [99, 'DRV_MODBUS_EXCEPTION', 'retry'],
];
const TABLES = ['coil', 'discrete', 'holding', 'input'] as const;
const BAD = 7;
const BUSY = 2000;

/** Five values in each table, side by side; one of them, in the middle, always gets the exception. */
const POINTS: readonly PointText[] = TABLES.flatMap((register) =>
  [5, 6, BAD, 8, 9].map((address) => ({
    id: `${register}_${address}`,
    register,
    address,
    ...(register === 'holding' || register === 'input' ? { type: 'uint16' } : {}),
  })),
);

/** Busy registers are apart from the others: "busy" says nothing about a register, so its whole request waits. */
function pointsFor(exception: number): readonly PointText[] {
  if (exception !== 5 && exception !== 6) return POINTS;
  return POINTS.map((point) => (point.address === BAD ? { ...point, address: BUSY } : point));
}

function isBad({ address, count }: AskedFor, exception: number): boolean {
  const bad = exception === 5 || exception === 6 ? BUSY : BAD;
  return address <= bad && bad < address + count;
}

describe.each(MODBUS_FORMS)('%s', (form) => {
  test('every exception on every function for 24 h: the other points never lose a poll', async () => {
    let polls = 0;
    for (const [exception, code, policy] of EXCEPTIONS) {
      const heap: number[] = [];
      const hours = form === 'modbus-tcp' ? 24 : 3;
      const cycles = await pollFor(form, hours, pointsFor(exception), heap, (request) =>
        isBad(request, exception) ? exception : undefined,
      );
      expect(cycles.count, `exception ${exception}`).toBeGreaterThanOrEqual((hours * HOUR_MS) / PERIOD_MS - 1);
      expect([...cycles.missed.keys()].sort(), `exception ${exception}`).toEqual(
        TABLES.map((table) => `plc1/${table}_7`),
      );
      expect([...new Set([...cycles.missed.values()].flat())]).toEqual([`${code} ${policy}`]);
      const [half = 0, whole = 0] = heap;
      expect(whole - half, `bytes more after ${hours} h than after half of it`).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
      polls += cycles.count;
    }
    process.stdout.write(`${form}: ${EXCEPTIONS.length} exceptions on ${TABLES.length} functions, ${polls} polls\n`);
  });

  test.each([10, 11])('a gateway that says 0x%i of one unit costs the other one nothing', async (exception) => {
    const heap: number[] = [];
    const cycles = await pollFor(form, 2, POINTS, heap, ({ unitId }) => (unitId === 2 ? exception : undefined));
    expect(cycles.missed.size).toBe(0);
    expect(cycles.second.at(-1)).toMatchObject({ policy: 'demote' });
    // Asked once every few seconds at most, not at each of its polls and for each of its blocks.
    expect(cycles.askedSecond).toBeGreaterThan(50);
    expect(cycles.askedSecond).toBeLessThan(2 * 400);
  });
});

interface Watched {
  count: number;
  /** By point, each fault that it had. */
  missed: Map<string, string[]>;
  /** Faults of the second device. */
  second: { code: string; policy: FaultPolicy }[];
  askedSecond: number;
}

/** Two devices on one line, polled as the appliance does it. */
async function pollFor(
  form: ModbusForm,
  hours: number,
  points: readonly PointText[],
  heap: number[],
  exceptionFor: (request: AskedFor) => number | undefined,
): Promise<Watched> {
  const clock = new SimulatedClock(Date.parse('2026-11-20T00:00:00Z'));
  const watched: Watched = { count: 0, missed: new Map(), second: [], askedSecond: 0 };
  const script = (request: AskedFor) => {
    if (request.unitId === 2) watched.askedSecond += 1;
    const exception = exceptionFor(request);
    return exception === undefined ? ({ kind: 'none' } as const) : ({ kind: 'exception', exception } as const);
  };
  const cell = (_: AskedFor, address: number): number => address & 1;
  const plant = simulatePlant(form, clock, { random: seededRandom(seed), script, cell }, 5);
  const shared = new Shared();
  const watch = (unitId: number) => (cycle: Cycle) => {
    if (unitId === 1) note(watched, cycle);
    const [first] = cycle.outcomes;
    if (unitId === 2 && first?.kind === 'miss') watched.second = [...watched.second.slice(-5), first.fault];
  };
  const pollers = [1, 2].map((unitId) =>
    startPoller({
      device: { ...modbusDeviceOf(form, { unitId, timeout: '1s' }, points), periodMs: PERIOD_MS },
      driver: plant.driver,
      host: driverHost(seed + unitId, { clock, shared }),
      onCycle: watch(unitId),
      onHealth: () => undefined,
    }),
  );
  for (let half = 0; half < 2; half += 1) {
    await clock.run(sleep(clock, (hours / 2) * HOUR_MS));
    heap.push(heapBytes());
  }
  await clock.run(Promise.all(pollers.map((poller) => poller.stop())));
  return watched;
}

function note(watched: Watched, cycle: Cycle): void {
  watched.count += 1;
  for (const outcome of cycle.outcomes) {
    if (outcome.kind === 'sample' || outcome.fault.code === 'ACQ_CONNECTING') continue;
    const faults = watched.missed.get(outcome.point) ?? [];
    const fault = `${outcome.fault.code} ${outcome.fault.policy}`;
    if (!faults.includes(fault)) faults.push(fault);
    watched.missed.set(outcome.point, faults);
  }
}

/** What is left after everything that can be thrown away is. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
