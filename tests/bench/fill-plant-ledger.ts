import { dataFolderAt } from '../../appliance/data-folder.ts';
import { openDeviceKey } from '../../appliance/open-device-key.ts';
import { canonicalize } from '../../core/ledger/canonical.ts';
import type { DeviceKey } from '../../core/ledger/device-key.ts';
import type { NewEntry } from '../../core/ledger/entry.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { toIso } from '../../core/model/time.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { openStore } from '../../core/store/open-store.ts';
import { benchReading } from './ledger-readings.ts';

const GROUP = 1000;
const UNITS = 3;
const MINUTE_MS = 60_000;
/** Far more than any start looks at, and few enough to be signed in a minute. */
const READINGS_MAX = 300_000;
const GAP_EVERY = 500;

/**
 * Adds entries to the ledger that the demonstration plant has begun, up to `entries` in all: small ones, and then minutes
 * of readings with gaps among them, the last of which ends where the present minute begins. Answers how many readings.
 */
export function fillPlantLedger(dataFolder: string, entries: number): number {
  const folder = dataFolderAt(dataFolder);
  const store = openStore(folder.storePath, { access: 'write' });
  try {
    const key = openDeviceKey(folder, store, 'HP-DEMO');
    const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: { wallMs: () => nowMs } });
    const count = Math.max(0, entries - recorder.head().size);
    const readings = Math.min(READINGS_MAX, Math.floor(count / 3 / UNITS) * UNITS);
    const beginMs = nowMs - (readings / UNITS) * MINUTE_MS;
    for (let n = 0; n < count; n += GROUP) {
      const group = Array.from({ length: Math.min(GROUP, count - n) }, (_, i) => {
        const reading = n + i - (count - readings);
        if (reading < 0) return { kind: 'clock', body: { now: toIso(nowMs), stepMs: n + i } } as const;
        if (reading % GAP_EVERY === 1) return gap(reading, beginMs);
        return minuteReading(reading, beginMs, key);
      });
      recorder.record(group);
    }
    store.run('PRAGMA wal_checkpoint(TRUNCATE)');
    return readings;
  } finally {
    store.close();
  }
}

function minuteReading(n: number, beginMs: number, key: DeviceKey): NewEntry {
  const { body } = benchReading(n);
  const span = spanOf(n, beginMs);
  const reading = { ...(body.reading as JsonObject), plantId: 'HP-DEMO', ...span, samples: [] };
  const signature = Buffer.from(key.sign(Buffer.from(canonicalize(reading), 'utf8'))).toString('base64');
  return { kind: 'reading', body: { ...body, reading, signature } };
}

/** Where a reading would be. */
function gap(n: number, beginMs: number): NewEntry {
  const reasons = { DRV_TIMEOUT: MINUTE_MS / 1000 };
  const span = spanOf(n, beginMs);
  return {
    kind: 'gap',
    body: { v: 2, ...span, reason: 'DRV_TIMEOUT', reasons, treatment: 'not-credited', event: 'jump' },
  };
}

function spanOf(n: number, beginMs: number): { readonly unitId: string; readonly from: string; readonly to: string } {
  const fromMs = beginMs + Math.floor(n / UNITS) * MINUTE_MS;
  return { unitId: `unit${(n % UNITS) + 1}`, from: toIso(fromMs), to: toIso(fromMs + MINUTE_MS) };
}
