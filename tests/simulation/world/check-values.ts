import { valuesAgain } from '../../../appliance/bundle/values-again.ts';
import { loadConfig } from '../../../appliance/load-config.ts';
import type { Reading } from '../../../core/acquisition/reading.ts';
import type { PlantConfig } from '../../../core/config/plant.ts';
import { entriesBetween } from '../../../core/store/entries.ts';
import type { ReadableStore } from '../../../core/store/handle.ts';
import { sampleBlock } from '../../../core/store/samples.ts';

/** The means and extremes of each reading are those of its raw samples, computed again from what is kept of them. */
export function checkValues(store: ReadableStore): string[] {
  const findings: string[] = [];
  let config: PlantConfig | undefined;
  for (const { index, kind, body } of entriesBetween(store, 0, Number.MAX_SAFE_INTEGER)) {
    if (kind === 'configuration') config = loadConfig(String(body.text), `entry ${index}`);
    if (kind !== 'reading' || config === undefined) continue;
    const reading = body.reading as unknown as Reading;
    const blocks = reading.samples.flatMap(({ digest }) => {
      const bytes = sampleBlock(store, digest);
      return bytes === undefined ? [] : [Buffer.from(bytes).toString('utf8')];
    });
    if (blocks.length < reading.samples.length || blocks.length === 0) continue;
    const again = valuesAgain(reading, blocks, config);
    if (again.outcome === 'differs') findings.push(`the samples of entry ${index} give another ${again.field}`);
    if (again.outcome === 'not-computable') findings.push(`the samples of entry ${index} cannot be used`);
  }
  return findings;
}
