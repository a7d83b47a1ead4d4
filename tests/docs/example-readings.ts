import type { Reading } from '../../core/acquisition/reading.ts';
import { UnitHistory } from '../../core/verification/history.ts';
import type { VerificationContext } from '../../core/verification/layer.ts';
import { around, steadyReading, UNIT, withEnergy } from '../../core/verification/readings.testing.ts';

/** A finding as docs/errors.md shows it: what was measured, in words, and the reading that says the same in numbers. */
export interface FindingExample {
  readonly code: string;
  readonly given: string;
  readonly reading: Reading;
  readonly context?: Partial<VerificationContext>;
}

/** The interval that the examples are about: 2026-10-02, from 09:20 to 09:25 UTC. */
export const AT = 400;
/** Steady generation at round numbers; power, energy and register belong together. */
export function running(
  values: { flow?: number; head?: number; power?: number; gate?: number; at?: number } = {},
): Reading {
  const { flow = 2, head = 96, power = 1620, gate = 75, at = AT } = values;
  return {
    ...steadyReading(at),
    ...withMeter(at, Math.round((power * 1000) / 12)),
    // No two intervals are alike, or each would be the replay of another.
    powerKw: around(power + (at - AT) / 1000),
    flowM3s: around(flow),
    headM: around(head, 0.001),
    gatePercent: around(gate),
  };
}

/** Energy and the register values that show it, read at both edges of the interval. */
export const withMeter = withEnergy;

export function remembering(...readings: readonly Reading[]): { history: UnitHistory } {
  const history = new UnitHistory(UNIT);
  for (const reading of readings) history.remember({ reading, status: 'APPROVED' });
  return { history };
}
