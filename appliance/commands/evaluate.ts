import { Failure } from '../../core/model/failure.ts';
import { drawEvaluation, PAGE_BEGIN } from '../../core/verification/evaluation/draw-evaluation.ts';
import {
  type Evaluation,
  evaluate,
  HONEST_LABEL,
  type LabelledScore,
} from '../../core/verification/evaluation/evaluate.ts';
import { figureWords, type Needs } from '../../core/verification/evaluation/figure-words.ts';
import type { Interval } from '../../core/verification/evaluation/wilson.ts';
import { Replay } from '../../core/verification/replay/replay.ts';
import type { ReplayRow } from '../../core/verification/replay/replay-row.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import { labelNotes, trainingNotes } from '../label-notes.ts';
import { loadConfigWithWarnings, readConfigFile } from '../load-config.ts';
import { missingColumnsWarning } from '../missing-columns.ts';
import { checkOutputFile, writeOutputFile } from '../output-file.ts';
import { type RowLabel, readLabels } from '../read-labels.ts';
import { readReplayFile } from '../read-replay-file.ts';
import { notesOnRows } from '../replay-notes.ts';
import { CONFIG_OPTION, type Command, JSON_OPTION } from './command.ts';
import { readTrainDays, TRAIN_DAYS_OPTION } from './replay.ts';

const FALSE_ALARM_SHARE = 0.005;
const MS_PER_DAY = 86_400_000;

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'Score labelled readings and show how many attacks and faults are found, by kind',
  options: {
    config: { ...CONFIG_OPTION, isNeeded: true },
    in: { type: 'string', value: 'FILE.csv', about: 'readings as for replay', isNeeded: true },
    labels: { type: 'string', value: 'FILE.csv', about: 'rowId,label and trueKwh where it is known', isNeeded: true },
    'train-days': TRAIN_DAYS_OPTION,
    unfindable: { type: 'string', value: 'KINDS', about: 'kinds left out of every figure, separated by commas' },
    slow: { type: 'string', value: 'KINDS', about: 'kinds left out of the AUC and of the recall by rows' },
    html: { type: 'string', value: 'FILE.html', about: 'a page with the curves' },
    json: JSON_OPTION,
  },
  async run({ texts, flags, output }) {
    const { config: path = '', in: input = '', labels: labelFile = '', html } = texts;
    const trainDays = readTrainDays(texts['train-days']);
    if (html !== undefined) {
      const what = 'an earlier page of evaluate';
      checkOutputFile({ path: html, inputs: [input, labelFile, path], begin: PAGE_BEGIN, what });
    }
    const { config } = loadConfigWithWarnings(readConfigFile(path), path);
    const { rows, columns, notes } = readReplayFile(input);
    const warning = missingColumnsWarning(input, columns, config);
    const told = [...(warning === undefined ? [] : [warning]), ...notes, ...notesOnRows(rows, config.units, trainDays)];
    for (const note of told) output.note(note);
    const labels = readLabels(labelFile);
    const replay = new Replay({ config, settings: DEFAULT_SETTINGS, trainDays });
    refuseForeignLabels(labelFile, input, rows, labels);
    const { scored, taught } = scoreRows(rows, labels, replay, trainDays);
    const kinds = new Set(scored.map(({ label }) => label));
    const doubts = [...labelNotes(rows, labels), ...trainingNotes(taught, kinds)];
    for (const note of doubts) output.note(note);
    const figures = evaluate(scored, {
      unfindable: listOf(texts.unfindable),
      slow: listOf(texts.slow),
      falseAlarmShare: FALSE_ALARM_SHARE,
    });
    if (html !== undefined) writeOutputFile(html, drawEvaluation(figures, scored));
    if (flags.has('json')) output.json({ ...figures, roc: undefined, notes: doubts });
    else {
      const counted = figures.kinds.filter(({ kind }) => !listOf(texts.unfindable).includes(kind));
      show(figures, counted.length, (titles, lines) => output.table(titles, lines));
    }
    return 0;
  },
};

interface Scored {
  readonly scored: readonly LabelledScore[];
  /** How many rows of each kind, other than honest ones, lie in the training days. */
  readonly taught: ReadonlyMap<string, number>;
}

/** The rows after the training days: those before taught the model and prove nothing. */
function scoreRows(
  rows: readonly ReplayRow[],
  labels: ReadonlyMap<string, RowLabel>,
  replay: Replay,
  trainDays: number,
): Scored {
  let firstMs: number | undefined;
  const taught = new Map<string, number>();
  const scored = rows.flatMap((row) => {
    const { trustScore } = replay.judge(row);
    const id = row.rowId ?? '';
    const known = (id === '' ? undefined : labels.get(id)) ?? { label: HONEST_LABEL, trueKwh: undefined };
    const arrivedMs = Date.parse(row.receivedAt || row.timestamp || '');
    firstMs ??= Number.isFinite(arrivedMs) ? arrivedMs : undefined;
    if (firstMs !== undefined && arrivedMs < firstMs + trainDays * MS_PER_DAY) {
      if (known.label !== HONEST_LABEL) taught.set(known.label, (taught.get(known.label) ?? 0) + 1);
      return [];
    }
    return [{ label: known.label, trustScore, overclaimedKwh: overclaimed(row, known) }];
  });
  return { scored, taught };
}

/** Labels of another file would make every row an honest one. */
function refuseForeignLabels(
  labelFile: string,
  input: string,
  rows: readonly ReplayRow[],
  labels: ReadonlyMap<string, RowLabel>,
): void {
  if (labels.size === 0 || rows.some(({ rowId = '' }) => rowId !== '' && labels.has(rowId))) return;
  throw new Failure('APP_LABELS_UNREADABLE', `No row of ${input} has a label in ${labelFile}.`, {
    hint: 'name the labels of these readings; both files name a row by its rowId',
    exitCode: 2,
  });
}

function overclaimed(row: ReplayRow, { label, trueKwh }: RowLabel): number {
  const claimedKwh = Number(row.generatedKwh === '' ? Number.NaN : row.generatedKwh);
  if (label === HONEST_LABEL || trueKwh === undefined || !Number.isFinite(claimedKwh)) return 0;
  return Math.max(0, claimedKwh - trueKwh);
}

function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((kind) => (kind.trim() === '' ? [] : [kind.trim()]));
}

function show(figures: Evaluation, countedKinds: number, table: (titles: string[], lines: string[][]) => void): void {
  const said = (needs: Needs, value: number, print = fine): string => figureWords(value, figures, { needs, print });
  const share = (needs: Needs, interval: Interval, print = fine): string[] => [
    said(needs, interval.share, print),
    said(needs, interval.share, () => span(interval)).replace(/^\D.*$/, ''),
  ];
  table(
    ['figure', 'value', '95 % interval'],
    [
      ['honest rows', String(figures.honestRows), ''],
      ['attack rows', String(figures.attackRows), ''],
      ['AUC', said('both', figures.auc), ''],
      [`recall, mean over ${countedKinds} kinds`, said('both', figures.recallMeanOverKinds), ''],
      ['recall, rows', ...share('both', figures.recallRows)],
      ['over-claimed energy that passes', said('both', figures.overclaimedPassing, percent), ''],
      ['threshold at 0.5 % false alarms', said('honest', figures.threshold), ''],
      ['honest rows rejected', ...share('honest', figures.honestRejected, percent)],
      ['honest rows not approved', ...share('honest', figures.honestNotApproved, percent)],
      ['attack rows approved', ...share('attacks', figures.attacksApproved, percent)],
    ],
  );
  if (figures.kinds.length === 0) return;
  table([], []);
  table(
    ['kind', 'rows', 'recall', '95 % interval', 'approved'],
    figures.kinds.map(({ kind, rows, recall, approved }) => [
      kind,
      String(rows),
      ...share('both', recall, (value) => value.toFixed(3)),
      percent(approved),
    ]),
  );
}

function fine(value: number): string {
  return value.toFixed(4);
}

function span({ low, high }: Interval): string {
  return `${low.toFixed(4)} to ${high.toFixed(4)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
