import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withFileSource } from '../../appliance/bundle/file-source.ts';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import { closeMonth } from '../../appliance/month/close-month.ts';
import type { Reading } from '../../core/acquisition/reading.ts';
import { checkedWords, uncheckedWords } from '../../core/evidence/report-words.ts';
import { type BundleReport, verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { leafHash } from '../../core/ledger/merkle.ts';
import type { MonthClosed } from '../../core/ledger/month-closed.ts';
import { present } from '../../core/model/assert.ts';
import type { JsonObject } from '../../core/model/json.ts';
import { localMonthSpan } from '../../core/model/local-time.ts';
import { toIso } from '../../core/model/time.ts';
import { readEntry } from '../../core/store/entries.ts';
import type { Verdict } from '../../core/verification/verdict.ts';
import { evaluationConfig, openEvaluationLedger } from '../fixtures/evaluation-ledger.ts';
import { bundleOf, signedReading } from '../fixtures/evidence-plant.ts';
import { PASSED, plainReading } from './tampered-bundles.ts';

const VERIFIER = fileURLToPath(new URL('../peers/verify_figures.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'forebay-months-'));
const MONTH = localMonthSpan('2026-06', 'Asia/Kolkata');
const PERIOD = { fromMs: MONTH.fromMs, toMs: MONTH.toMs };
const HALF_DAY_MS = 43_200_000;
const ledger = openEvaluationLedger(join(folder, 'data'));
let closed: MonthClosed;
let index = -1;

/** What the meter of the plant said of two of the intervals, and that it was silent in one. */
const WITNESSES: Readonly<Record<number, object>> = {
  20: { witness: { plantExport: { energyWh: 149_000 }, plantImport: { energyWh: 3 } } },
  21: { witness: { silent: { plantExport: 'DRV_MODBUS_TIMEOUT' } } },
};

/** Half a day each, aligned to UTC: the first and the last one of the month lie across its edges. */
beforeAll(async () => {
  for (let n = -1; n < 61; n += 1) {
    const fromMs = Date.UTC(2026, 5, 1) + n * HALF_DAY_MS;
    const whole = plainReading(toIso(fromMs), toIso(fromMs + HALF_DAY_MS));
    const reading = { ...whole, energyImportWh: n === 5 ? 17 : 0, ...WITNESSES[n] } as Reading;
    ledger.record([signedReading(reading, PASSED, ledger)]);
  }
  const gap = { v: 2, unitId: 'unit1', reason: 'DRV_MODBUS_TIMEOUT', treatment: 'not-credited' };
  const [from, to] = ['2026-05-31T18:00:00.000Z', '2026-05-31T19:00:00.000Z'];
  const meter = { v: 1, event: 'exchange', point: 'plc1/energy', unitId: 'unit2', at: '2026-06-09T00:00:00.000Z' };
  ledger.record([
    { kind: 'gap', body: { ...gap, from, to, missingSeconds: 45.25 } },
    { kind: 'meter', body: { ...meter, counted: 'in-entry', energyWh: 12_345, quantity: 'energyExport' } },
  ]);
  const review = {
    v: 1,
    readingIndex: 9,
    unitId: 'unit1',
    decision: 'reject',
    reason: 'The runner was out',
    by: 'A. Rao',
    account: 'key:1',
    role: 'engineer',
    fourEyes: false,
  };
  ledger.record([{ kind: 'review', body: review }]);
  index = await closeMonth(
    {
      config: evaluationConfig(),
      store: ledger.store,
      nowMs: () => Date.UTC(2026, 7, 1),
      record: (entry) => ledger.recorder.record([entry]),
    },
    { month: '2026-06', leave: ['gaps', 'flagged'], by: 'A. Rao', account: 'key:1', role: 'engineer' },
  );
  closed = readEntry(ledger.store, index)?.body as unknown as MonthClosed;
  // What comes after the close changes the credit of the period, and not what was closed.
  ledger.record([{ kind: 'review', body: { ...review, readingIndex: 11 } }]);
});
afterAll(() => {
  ledger.store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function verify(name: string): Promise<BundleReport> {
  const path = join(folder, name);
  await bundleOf(ledger, path, PERIOD);
  return await withFileSource(path, (source) => verifyBundle(source, nodeMachine));
}

/** What the verifier says that was written from the documents alone: a line for each bundle. */
function secondVerifier(paths: readonly string[]): string[] {
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-B', VERIFIER, ...paths], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

test('a month that was closed is added up again from the bundle, with what was known then', async () => {
  expect(closed).toMatchObject({
    total: {
      readings: 60,
      straddling: 1,
      personsRejected: 1,
      creditedWh: 59 * 150_000,
      meterWh: 12_345,
      gapMs: 45_250,
    },
    net: { basis: 'mixed', interfaceWh: 149_000, silentIntervals: 1, importWh: 20 },
    creditedNetWh: 57 * 150_000 + 149_000 - 20,
  });
  const report = await verify('whole.zip');
  expect(report).toMatchObject({ outcome: 'valid', facts: { months: { closes: 1, again: 1 } } });
  if (report.outcome !== 'valid') return;
  expect(checkedWords(report.facts).join('\n')).toContain('1 closed month added up again');
  expect(uncheckedWords(report.facts).join('\n')).not.toContain('closed month');
  expect(secondVerifier([join(folder, 'whole.zip')])).toEqual(['valid']);
});

test('a bundle that does not hold all of a month says that it was not added up again', async () => {
  const path = join(folder, 'part.zip');
  await bundleOf(ledger, path, { fromMs: PERIOD.fromMs + 10 * HALF_DAY_MS, toMs: PERIOD.toMs + 40 * HALF_DAY_MS });
  const report = await withFileSource(path, (source) => verifyBundle(source, nodeMachine));
  expect(report.outcome).toBe('valid');
});

/** What a device that lies would record in place of the close, and the words for which it is refused. */
const LIES: readonly [string, (body: MonthClosed) => object, RegExp][] = [
  ['more credited', (body) => ({ creditedNetWh: body.creditedNetWh + 1 }), /another creditedNetWh/],
  ['a flagged sum', (body) => ({ total: { ...body.total, flaggedWh: 1 } }), /another total/],
  ['another unit', (body) => ({ units: [...body.units, { ...body.units[0], unitId: 'unit9' }] }), /another units/],
  [
    'a run beyond what it counts',
    (body) => ({ end: 10_000, creditedNetWh: body.creditedNetWh + 1 }),
    /does not lie in/,
  ],
  ['no run', (body) => ({ first: body.end, creditedNetWh: body.creditedNetWh + 1 }), /does not lie in/],
  ['a shorter run', (body) => ({ end: body.end - 1 }), /another end/],
  ['no import', (body) => ({ net: { ...body.net, importWh: 0 } }), /another net/],
  ['real data', () => ({ demo: true }), /another demo/],
  ['another time', (body) => ({ to: body.from }), /of a time that is not 2026-06/],
  ['another zone', () => ({ timeZone: 'UTC' }), /of a time that is not 2026-06/],
  ['no zone', () => ({ timeZone: 'Nowhere/None' }), /of a time that is not 2026-06/],
  ['a later close', () => ({ previous: 10_000 }), /names a close after it/],
  ['a later size', () => ({ size: 10_000 }), /come after it/],
  ['another root', () => ({ root: Buffer.from(leafHash(Buffer.from('x'))).toString('base64') }), /another root/],
  ['a second first close', () => ({ corrects: null, why: null }), /closes 2026-06, which entry \d+ had closed/],
];

test('a closed month that says something else than its entries is refused, each with its reason', async () => {
  const paths: string[] = [];
  for (const [name, change, words] of LIES) {
    const other = openEvaluationLedger(join(folder, name.replaceAll(' ', '-')));
    const entries = Array.from({ length: index - 2 }, (_, n) =>
      present(readEntry(ledger.store, n + 2), `entry ${n + 2}`),
    );
    other.record(
      entries.map(({ kind, body }) => {
        if (kind !== 'reading') return { kind, body };
        const { reading, verdict } = body as unknown as { reading: Reading; verdict: Verdict };
        return signedReading(reading, verdict, other);
      }),
    );
    const root = Buffer.from(other.recorder.head().root).toString('base64');
    const honest = { ...closed, root } as unknown as JsonObject;
    if (name === 'a second first close') other.record([{ kind: 'month-closed', body: honest }]);
    other.record([{ kind: 'month-closed', body: { ...honest, ...change(closed) } }]);
    const path = join(folder, `${name.replaceAll(' ', '-')}.zip`);
    await bundleOf(other, path, PERIOD);
    const report = await withFileSource(path, (source) => verifyBundle(source, nodeMachine));
    other.store.close();
    expect(report, name).toMatchObject({ outcome: 'invalid', problem: { code: 'LED_BUNDLE_MONTH' } });
    if (report.outcome === 'invalid') expect(report.problem.message, name).toMatch(words);
    paths.push(path);
  }
  const said = secondVerifier(paths);
  expect(
    said.flatMap((line, i) => (/^invalid: .*(?:closed month|time zone)/.test(line) ? [] : [LIES[i]?.[0], line])),
  ).toEqual([]);
});
