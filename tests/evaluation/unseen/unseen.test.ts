import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countFigures, type Figures, type JudgedRow, sustainedCode } from './figures.ts';
import { ABSURD, DRIFT_END, FORGERIES, SLOW, UNFINDABLE } from './forgeries.ts';
import { readJudgedRows } from './judge-unseen.ts';
import { HONEST_DAYS, makeUnseenPlant } from './unseen-plant.ts';

const SEED = 1;
const PROGRAM = fileURLToPath(new URL('../../../appliance/forebay.mjs', import.meta.url));

/** What the verifier must reach. */
const TABLE: readonly { figure: keyof Figures; atLeast?: number; atMost?: number }[] = [
  { figure: 'auc', atLeast: 0.997 },
  { figure: 'meanRecall', atLeast: 0.975 },
  { figure: 'rowRecall', atLeast: 0.97 },
  { figure: 'overclaimPassing', atMost: 0.05 },
  { figure: 'honestRejected', atMost: 0.001 },
  { figure: 'honestNotApproved', atMost: 0.01 },
  { figure: 'attacksApproved', atMost: 0.04 },
];

/** The share of over-reporting by which a slow drift must be told of for good. */
const DRIFT_TOLD_SHARE = 0.03;

const folder = mkdtempSync(join(tmpdir(), 'forebay-unseen-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

let rows: readonly JudgedRow[] = [];
let figures: Figures;
let told: { auc: number; recallMeanOverKinds: number; recallRows: { share: number } };

beforeAll(async () => {
  const plant = makeUnseenPlant(SEED);
  writeFileSync(path('plant.yaml'), plant.plantYaml);
  writeFileSync(path('readings.csv'), plant.readingsCsv);
  writeFileSync(path('labels.csv'), plant.labelsCsv);
  const input = ['--config', path('plant.yaml'), '--in', path('readings.csv'), '--train-days', String(HONEST_DAYS)];
  const marks = ['--unfindable', UNFINDABLE, '--slow', SLOW];
  const [, json] = await Promise.all([
    forebay('replay', ...input, '--out', path('verdicts.csv')),
    forebay('evaluate', ...input, '--labels', path('labels.csv'), ...marks, '--json'),
  ]);
  told = JSON.parse(json);
  rows = readJudgedRows(folder, HONEST_DAYS);
  figures = countFigures(rows, { without: UNFINDABLE, slow: SLOW, absurd: ABSURD });
});

async function forebay(...words: string[]): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`forebay ${words[0]} ended with ${code}: ${err}`);
  return out;
}

describe('a plant that the layers were not written for', () => {
  test('has 24 kinds of attacks and faults in 3 % of its rows, and none while it is commissioned', () => {
    const kinds = Object.keys(FORGERIES);
    expect(kinds).toHaveLength(24);
    const [, ...lines] = readFileSync(path('labels.csv'), 'utf8').trimEnd().split('\n');
    const labels = lines.map((line) => line.split(',')[1] ?? '');
    const count = (wanted: (label: string) => boolean): number => labels.filter(wanted).length;
    for (const kind of kinds)
      expect(
        count((label) => label === kind),
        kind,
      ).toBeGreaterThan(50);
    const share = count((label) => label !== 'honest' && label !== SLOW) / labels.length;
    expect(share).toBeGreaterThan(0.029);
    expect(share).toBeLessThan(0.035);
    const judged = rows.filter(({ kind }) => kind !== 'honest').length;
    expect(judged).toBe(count((label) => label !== 'honest'));
  });

  test('counts the same figures as forebay evaluate', () => {
    expect(told.auc).toBeCloseTo(figures.auc, 9);
    expect(told.recallMeanOverKinds).toBeCloseTo(figures.meanRecall, 9);
    expect(told.recallRows.share).toBeCloseTo(figures.rowRecall, 9);
  });

  test.each(TABLE)('keeps to its limit: $figure', ({ figure, atLeast, atMost }) => {
    const value = figures[figure];
    if (atLeast !== undefined) expect(value).toBeGreaterThanOrEqual(atLeast);
    if (atMost !== undefined) expect(value).toBeLessThanOrEqual(atMost);
    expect([atLeast, atMost].filter((limit) => limit !== undefined)).toHaveLength(1);
  });

  test('tells of a slow drift for good', () => {
    const drifting = rows.filter(({ kind }) => kind === SLOW);
    expect(drifting.length).toBeGreaterThan(1000);
    expect(sustainedCode(rows, SLOW, { share: DRIFT_TOLD_SHARE, endShare: DRIFT_END })).toBeDefined();
  });
});
