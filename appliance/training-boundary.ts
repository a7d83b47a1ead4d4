import type { Driver } from '../core/acquisition/driver.ts';
import { parseConfig } from '../core/config/parse-config.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { Entry } from '../core/ledger/entry.ts';
import { entriesOfKinds } from '../core/store/entries.ts';
import type { ReadableStore } from '../core/store/handle.ts';
import { templates } from './templates.ts';
import { unitBasis } from './unit-basis.ts';

/** What happened last that makes a unit's readings before and after it incomparable. */
export interface TrainingBoundary {
  readonly index: number;
  /** When it was recorded. */
  readonly at: string;
  /** In words, as in "since ...". */
  readonly what: string;
}

/**
 * The last clock step by an interval or more, or the last change of what the configuration says of the unit. A
 * configuration that can no longer be read counts as another one.
 */
export function trainingBoundary(
  store: ReadableStore,
  config: PlantConfig,
  unitId: string,
  drivers: ReadonlyMap<string, Driver>,
): TrainingBoundary | undefined {
  const basis = unitBasis(config, unitId);
  let newer: Entry | undefined;
  for (const entry of entriesOfKinds(store, ['clock', 'configuration'], { order: 'desc' })) {
    const { index, at, body } = entry;
    if (entry.kind === 'clock') {
      const step = Math.abs(Number(body.stepMs ?? 0));
      if (step >= config.intervalMs)
        return { index, at, what: `the clock was stepped by ${Math.round(step / 1000)} s` };
      continue;
    }
    if (basisOf(String(body.text), unitId, drivers) !== basis) {
      // The change came with the entry after it; where there is none, with what is configured now.
      return newer === undefined
        ? { index, at, what: 'the unit was configured otherwise' }
        : { index: newer.index, at: newer.at, what: 'the unit was configured otherwise' };
    }
    newer = entry;
  }
  return undefined;
}

function basisOf(text: string, unitId: string, drivers: ReadonlyMap<string, Driver>): string | undefined {
  const result = parseConfig(text, { drivers, templates, file: 'the configuration in the ledger' });
  return result.kind === 'valid' ? unitBasis(result.config, unitId) : undefined;
}
