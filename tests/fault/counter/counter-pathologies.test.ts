import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/model/random.ts';
import { announceSeed } from '../../contract/driver-host.ts';
import { microWhOfCount, RATED_KW, type RegisterKind, runMonth } from './meter-month.ts';
import { PATHOLOGIES, type Pathology } from './pathologies.ts';

const SEED = announceSeed('counter pathologies');
const DAYS = 30;
const RHYTHMS = [
  { interval: '1m', intervalMs: 60_000, periodMs: 60_000 },
  { interval: '5m', intervalMs: 300_000, periodMs: 60_000 },
  { interval: '15m', intervalMs: 900_000, periodMs: 180_000 },
  { interval: '1h', intervalMs: 3_600_000, periodMs: 120_000 },
] as const;
const USUAL: RegisterKind = { unit: 'kWh', places: 1, startCounts: 12_345_678n };

let months = 0;

afterAll(() => expect(months).toBe(PATHOLOGIES.length * RHYTHMS.length));

describe.each(RHYTHMS)('a register, over a month of intervals of $interval, that', ({ intervalMs, periodMs }) => {
  it.each(PATHOLOGIES.map((pathology, index) => ({ pathology, index, name: pathology.name })))(
    '$name',
    ({ pathology, index }) => {
      months += 1;
      const random = seededRandom(SEED + 97 * index + intervalMs);
      const polls = (DAYS * 86_400_000) / periodMs;
      const at = Math.floor(polls * (0.2 + 0.5 * random.next()));
      const register = pathology.register ?? USUAL;
      const observe = pathology.script({ at, polls, random, periodMs });
      const { messageMs } = pathology;
      const heard = messageMs === undefined ? {} : { messageMs };
      const result = runMonth({ register, intervalMs, periodMs, days: DAYS, random, observe, ...heard });
      check(pathology, result, register);
    },
  );
});

function check({ expect: wanted }: Pathology, result: ReturnType<typeof runMonth>, register: RegisterKind): void {
  // Whatever happens: never more than was generated.
  const stepWh = (register.resolution ?? Number(microWhOfCount(register)) / 1e9) * 1000;
  expect(result.creditedWh).toBeLessThanOrEqual(result.generatedWh + (register.floatBits === undefined ? 0 : stepWh));
  if (wanted.kind === 'none') {
    expect(result).toMatchObject({ creditedWh: 0, withoutEnergy: result.intervals });
    expect([...result.refusedPolls.keys()]).toEqual([wanted.reason]);
    return;
  }
  if (wanted.events !== undefined) expect([...new Set(result.events)].sort()).toEqual(wanted.events);
  const missingWh = result.generatedWh - result.creditedWh;
  if (wanted.kind === 'exact') {
    if (wanted.eventsMax !== undefined) expect(wanted.eventsMax).toEqual(expect.arrayContaining([...result.events]));
    const refused = [...result.refusedPolls.values()].reduce((sum, polls) => sum + polls, 0);
    if (wanted.refusedPollsMax !== undefined) expect(refused).toBeLessThanOrEqual(wanted.refusedPollsMax);
    expect(Math.abs(missingWh)).toBeLessThanOrEqual(register.floatBits === undefined ? 0 : stepWh);
    return;
  }
  if (missingWh > 0) expect(result.events).not.toEqual([]);
  expect(missingWh).toBeLessThanOrEqual((wanted.lostHoursMax ?? 0.06) * RATED_KW * 1000 + 2 * stepWh);
}
