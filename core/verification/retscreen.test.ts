import { describe, expect, it } from 'vitest';
import { TURBINES } from '../config/plant.ts';
import { retscreenEfficiency } from './retscreen.ts';

describe('the RETScreen curves', () => {
  const francis = { turbine: 'francis', ratedFlowM3s: 10, ratedHeadM: 100 } as const;
  const kaplan = { turbine: 'kaplan', ratedFlowM3s: 50, ratedHeadM: 12 } as const;
  const pelton = { turbine: 'pelton', ratedFlowM3s: 3, ratedHeadM: 500 } as const;

  it.each([
    ['francis at 4 m3/s', retscreenEfficiency(francis, 4), 0.762409],
    ['francis at its peak', retscreenEfficiency(francis, 7.97666), 0.931783],
    ['francis at 8 m3/s', retscreenEfficiency(francis, 8), 0.931779],
    ['francis at full load', retscreenEfficiency(francis, 10), 0.897276],
    ['kaplan at its peak', retscreenEfficiency(kaplan, 37.5), 0.925188],
    ['kaplan at 20 m3/s', retscreenEfficiency(kaplan, 20), 0.891742],
    ['pelton at its peak', retscreenEfficiency(pelton, 0.666 * 3, 4), 0.886316],
    ['pelton at 1 m3/s', retscreenEfficiency(pelton, 1, 4), 0.877878],
    ['pelton at 0.3 m3/s', retscreenEfficiency(pelton, 0.3, 4), 0.498995],
  ])('give the published value of a %s', (_, efficiency, expected) => {
    expect(efficiency).toBeCloseTo(expected, 6);
  });

  it('are efficiencies at any flow, and nothing for a turbine that they do not know', () => {
    let checked = 0;
    for (const turbine of TURBINES) {
      for (const ratedFlowM3s of [0.2, 2, 30]) {
        for (const ratedHeadM of [4, 60, 600]) {
          for (let flow = 0; flow <= 1.3 * ratedFlowM3s; flow += 0.05 * ratedFlowM3s) {
            const efficiency = retscreenEfficiency({ turbine, ratedFlowM3s, ratedHeadM }, flow);
            const where = `${turbine} ${ratedFlowM3s} m3/s ${ratedHeadM} m at ${flow}`;
            if (turbine === 'francis' && ratedHeadM === 4) {
              expect(efficiency, where).toBeUndefined();
              continue;
            }
            if (efficiency === undefined) continue;
            expect(efficiency, where).toBeGreaterThanOrEqual(0);
            expect(efficiency, where).toBeLessThan(0.971);
            checked += 1;
          }
        }
      }
    }
    expect(checked).toBeGreaterThan(900);
  });
});
