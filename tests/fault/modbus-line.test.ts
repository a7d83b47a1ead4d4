import { describe, expect, test } from 'vitest';
import { announceSeed } from '../contract/driver-host.ts';
import { DEAD, runLine, worstLiveShare } from './line-rate.ts';
import { MODBUS_FORMS } from './simulated-modbus.ts';

const seed = announceSeed('modbus line');
const DEATHS = ['silent', 'gateway'] as const;
const MINUTES = 10;

describe.each(MODBUS_FORMS)('ten units on one line, %s', (form) => {
  test.each(DEATHS)('three that are dead (%s) leave the others at least 95 % of their polls', async (death) => {
    const sound = await runLine({ form, death: 'none', minutes: 2, seed });
    expect(worstLiveShare(sound)).toBeGreaterThan(0.98);
    const rate = await runLine({ form, death, minutes: MINUTES, seed });
    const share = worstLiveShare(rate);
    const summary = { form, death, share, probes: rate.probes, connections: rate.connections };
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    expect(share).toBeGreaterThanOrEqual(0.95);
    // Told in words, and asked now and then.
    for (const unitId of DEAD) {
      expect(rate.said.get(unitId)).toMatch(
        death === 'silent' ? /^Unit \d at .* does not answer, while unit \d/ : /^The gateway answers but/,
      );
    }
    expect(rate.probes).toBeGreaterThan(DEAD.length * 3);
  });

  test.each(DEATHS)('dead units (%s) that come back are read again', async (death) => {
    const rate = await runLine({ form, death, minutes: 8, reviveAtMinute: 4, seed });
    process.stdout.write(`${form} ${death}: back after ${[...rate.backAfterMs.values()].map(Math.round)} ms\n`);
    expect([...rate.backAfterMs.keys()].sort()).toEqual(DEAD);
    for (const unitId of DEAD) expect(rate.good.get(unitId) ?? 0).toBeGreaterThan(60);
  });
});

test('over Modbus TCP a dead unit costs the others hardly a connection', async () => {
  const rate = await runLine({ form: 'modbus-tcp', death: 'silent', minutes: MINUTES, seed });
  expect(rate.connections).toBeLessThanOrEqual(4);
});
