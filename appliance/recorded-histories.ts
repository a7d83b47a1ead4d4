import type { Reading } from '../core/acquisition/reading.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import { parseEntry } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { latestRecordedBytes } from '../core/store/pushes.ts';
import type { UnitHistory } from '../core/verification/history.ts';
import type { VerificationSettings } from '../core/verification/settings.ts';
import type { Verdict } from '../core/verification/verdict.ts';
import { rebuildHistories } from './judge-interval.ts';

/**
 * What each unit's recorded readings leave behind, in the order in which they were recorded: late ones too then judge
 * the next reading after a restart as they did before.
 */
export function recordedHistories(
  config: PlantConfig,
  settings: VerificationSettings,
  store: ReadableStore,
): ReadonlyMap<string, UnitHistory> {
  return rebuildHistories(config, settings, (unitId) =>
    latestRecordedBytes(store, unitId, settings.historyReadings)
      .toReversed()
      .map((bytes) => {
        const { reading, verdict } = parseEntry(bytes).body as unknown as { reading: Reading; verdict: Verdict };
        return { reading, status: verdict.status };
      }),
  );
}
