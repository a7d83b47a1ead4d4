import type { BenchResult } from '../../appliance/commands/bench.ts';
import { type LineRun, runLine, worstLiveShare } from '../fault/line-rate.ts';
import { MODBUS_FORMS } from '../fault/simulated-modbus.ts';

const SEED = 20_261_120;

/**
 * Ten units on one line, three of them dead, in simulated time: the share of its polls that the worst of the live
 * units keeps. Baseline: the same line with all units alive. Budget: ratio >= 0.95.
 */
export async function run(size: { minutes: number } = { minutes: 30 }): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const form of MODBUS_FORMS) {
    const minutes = size.minutes;
    const share = async (death: LineRun['death']): Promise<number> =>
      worstLiveShare(await runLine({ form, death, minutes, seed: SEED }));
    const baseline = await share('none');
    for (const death of ['silent', 'gateway'] as const) {
      const value = await share(death);
      const note = `10 units, 3 dead (${death}), ${minutes} simulated minutes; baseline: none dead; budget: ratio >= 0.95`;
      results.push({
        name: `line-${form}-${death}`,
        value,
        unit: 'share of polls',
        baseline,
        ratio: value / baseline,
        note,
      });
    }
  }
  return results;
}
