import { describe, expect, it } from 'vitest';
import type { ClosedInterval } from '../core/acquisition/collector.ts';
import { Failure } from '../core/model/failure.ts';
import { silentLog } from '../core/model/log.ts';
import { toIso } from '../core/model/time.ts';
import { ManualClock } from '../tests/fixtures/manual-clock.ts';
import { scriptedPlant } from '../tests/fixtures/scripted-driver.ts';
import type { SamplePolicy } from './disk/sample-policy.ts';
import { IntervalRecorder, type IntervalRecorderParts } from './interval-recorder.ts';
import { SampleKeeper } from './sample-keeper.ts';

const START = Date.parse('2026-11-20T12:00:00Z');

function fullDisk() {
  const clock = new ManualClock(START);
  const tries = { count: 0 };
  const reading = { unitId: 'unit1', from: toIso(START), to: toIso(START + 60_000) };
  const recorder = new IntervalRecorder({
    config: scriptedPlant(),
    recorder: {
      head: () => ({ size: 0, root: new Uint8Array(32) }),
      record: () => {
        tries.count += 1;
        throw new Failure('STO_FULL', 'The disk is full.');
      },
      replaceKey: () => [],
    },
    judge: () =>
      ({ judge: () => [{ reading }], remember: () => {} }) as unknown as ReturnType<IntervalRecorderParts['judge']>,
    keeper: new SampleKeeper(scriptedPlant()),
    samples: {
      plan: () => ({ blocks: [], entries: [], done: () => {} }),
      wasFull: () => false,
    } as unknown as SamplePolicy,
    clock,
    log: silentLog,
    onRecorded: () => {},
  });
  const interval: ClosedInterval = { fromMs: START, toMs: START + 60_000, units: [], counters: new Map() };
  recorder.close(interval, []);
  return { clock, tries, recorder };
}

describe('interval recorder', () => {
  it('knows the time that a waiting reading speaks for, so that it is not recorded a second time', () => {
    const { recorder } = fullDisk();
    expect(recorder.waiting).toBe(1);
    expect(recorder.isWaiting('unit1', START + 30_000, START + 90_000)).toBe(true);
    expect(recorder.isWaiting('unit1', START + 60_000, START + 120_000)).toBe(false);
    expect(recorder.isWaiting('unit2', START, START + 60_000)).toBe(false);
  });

  it('tries again until it is stopped', async () => {
    const { clock, tries, recorder } = fullDisk();
    await clock.pass(10_000);
    expect(tries.count).toBe(3);
    recorder.stop();
    await clock.pass(60_000);
    expect(tries.count).toBe(3);
  });
});
