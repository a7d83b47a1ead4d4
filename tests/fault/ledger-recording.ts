import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../core/model/failure.ts';
import { seededRandom } from '../../core/model/random.ts';
import { saveCounter } from '../../core/store/counters.ts';
import { holdInstanceLock } from '../../core/store/instance-lock.ts';
import { openStore } from '../../core/store/open-store.ts';
import { packEntries } from '../../core/store/pack-entries.ts';
import { appendCycle } from '../../core/store/samples.ts';
import { benchReading } from '../bench/ledger-readings.ts';
import { testGenesis, testKey, testRecorder } from '../fixtures/ledger.ts';

/**
 * Records groups of random size until it is killed, and says after each, on standard output, what is recorded:
 * `<index> <leaf hash>`. Run as `node ledger-recording.ts FOLDER SEED` by the kill tests.
 */
const [folder = '', seed = '1'] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const GROUP_MAX = 8;

try {
  holdInstanceLock(folder);
  const store = openStore(join(folder, 'forebay.sqlite'), { access: 'write' });
  const recorder = testRecorder(store);
  writeSync(1, `open ${recorder.head().size}\n`);
  if (recorder.head().size === 0) recorder.record([testGenesis]);
  for (;;) {
    const size = recorder.head().size;
    const count = 1 + Math.floor(random.next() * GROUP_MAX);
    const entries = Array.from({ length: count }, (_, i) => benchReading(size + i, testKey));
    const recorded = recorder.record(entries, (write) => {
      saveCounter(write, 'plc1/energy_export', String(size + count));
      appendCycle(write, { deviceId: 'plc1', slotMs: size, bytes: Buffer.alloc(200, size & 255) });
    });
    for (const { index, leafHash } of recorded) {
      writeSync(1, `${index} ${Buffer.from(leafHash).toString('hex')}\n`);
    }
    packEntries(store, { plainEntries: 10, blockEntriesMax: 8 });
  }
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  writeSync(2, `${error.toLine()}\n`);
  process.exit(error.exitCode);
}
