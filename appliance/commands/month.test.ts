import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadOrCreateDeviceKey } from '../../core/ledger/device-key.ts';
import { createRecorder } from '../../core/ledger/recorder.ts';
import { localMonthSpan } from '../../core/model/local-time.ts';
import { toIso } from '../../core/model/time.ts';
import { ledgerStorage } from '../../core/store/ledger-store.ts';
import { nodeKeyDisk } from '../../core/store/node-key-disk.ts';
import { openStore } from '../../core/store/open-store.ts';
import { FLAG, judgedReading } from '../../tests/fixtures/judged-reading.ts';
import { runCommand, type Said } from '../../tests/fixtures/run-command.ts';
import { dataFolderAt } from '../data-folder.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PLANT = join(ROOT, 'tests', 'fixtures', 'plant.yaml');
/** Of the month that docs/month.md closes, in the zone of the plant; long past by any clock. */
const MONTH = localMonthSpan('2025-10', 'Asia/Kolkata');
const DAY_MS = 86_400_000;

let base: string;
let energyWh = 0;

const forebay = (...words: string[]): Promise<Said> => runCommand(words);

/** Readings of a day each, from the begin of the month to beyond its end, one of them flagged and one missing. */
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'forebay-month-'));
  // The guide's commands name the data folder as a person in its parent does.
  process.chdir(base);
  expect((await forebay('config', 'import', PLANT, '--data', 'data')).code).toBe(0);
  const folder = dataFolderAt(join(base, 'data'));
  const store = openStore(folder.storePath, { access: 'write' });
  const key = loadOrCreateDeviceKey(folder.keysFolder, { plantId: 'HP-001', disk: nodeKeyDisk });
  const recorder = createRecorder({ storage: ledgerStorage(store), key, clock: { wallMs: () => MONTH.toMs + DAY_MS } });
  let n = 0;
  for (let fromMs = MONTH.fromMs; fromMs < MONTH.toMs; fromMs += DAY_MS) {
    n += 1;
    if (n === 17) continue;
    const reading = {
      unitId: 'unit1',
      from: toIso(fromMs),
      to: toIso(fromMs + DAY_MS),
      energyWh: 1000 * n,
      energyImportWh: 2,
    };
    recorder.record([
      judgedReading(
        n,
        { status: n === 9 ? 'FLAGGED' : 'APPROVED', ...(n === 9 ? { finding: FLAG } : {}), reading },
        key,
      ),
    ]);
    if (n !== 9) energyWh += 1000 * n;
  }
  store.close();
});
afterAll(() => {
  process.chdir(ROOT);
  rmSync(base, { recursive: true, force: true });
});

/** The commands of docs/month.md, in their order, of the month that the test knows. */
const COMMANDS = readFileSync(join(ROOT, 'docs', 'month.md'), 'utf8')
  .split('\n')
  .flatMap((line) => /^npm run -s forebay -- (month .+)$/.exec(line)?.[1] ?? [])
  .map((text) =>
    [...text.replace('2026-10', '2025-10').matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, word]) => quoted ?? word ?? '',
    ),
  );

test('the commands of the guide list, check, close and correct a month', async () => {
  expect(COMMANDS.map(([, verb]) => verb)).toEqual(['list', 'check', 'show', 'close', 'close']);
  const [list = [], check = [], show = [], close = [], correct = []] = COMMANDS;
  expect((await forebay(...list)).out).toMatch(/^2025-10 +open +96 % +30 *$/m);

  const checked = await forebay(...check);
  expect(checked.code).toBe(1);
  expect(checked.out.match(/^CAR_\w+/gm)).toEqual(['CAR_MONTH_WAITING', 'CAR_MONTH_GAPS']);
  expect((await forebay('month', 'close', '2025-10', '--data', 'data')).err).toMatch(
    /^CAR_MONTH_REFUSED: .*CAR_MONTH_GAPS/,
  );
  expect((await forebay(...show)).out).toContain('nobody has closed it');

  const closed = await forebay(...close);
  expect(closed).toMatchObject({ code: 0, err: '' });
  const netWh = energyWh - 30 * 2;
  expect(closed.out).toContain(
    'Left without credit: times that were not seen (CAR_MONTH_GAPS), flagged readings that wait for a person (CAR_MONTH_WAITING).',
  );
  expect(closed.out).toContain('Net by generator terminals, no interface meter');
  expect(closed.out).toContain(`May be claimed: ${netWh} Wh`);
  expect((await forebay(...close)).err).toMatch(/^CAR_MONTH_CLOSED: /);

  expect((await forebay(...correct)).err).toMatch(/^CAR_MONTH_REFUSED: .*CAR_MONTH_UNCHANGED/);
  const flagged = JSON.parse((await forebay('reviews', '--data', 'data', '--json')).out).index as number;
  const reviewed = await forebay(
    'review',
    String(flagged),
    '--decision',
    'approve',
    '--reason',
    'The log shows it',
    '--data',
    'data',
  );
  expect(reviewed.code).toBe(0);
  expect((await forebay(...list)).out).toMatch(/^2025-10 .*1 review$/m);
  const shown = (await forebay(...show)).out;
  expect(shown).toContain('+9000 Wh may be claimed beyond what was closed');
  expect(shown).toContain('  unit1: readings left to decide 1 as closed, 0 now');
  expect(shown).toMatch(/^ {2}plant: energy that may be claimed \d+\.\d{3} kWh as closed, \d+\.\d{3} kWh now$/m);
  const corrected = await forebay(...correct, '--leave-gaps-uncredited', '--json');
  expect(corrected).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(corrected.out)).toMatchObject({
    state: 'closed',
    closed: { creditedNetWh: netWh + 9000, why: 'Two pushes of 30 October came late', left: ['CAR_MONTH_GAPS'] },
    netChangeWh: 0,
    changes: [],
  });
  expect((await forebay('ledger', 'fsck', '--data', 'data')).code).toBe(0);
});

test('what is no month, and half a correction, are mistakes of usage', async () => {
  expect(await forebay('month', 'show', '2026-13', '--data', 'data')).toMatchObject({ code: 2 });
  const half = await forebay('month', 'close', '2025-10', '--correct', '--data', 'data');
  expect(half).toMatchObject({ code: 2 });
  expect(half.err).toContain('--correct and --why belong together');
});
