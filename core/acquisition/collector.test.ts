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
});
