import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../tests/fixtures/manual-clock.ts';
import { scriptedPlant } from '../../tests/fixtures/scripted-driver.ts';
import type { PlantConfig } from '../config/plant.ts';
import { silentLog } from '../model/log.ts';
import { type ClosedInterval, Collector } from './collector.ts';
import type { Cycle } from './sample.ts';

const START = Date.parse('2026-11-20T12:00:00Z');

/** Two units, each on a device of its own. */
function twoDevices(): PlantConfig {
  const text = JSON.stringify(scriptedPlant(), (_key, value) => (typeof value === 'bigint' ? undefined : value));
  const second = JSON.parse(text.replaceAll('plc1', 'plc2').replaceAll('unit1', 'unit2')) as PlantConfig;
  const first = scriptedPlant();
  return { ...first, units: [...first.units, ...second.units], devices: [...first.devices, ...second.devices] };
}

function cycleOf(deviceId: string, slotMs: number): Cycle {
  return {
    deviceId,
    cycleId: `${deviceId}-${slotMs}`,
    slotMs,
    startedAtMs: slotMs,
    endedAtMs: slotMs,
    outcomes: [
      {
        kind: 'sample',
        point: `${deviceId}/energy_export`,
        value: 0,
        register: { digits: BigInt((slotMs - START) / 1000), places: 1 },
        unit: 'kWh',
        quality: 'good',
        readAtMs: slotMs,
        raw: new Uint8Array(),
        recipe: { v: 1, driver: 'test' },
      },
    ],
  };
}

describe('collector', () => {
  it('closes a resumed interval with the boundary poll of every device, as it would have without the restart', () => {
    const closed: ClosedInterval[] = [];
    const collector = new Collector(
      {
        config: twoDevices(),
        origin: 'plant',
        clock: new ManualClock(START + 62_000),
        log: silentLog,
        isFresh: false,
        savedCounters: new Map(),
        clockTrust: () => 'holdover',
        canRecord: () => true,
        sealSamples: () => [],
        onClose: (interval) => closed.push(interval),
      },
      START,
    );
    const seconds = Array.from({ length: 62 }, (_, second) => START + second * 1000);
    collector.resume(seconds.flatMap((slotMs) => [cycleOf('plc1', slotMs), cycleOf('plc2', slotMs)]));
    expect(closed.map(({ units }) => units.map(({ reading }) => reading?.energyWh))).toEqual([[6000, 6000]]);
    collector.stop();
  });

  /** The gaps of the first unit in what closes: seconds since the start, and the reason. */
  function gapsOf(closed: readonly ClosedInterval[]): unknown[] {
    const gaps = closed.flatMap(({ units }) => units[0]?.reading?.gaps ?? []);
    return gaps.map(({ from, to, reason }) => [
      (Date.parse(from) - START) / 1000,
      (Date.parse(to) - START) / 1000,
      reason,
    ]);
  }

  // Seconds: the kept polls, the new start, and what was off in the intervals that have a reading.
  it.each<[string, readonly (readonly [number, number])[], number, readonly (readonly [number, number])[]]>([
    ['in one interval', [[0, 20]], 30, [[20, 31]]],
    [
      'across a boundary',
      [[0, 48]],
      84,
      [
        [48, 60],
        [60, 85],
      ],
    ],
    ['from the last moment of an interval', [[0, 60]], 62, [[60, 63]]],
    [
      'to the first moment of an interval',
      [[0, 50]],
      60,
      [
        [50, 60],
        [60, 61],
      ],
    ],
    [
      'over whole intervals',
      [[0, 48]],
      264,
      [
        [48, 60],
        [240, 265],
      ],
    ],
    ['from before an interval was closed', [[0, 62]], 84, [[62, 85]]],
    [
      'from before an interval was closed to the one after',
      [[0, 62]],
      144,
      [
        [62, 120],
        [120, 145],
      ],
    ],
    [
      'twice in one interval',
      [
        [0, 10],
        [20, 30],
      ],
      40,
      [
        [10, 20],
        [30, 41],
      ],
    ],
    [
      'before the first kept poll',
      [[5, 48]],
      84,
      [
        [0, 5],
        [48, 60],
        [60, 85],
      ],
    ],
  ])('says that Forebay was off %s, and ran from its first poll on', (_when, kept, againS, off) => {
    const closed: ClosedInterval[] = [];
    const collector = new Collector(
      {
        config: scriptedPlant(),
        origin: 'plant',
        clock: new ManualClock(START + againS * 1000),
        log: silentLog,
        isFresh: false,
        savedCounters: new Map(),
        clockTrust: () => 'holdover',
        canRecord: () => true,
        sealSamples: () => [],
        onClose: (interval) => closed.push(interval),
      },
      START,
    );
    const polls = (fromS: number, toS: number): Cycle[] =>
      Array.from({ length: toS - fromS }, (_, second) => cycleOf('plc1', START + (fromS + second) * 1000));
    collector.resume(kept.flatMap(([fromS, toS]) => polls(fromS, toS)));
    collector.begin(START + againS * 1000);
    const endS = Math.floor(againS / 60) * 60 + 60;
    const ran = [...polls(againS + 1, againS + 5), ...polls(againS + 8, endS - 3), ...polls(endS + 4, endS + 5)];
    for (const cycle of ran) collector.take(cycle);
    collector.stop();
    expect(gapsOf(closed)).toEqual([
      ...off.map((span) => [...span, 'ACQ_NOT_RUNNING']),
      [againS + 5, againS + 8, 'ACQ_NOT_POLLED'],
      [endS - 3, endS, 'ACQ_NOT_POLLED'],
    ]);
  });
});
