import { Failure } from '../core/model/failure.ts';
import { keepSettings } from '../core/store/settings-texts.ts';
import { DEFAULT_SETTINGS, settingsDigest, settingsText } from '../core/verification/settings.ts';
import type { PlantParts } from './plant-parts.ts';

/**
 * Keeps the text of the settings in force, so that an evidence bundle can give it. Without room for it the plant starts
 * all the same: verdicts name the digest, and the next start tries again.
 */
export function keepSettingsInForce({
  store,
  settings = DEFAULT_SETTINGS,
  log,
}: Pick<PlantParts, 'store' | 'settings' | 'log'>): void {
  try {
    keepSettings(store, { digest: settingsDigest(settings), text: settingsText(settings) });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log.warn({ code: error.code }, error.message);
  }
}
