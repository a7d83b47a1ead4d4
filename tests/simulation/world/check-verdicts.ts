import { BundleJudge } from '../../../appliance/bundle/bundle-judge.ts';
import type { PlantConfig } from '../../../core/config/plant.ts';
import type { JudgedAgain, JudgedEntry } from '../../../core/evidence/judge-pass.ts';
import { entriesBetween } from '../../../core/store/entries.ts';
import type { ReadableStore } from '../../../core/store/handle.ts';
import { DEFAULT_SETTINGS, settingsDigest, settingsText } from '../../../core/verification/settings.ts';

/**
 * Each recorded verdict is the one that the layers give on the recorded entries before it, whatever the plant went through.
 * `config` where the recorded plant.yaml is not the one of the test.
 */
export async function checkVerdicts(store: ReadableStore, config?: PlantConfig): Promise<string[]> {
  const judge = new BundleJudge(0, config === undefined ? undefined : () => config);
  judge.takeSettings(settingsDigest(DEFAULT_SETTINGS), settingsText(DEFAULT_SETTINGS));
  const again = (below: number): AsyncIterable<JudgedEntry> => inTurn(entriesBetween(store, 0, below));
  const judged: JudgedAgain[] = [];
  for await (const entry of again(Number.MAX_SAFE_INTEGER)) judged.push(...(await judge.take(entry, again)));
  judged.push(...(await judge.finish(again)));
  return judged
    .filter(({ outcome }) => outcome !== 'same' && outcome !== 'same-if-closed-later')
    .map(
      ({ index, outcome, difference = '' }) =>
        `the verdict of entry ${index}, judged again, is ${outcome}: ${difference}`,
    );
}

async function* inTurn(entries: Iterable<JudgedEntry>): AsyncGenerator<JudgedEntry> {
  yield* entries;
}
