import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import { seededRandom } from '../model/random.ts';
import type { OutsideTime } from './clock-trust.ts';
import { agreeOnTime, type TimeAnswer, TimeServers } from './time-servers.ts';

const time = (offsetMs: number, boundMs = 10): TimeAnswer => ({ kind: 'time', offsetMs, boundMs });
const silent: TimeAnswer = { kind: 'silent', why: 'no answer in time' };
const HOUR = 3_600_000;

describe('time servers', () => {
  it.each([
    ['three that agree', [time(4), time(-6), time(11)], 3, { offsetMs: 4, boundMs: 10, servers: 3 }],
    ['one of three an hour off', [time(4), time(HOUR), time(10)], 3, { offsetMs: 7, boundMs: 10, servers: 2 }],
    ['two that contradict each other', [time(0), time(HOUR)], 2, undefined],
    ['one alone that confirms', [time(-30)], 1, { offsetMs: -30, boundMs: 10, servers: 1 }],
    ['the last of three that confirms', [silent, time(8), silent], 3, { offsetMs: 8, boundMs: 10, servers: 1 }],
    ['the last of three that says wrong', [silent, time(60_000), silent], 3, undefined],
    ['one alone that says wrong', [time(60_000)], 1, { offsetMs: 60_000, boundMs: 10, servers: 1 }],
    ['one alone that says something absurd', [time(10 * 365 * 86_400_000)], 1, undefined],
    ['two that agree on ten years', [time(HOUR * 87_660), time(HOUR * 87_660 + 2)], 2, { servers: 2 }],
    ['none', [silent, silent], 2, undefined],
  ] as const)('%s', (_name, answers, configured, agreed) => {
    const found = agreeOnTime([...answers], configured);
    if (agreed === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(agreed);
  });

  it('asks nobody unless a server is configured', async () => {
    const clock = new ManualClock(0);
    let asked = 0;
    const ask = async (): Promise<TimeAnswer> => {
      asked += 1;
      return silent;
    };
    const servers = new TimeServers({ hosts: [], ask, clock, random: seededRandom(1), onTime: () => {} });
    servers.start();
    servers.askSoon();
    await clock.pass(86_400_000);
    expect(asked).toBe(0);
  });

  it('asks at the start, every quarter of an hour, and soon again after a step, in one chain', async () => {
    const clock = new ManualClock(0);
    const askedMs: number[] = [];
    const heard: OutsideTime[] = [];
    const ask = async (): Promise<TimeAnswer> => {
      askedMs.push(clock.monotonicMs());
      return time(3);
    };
    const onTime = (outside: OutsideTime): void => {
      heard.push(outside);
    };
    const servers = new TimeServers({ hosts: ['one'], ask, clock, random: { next: () => 0.5 }, onTime });
    servers.start();
    await clock.pass(1_900_000);
    expect(askedMs).toEqual([2000, 902_000, 1_802_000]);
    servers.askSoon();
    servers.askSoon();
    await clock.pass(1_000_000);
    expect(askedMs.slice(3)).toEqual([1_902_000, 2_802_000]);
    expect(heard.map(({ atMs }) => atMs)).toEqual(askedMs);
    servers.stop();
    await clock.pass(86_400_000);
    expect(askedMs).toHaveLength(5);
  });

  it('leaves a server alone for a day that asks for it, and one that hangs costs no other its turn', async () => {
    const clock = new ManualClock(0);
    const asked: Record<string, number> = { rude: 0, deaf: 0, good: 0 };
    const ask = async (host: string, signal: AbortSignal): Promise<TimeAnswer> => {
      asked[host] = (asked[host] ?? 0) + 1;
      if (host === 'rude') return { kind: 'leave', why: 'it asked to be left alone (RATE)' };
      if (host === 'good') return time(3);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      throw new Error('given up');
    };
    const heard: OutsideTime[] = [];
    const hosts = ['rude', 'deaf', 'good'];
    const onTime = (outside: OutsideTime): void => {
      heard.push(outside);
    };
    const servers = new TimeServers({ hosts, ask, clock, random: { next: () => 0.5 }, onTime });
    servers.start();
    await clock.pass(3_600_000);
    expect(asked).toEqual({ rude: 1, deaf: 4, good: 4 });
    expect(heard).toHaveLength(4);
    expect(servers.states.map(({ state }) => state)).toEqual([
      'it asked to be left alone (RATE)',
      'given up',
      'answered',
    ]);
    await clock.pass(86_400_000);
    expect(asked.rude).toBe(2);
    servers.stop();
  });
});
