import { openStore } from '../../core/store/open-store.ts';
import type { CheckMessage } from './check-in-process.ts';
import { fsckLedger } from './check-ledger.ts';

/**
 * The whole check as a program of its own: its argument is the store's path, and what it finds goes to whoever started
 * it. Ends with that one, however that one ends.
 */
const [storePath = ''] = process.argv.slice(2);
const tell = (message: CheckMessage): void => void process.send?.(message);

process.on('disconnect', () => process.kill(process.pid));
try {
  const store = openStore(storePath, { access: 'read' });
  const { ok, entries, firstBad } = await fsckLedger(store, {
    onProgress: (checked) => tell({ kind: 'progress', entries: checked }),
  });
  tell({ kind: 'end', ok, entries, ...(firstBad === undefined ? {} : { firstBad }) });
} catch (error) {
  tell({ kind: 'failed', reason: String(error) });
}
