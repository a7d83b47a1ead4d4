import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { REPLAY_COLUMNS, type ReplayRow } from '../core/verification/replay/replay-row.ts';
import { makeEvaluationSet } from '../tests/evaluation/evaluation-plant.ts';
import { toReplayRow } from '../tests/evaluation/evaluation-plant-rows.ts';
import type { PlantRow } from '../tests/evaluation/row.ts';
import { evaluationYaml } from '../tests/fixtures/evaluation-ledger.ts';
import { readLabels } from './read-labels.ts';
import { readReplayFile } from './read-replay-file.ts';

const program = fileURLToPath(new URL('./forebay.mjs', import.meta.url));
const base = mkdtempSync(join(tmpdir(), 'forebay-replay-'));
afterAll(() => rmSync(base, { recursive: true }));

const { rows } = makeEvaluationSet(5, 34);
const HEADER = REPLAY_COLUMNS.join(',');

function write(name: string, text: string): string {
  const path = join(base, name);
  writeFileSync(path, text);
  return path;
}

const config = write('plant.yaml', evaluationYaml());
function lineOf(row: PlantRow): string {
  const cells: ReplayRow = { ...toReplayRow(row), rowId: row.rowId };
  return REPLAY_COLUMNS.map((name) => cells[name] ?? '').join(',');
}
const input = write('readings.csv', `${[HEADER, ...rows.map(lineOf)].join('\n')}\n`);
const labels = write(
  'labels.csv',
  `${['rowId,label,trueKwh', ...rows.map(({ rowId, label, trueKwh }) => `${rowId},${label},${trueKwh}`)].join('\n')}\n`,
);

/** Beside whatever else the machine does. */

async function forebay(...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, out, err };
}

test('replay gives one verdict for each row, the same bytes every time', async () => {
  const [first, second] = [join(base, 'a.csv'), join(base, 'b.csv')];
  const [ending] = await Promise.all([
    forebay('replay', '--config', config, '--in', input, '--out', first),
    forebay('replay', '--config', config, '--in', input, '--out', second),
  ]);
  expect(ending).toMatchObject({ code: 0, out: '' });
  expect(ending.err).toMatch(new RegExp(`^${rows.length} rows: \\d+ approved, \\d+ flagged, \\d+ rejected\\.\n$`));
  const text = readFileSync(first, 'utf8');
  expect(readFileSync(second, 'utf8')).toBe(text);
  const [header, ...lines] = text.trimEnd().split('\n');
  expect(header).toBe('rowId,status,trustScore,codes');
  expect(lines.map((line) => line.split(',')[0])).toEqual(rows.map(({ rowId }) => rowId));
  expect(lines.filter((line) => line.includes(',APPROVED,')).length).toBeGreaterThan(0.9 * rows.length);
});

test('evaluate shows every kind with its interval, and draws a page', async () => {
  const html = join(base, 'page.html');
  const ending = await forebay(
    'evaluate',
    '--config',
    config,
    '--in',
    input,
    '--labels',
    labels,
    '--slow',
    'slow drift',
    '--html',
    html,
  );
  expect(ending).toMatchObject({ code: 0 });
  expect(ending.out).toMatch(/^AUC +0\.9\d+/m);
  for (const kind of new Set(rows.map(({ label }) => label))) {
    if (kind !== 'honest') expect(ending.out).toContain(kind);
  }
  const page = readFileSync(html, 'utf8');
  expect(page).toContain('<svg');
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
});

test('no command writes over what it reads, and a set without attacks says so instead of a number', async () => {
  const few = write('own.csv', `${[HEADER, ...rows.slice(0, 5).map(lineOf)].join('\n')}\n`);
  const before = readFileSync(few, 'utf8');
  const same = await forebay('replay', '--config', config, '--in', few, '--out', few);
  expect(same).toMatchObject({ code: 2, err: expect.stringContaining('APP_NOT_WRITTEN: ') });
  const page = ['evaluate', '--config', config, '--in', few, '--labels', labels, '--train-days', '0'];
  for (const html of [few, labels, config]) {
    expect(await forebay(...page, '--html', html)).toMatchObject({ code: 2, out: '' });
  }
  expect(readFileSync(few, 'utf8')).toBe(before);
  const html = join(base, 'few.html');
  for (const _ of ['written', 'written again']) {
    const ending = await forebay(...page, '--html', html);
    expect(ending).toMatchObject({ code: 0, out: expect.stringMatching(/^AUC +no attacks labelled *$/m) });
    expect(ending.err).toContain(`note: ${rows.length - 5} labels of which there is no row: not counted (`);
    expect(`${ending.out}${readFileSync(html, 'utf8')}`).not.toContain('NaN');
  }
  const foreign = write('foreign.csv', 'rowId,label\nzzz,replay\n');
  const ending = await forebay('evaluate', '--config', config, '--in', few, '--labels', foreign);
  expect(ending).toMatchObject({ code: 2, err: expect.stringContaining('APP_LABELS_UNREADABLE: No row of ') });
});

test('columns, units and days that are not there are said before the verdicts', async () => {
  const few = write(
    'some.csv',
    'rowId,timestamp,deviceId,power_kW\n1,2026-06-01T00:05:00Z,unit1,3\n2,2026-06-01T00:10:00Z,unti1,3\n',
  );
  const ending = await forebay('replay', '--config', config, '--in', few, '--out', join(base, 'some-verdicts.csv'));
  const lines = ending.err.trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(
      /^warning: .*some\.csv has no column flowRate_m3_per_s, headHeight_m, gatePercent, though plant\.yaml names flow, head, gate: /,
    ),
    expect.stringMatching(
      /^note: .*some\.csv has no columns flowRate_m3_per_s, .*, receivedAt: their values count as missing$/,
    ),
    expect.stringMatching(/^note: deviceId "unti1" of 1 row is no unit of plant\.yaml: .*did you mean "unit1"\?/),
    expect.stringMatching(/^note: the rows span 0\.0 days and --train-days is 30: /),
    expect.stringMatching(/^2 rows: /),
  ]);
});

test('refusals name file, line and a hint, and write nothing', async () => {
  const out = join(base, 'never.csv');
  const few = write('few.csv', 'rowId,timestamp,power_kW\n1,2026-06-01T00:05:00Z,3\n');
  const ending = await forebay('replay', '--config', config, '--in', few, '--out', out);
  expect(ending.code).toBe(2);
  expect(ending.err).toMatch(/APP_REPLAY_COLUMNS: .*few\.csv, line 1: the column deviceId is missing\. \(.+\)\n$/);
  expect(existsSync(out)).toBe(false);
  const days = await forebay('replay', '--config', config, '--in', input, '--out', out, '--train-days', 'many');
  expect(days).toMatchObject({ code: 2, out: '' });
});

test.each([
  ['a missing file', undefined, 'APP_REPLAY_UNREADABLE', /cannot be read/],
  ['a column twice', `${HEADER},pH\n`, 'APP_REPLAY_COLUMNS', /line 1: the column "pH" is there twice/],
  [
    'no energy and no power',
    'rowId,timestamp,deviceId\n1,2,3\n',
    'APP_REPLAY_COLUMNS',
    /neither generatedKwh nor power_kW/,
  ],
  [
    'a quote that is never closed',
    `${HEADER}\n1,"2026-06-01T00:05:00Z,unit1\n2,3\n`,
    'APP_REPLAY_UNREADABLE',
    /line \d+: /,
  ],
  [
    'semicolons',
    `${HEADER.replaceAll(',', ';')}\n1;2026-06-01T00:05:00Z;unit1\n`,
    'APP_REPLAY_COLUMNS',
    /the delimiter seems to be ";"\.$/,
  ],
])('a file with %s is refused', (_, text, code, says) => {
  const path = text === undefined ? join(base, 'none.csv') : write('bad.csv', text);
  expect(() => readReplayFile(path)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(says) }));
});

test('a row that is broken stays a row, and unknown or missing columns are told', () => {
  const path = write(
    'odd.csv',
    '\ufeffrowId,timestamp,deviceId,power_kW,remark\r\n1, 2026-06-01T00:05:00Z ,unit1,7\r\n2,2026-06-01T00:10:00Z,unit1,8,x,y\r\n',
  );
  const { rows: read, notes } = readReplayFile(path);
  expect(read).toHaveLength(2);
  expect(read[0]).toMatchObject({
    rowId: '1',
    timestamp: '2026-06-01T00:05:00Z',
    brokenRow: '4 fields where the header has 5',
  });
  expect(read[1]?.brokenRow).toBe('6 fields where the header has 5');
  expect(notes.some((note) => /no columns .*generatedKwh/.test(note))).toBe(true);
  expect(notes).toContain('note: the column "remark" is not used');
});

test('labels are read by row id, with the words for honest rows', () => {
  const path = write('l.csv', 'type,rowId,trueKwh\nnormal,1,\n,2,4.5\nreplay,3,0\n');
  expect([...readLabels(path)]).toEqual([
    ['1', { label: 'honest', trueKwh: undefined }],
    ['2', { label: 'honest', trueKwh: 4.5 }],
    ['3', { label: 'replay', trueKwh: 0 }],
  ]);
});

test.each([
  ['no label column', 'rowId,kind\n1,x\n', /line 1: the column rowId or label is missing/],
  ['a row twice', 'rowId,label\n1,a\n1,b\n', /line 3: the row 1 is labelled twice/],
  ['text for an energy', 'rowId,label,trueKwh\n1,a,much\n', /line 2: "much" is no energy/],
  ['a row of too few fields', 'rowId,label,trueKwh\n1,a\n', /cannot be read/],
])('labels with %s are refused', (_, text, says) => {
  const path = write('bad-labels.csv', text);
  expect(() => readLabels(path)).toThrow(
    expect.objectContaining({ code: 'APP_LABELS_UNREADABLE', message: expect.stringMatching(says) }),
  );
});
