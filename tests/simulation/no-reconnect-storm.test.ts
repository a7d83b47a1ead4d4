import { expect, test } from 'vitest';
import { startPoller } from '../../core/acquisition/poller.ts';
import { present } from '../../core/model/assert.ts';
import { seededRandom } from '../../core/model/random.ts';
import { announceSeed, driverHost } from '../contract/driver-host.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { scriptedPlant } from '../fixtures/scripted-driver.ts';
import { TroubledDevice } from './troubled-device.ts';

const RESTARTS = 500;
const MINUTE_MS = 60_000;
const device = present(scriptedPlant().devices[0], 'the device of the scripted plant');

/** The most attempts that any minute saw. */
function mostInAMinute(attemptsMs: readonly number[]): number {
  return attemptsMs.reduce((most, atMs, from) => {
    const end = attemptsMs.findIndex((otherMs) => otherMs >= atMs + MINUTE_MS);
    return Math.max(most, (end === -1 ? attemptsMs.length : end) - from);
  }, 0);
}

test.each([
  ['restarted every 5 s', () => 5000, 1000],
  ['restarted at once after it answered', () => 100, 100],
  ['restarted at random', (next: number) => next * 2 * MINUTE_MS, 3000],
] as const)('a server %s sees one session of ours and at most 12 attempts in a minute', async (name, gapMs, awayMs) => {
  const random = seededRandom(announceSeed(`no reconnect storm, ${name}`));
  const clock = new ManualClock(Date.UTC(2026, 10, 20, 12));
  const server = new TroubledDevice(clock, random);
  const host = driverHost(1, { clock, random });
  const poller = startPoller({ device, driver: server.driver, host, onCycle: () => {}, onHealth: () => {} });
  for (let restart = 0; restart < RESTARTS; restart += 1) {
    await clock.pass(gapMs(random.next()));
    server.setPath('refuses');
    server.reset();
    await clock.pass(awayMs);
    server.setPath('up');
  }
  const stopped = poller.stop();
  await clock.pass(5000);
  await stopped;
  process.stdout.write(
    `${RESTARTS} restarts, ${server.attemptsMs.length} attempts, most in a minute ${mostInAMinute(server.attemptsMs)}\n`,
  );
  expect(server.attemptsMs.length).toBeGreaterThan(5);
  expect(mostInAMinute(server.attemptsMs)).toBeLessThanOrEqual(12);
  expect(server.openMax).toBe(1);
  expect(server.openNow).toBe(0);
});
