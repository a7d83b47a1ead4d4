import { parseConfig } from '../core/config/parse-config.ts';
import type { PlantConfig } from '../core/config/plant.ts';
import type { Entry } from '../core/ledger/entry.ts';
import { drivers } from './drivers.ts';
import { templates } from './templates.ts';

/**
 * The plant that a configuration entry says, with the points of its templates; undefined where there is no entry, or this
 * version reads it no longer, so that there is nothing to compare with.
 */
export function readRecordedConfig(entry: Pick<Entry, 'body'> | undefined): PlantConfig | undefined {
  const text = entry?.body.text;
  if (typeof text !== 'string') return undefined;
  const result = parseConfig(text, { drivers, templates, file: 'the configuration in the ledger' });
  return result.kind === 'valid' ? result.config : undefined;
}
