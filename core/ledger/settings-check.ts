import { hash } from 'node:crypto';
import type { LedgerProblem } from './check-row.ts';
import type { LedgerReader } from './ledger-storage.ts';

/**
 * Holds the kept texts of verification settings against the digests by which verdicts name them. Settings that are not
 * kept are no problem of the ledger: earlier versions kept none.
 */
export function checkSettings(reader: Pick<LedgerReader, 'settings' | 'size'>): LedgerProblem | undefined {
  for (const { digest, text } of reader.settings()) {
    if (`sha256:${hash('sha256', text, 'hex')}` === digest) continue;
    const message = `The verification settings ${digest} are not what was in force.`;
    return { index: reader.size(), code: 'LED_FSCK_SETTINGS', message };
  }
  return undefined;
}
