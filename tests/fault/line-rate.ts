import type { DriverHost } from '../../core/acquisition/driver.ts';
import { startPoller } from '../../core/acquisition/poller.ts';
import { Shared } from '../../core/acquisition/shared.ts';
import { sleep } from '../../core/model/clock.ts';
import { seededRandom } from '../../core/model/random.ts';
import { driverHost } from '../contract/driver-host.ts';
import { modbusDeviceOf } from '../contract/modbus-device.ts';
import type { Mischief } from './modbus-mischief.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { type ModbusForm, simulatePlant } from './simulated-modbus.ts';

export const UNITS = 10;
export const DEAD = [3, 6, 9];
const ANSWER_MS = 20;
const GATEWAY_MS = 700;

export interface LineRun {
  readonly form: ModbusForm;
  /** How a dead unit shows: it keeps silent, or its gateway says so after its own timeout. */
  readonly death: 'silent' | 'gateway' | 'none';
  readonly minutes: number;
  /** From this minute on the dead ones answer. */
  readonly reviveAtMinute?: number;
  readonly seed: number;
}

export interface LineRate {
  /** Polls with every value, of those that were due, by unit. */
  readonly good: ReadonlyMap<number, number>;
  readonly due: number;
  /** Health of each dead unit at the end, as its fault says. */
  readonly said: ReadonlyMap<number, string>;
  readonly connections: number;
  /** Requests to dead units. */
  readonly probes: number;
  /** When each revived unit had its first value after its revival. */
  readonly backAfterMs: ReadonlyMap<number, number>;
}

/** Ten units on one line, each polled once a second by the appliance's own poller, in simulated time. */
export async function runLine({ form, death, minutes, reviveAtMinute, seed }: LineRun): Promise<LineRate> {
  const clock = new SimulatedClock(Date.parse('2026-11-20T00:00:00Z'));
  const reviveAtMs = (reviveAtMinute ?? Number.POSITIVE_INFINITY) * 60_000;
  let probes = 0;
  const script = ({ unitId }: { unitId: number }): Mischief => {
    if (death === 'none' || !DEAD.includes(unitId) || clock.monotonicMs() >= reviveAtMs) return { kind: 'none' };
    probes += 1;
    return death === 'silent' ? { kind: 'drop' } : { kind: 'exception', exception: 11 };
  };
  const cell = (_: unknown, address: number): number | undefined => (address < 400 ? address : undefined);
  // The gateway has its own timeout for a unit that does not answer.
  const isAwaited = (unitId: number): boolean =>
    death === 'gateway' && DEAD.includes(unitId) && clock.monotonicMs() < reviveAtMs;
  const workMs = ({ unitId }: { unitId: number }): number => (isAwaited(unitId) ? GATEWAY_MS : ANSWER_MS);
  const plant = simulatePlant(form, clock, { random: seededRandom(seed), script, cell }, workMs);
  const shared = new Shared();
  const good = new Map<number, number>();
  const said = new Map<number, string>();
  const backAfterMs = new Map<number, number>();
  const pollers = Array.from({ length: UNITS }, (_, at) => {
    const unitId = at + 1;
    const host: DriverHost = driverHost(seed + unitId, { clock, shared });
    const connection = { unitId, timeout: '1s', ...(form === 'modbus-rtu' ? { baudRate: 38_400 } : {}) };
    const device = { ...modbusDeviceOf(form, connection, POINTS), id: `unit${unitId}` };
    return startPoller({
      device,
      driver: plant.driver,
      host,
      onCycle: ({ outcomes }) => {
        const isGood = outcomes.every(({ kind }) => kind === 'sample');
        if (isGood) good.set(unitId, (good.get(unitId) ?? 0) + 1);
        const [first] = outcomes;
        // A slot that comes while the question before still waits for its turn says nothing of the unit.
        const isLeftOut = first?.kind === 'miss' && first.fault.code === 'ACQ_OVERRUN';
        if (!isLeftOut) said.set(unitId, first?.kind === 'miss' ? first.fault.message : '');
        const isBack = isGood && clock.monotonicMs() >= reviveAtMs && DEAD.includes(unitId);
        if (isBack && !backAfterMs.has(unitId)) backAfterMs.set(unitId, clock.monotonicMs() - reviveAtMs);
      },
      onHealth: () => undefined,
    });
  });
  await clock.run(sleep(clock, minutes * 60_000));
  await clock.run(Promise.all(pollers.map((poller) => poller.stop())));
  return { good, due: minutes * 60, said, connections: plant.counts.connections, probes, backAfterMs };
}

/** The share of due polls that the worst of the live units got. */
export function worstLiveShare({ good, due }: LineRate): number {
  const live = Array.from({ length: UNITS }, (_, at) => at + 1).filter((unitId) => !DEAD.includes(unitId));
  return Math.min(...live.map((unitId) => (good.get(unitId) ?? 0) / due));
}

const POINTS = [0, 2, 4, 6].map((address) => ({
  id: `p${address}`,
  register: 'holding',
  address,
  type: 'uint32',
}));
