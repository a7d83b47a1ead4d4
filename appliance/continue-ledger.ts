import { createRecorder, type Recorder } from '../core/ledger/recorder.ts';
import type { WritableStore } from '../core/store/handle.ts';
import { ledgerStorage } from '../core/store/ledger-store.ts';
import { recordPending } from './backup/pending-entry.ts';
import { keepSettingsInForce } from './keep-settings.ts';
import { refuseOtherLedger } from './plant-origin.ts';
import type { PlantParts } from './plant-parts.ts';

/**
 * The recorder that goes on with the plant's ledger. What happened to the store while nobody could sign comes first;
 * the settings that verdicts will name are kept.
 *
 * @throws Failure `APP_OTHER_PLANT`, `APP_DEMO_MIXED`, `LED_HEAD_MISMATCH`, or of the store.
 */
export function continueLedger(
  parts: Pick<PlantParts, 'store' | 'key' | 'clock' | 'config' | 'settings' | 'log'>,
  origin: 'plant' | 'demo',
): Recorder<WritableStore> {
  const { store, key, clock, config } = parts;
  const ledger = createRecorder({ storage: ledgerStorage(store), key, clock });
  refuseOtherLedger(store, config, origin);
  recordPending(store, (entries, alongside) => ledger.record(entries, alongside));
  keepSettingsInForce(parts);
  return ledger;
}
