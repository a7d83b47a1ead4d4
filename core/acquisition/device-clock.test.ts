import { describe, expect, it } from 'vitest';
import { agreeingDevices, DeviceClock, doubtStill } from './device-clock.ts';
import type { Cycle } from './sample.ts';

const START = Date.UTC(2026, 10, 20, 12);

/** A poll of two points whose device times are given, read at `atMs`. */
function cycle(atMs: number, deviceTimes: readonly (number | undefined)[]): Cycle {
  return {
    deviceId: 'plc1',
    cycleId: `plc1-${atMs}`,
    slotMs: atMs,
    startedAtMs: atMs,
    endedAtMs: atMs + 5,
    outcomes: deviceTimes.map((deviceAtMs, index) => ({
      kind: 'sample',
      point: `plc1/p${index}`,
      value: 4 + index,
      unit: 'kW',
      quality: 'good',
      readAtMs: atMs + 5,
      raw: new Uint8Array(),
      recipe: { v: 1, driver: 'test' },
      ...(deviceAtMs === undefined ? {} : { deviceAtMs }),
    })),
  };
}

function follow(clock: DeviceClock, polls: number, times: (atMs: number) => readonly (number | undefined)[]): void {
  for (let poll = 0; poll < polls; poll += 1) clock.take(cycle(START + poll * 1000, times(START + poll * 1000)));
}

describe('the clock of a device', () => {
  it('is the median offset of times that have just come, whatever old values carry', () => {
    const clock = new DeviceClock(1000);
    follow(clock, 100, (atMs) => [atMs + 1205, START - 86_400_000]);
    expect(clock).toMatchObject({ offsetMs: 1200, isWrong: false, isStill: false });
  });

  it.each([
    ['2000', Date.UTC(2000, 0, 1) - START],
    ['2036', Date.UTC(2036, 1, 8) - START],
  ])('that lives in %s is a finding of the device', (_year, offMs) => {
    const clock = new DeviceClock(1000);
    follow(clock, 10, (atMs) => [atMs + offMs, undefined]);
    expect(clock.isWrong).toBe(true);
    expect(clock.offsetMs).toBe(offMs - 5);
  });

  it('says nothing where no times are given, and nothing of a single one', () => {
    const clock = new DeviceClock(1000);
    follow(clock, 10, () => [undefined, undefined]);
    clock.take(cycle(START, [START - 999_999, undefined]));
    expect(clock).toMatchObject({ offsetMs: undefined, isWrong: false, isStill: false });
  });

  it('stands still when no value has been new for five minutes of polls, and no longer once one is', () => {
    const clock = new DeviceClock(1000);
    follow(clock, 300, () => [START, START - 5]);
    expect(clock.isStill).toBe(false);
    follow(clock, 1, () => [START, START - 5]);
    expect(clock.isStill).toBe(true);
    const doubted = doubtStill(cycle(START, [START, undefined])).outcomes;
    expect(doubted.map((outcome) => outcome.kind === 'sample' && outcome.quality)).toEqual(['uncertain', 'good']);
    follow(clock, 1, () => [START, START + 1]);
    expect(clock.isStill).toBe(false);
  });

  it('agrees with others by majority', () => {
    expect(agreeingDevices([])).toBeUndefined();
    expect(agreeingDevices([61_000, 62_000, -900_000])).toEqual({ offsetMs: 61_500, devices: 2 });
    expect(agreeingDevices([0, 500_000])).toBeUndefined();
  });
});
