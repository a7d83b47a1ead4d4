import { writeFileSync } from 'node:fs';
import { Failure } from '../../core/model/failure.ts';
import { drawEvaluation } from '../../core/verification/evaluation/draw-evaluation.ts';
import {
  type Evaluation,
  evaluate,
  HONEST_LABEL,
  type LabelledScore,
} from '../../core/verification/evaluation/evaluate.ts';
import type { Interval } from '../../core/verification/evaluation/wilson.ts';
import { Replay } from '../../core/verification/replay/replay.ts';
import type { ReplayRow } from '../../core/verification/replay/replay-row.ts';
import { DEFAULT_SETTINGS } from '../../core/verification/settings.ts';
import { loadConfigWithWarnings, readConfigFile } from '../load-config.ts';
import { type RowLabel, readLabels } from '../read-labels.ts';
import { readReplayFile } from '../read-replay-file.ts';
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
    const { config } = loadConfigWithWarnings(readConfigFile(path), path);
    const { rows, notes } = readReplayFile(input);
    for (const note of notes) output.note(note);
    const labels = readLabels(labelFile);
    const replay = new Replay({ config, settings: DEFAULT_SETTINGS, trainDays });
    const scored = scoreRows(rows, labels, replay, trainDays);
    const figures = evaluate(scored, {
      unfindable: listOf(texts.unfindable),
      slow: listOf(texts.slow),
      falseAlarmShare: FALSE_ALARM_SHARE,
    });
    if (html !== undefined) writePage(html, drawEvaluation(figures, scored));
    if (flags.has('json')) output.json({ ...figures, roc: undefined });
    else {
      const counted = figures.kinds.filter(({ kind }) => !listOf(texts.unfindable).includes(kind));
      show(figures, counted.length, (titles, lines) => output.table(titles, lines));
    }
    return 0;
  },
};

/** The rows after the training days: those before taught the model and prove nothing. */
function scoreRows(
  rows: readonly ReplayRow[],
  labels: ReadonlyMap<string, RowLabel>,
  replay: Replay,
  trainDays: number,
): LabelledScore[] {
  let firstMs: number | undefined;
  return rows.flatMap((row) => {
    const { trustScore } = replay.judge(row);
    const arrivedMs = Date.parse(row.receivedAt || row.timestamp || '');
    firstMs ??= Number.isFinite(arrivedMs) ? arrivedMs : undefined;
    if (firstMs !== undefined && arrivedMs < firstMs + trainDays * MS_PER_DAY) return [];
    const known = labels.get(row.rowId ?? '') ?? { label: HONEST_LABEL, trueKwh: undefined };
    return [{ label: known.label, trustScore, overclaimedKwh: overclaimed(row, known) }];
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
  table(
    ['figure', 'value', '95 % interval'],
    [
      ['honest rows', String(figures.honestRows), ''],
      ['attack rows', String(figures.attackRows), ''],
      ['AUC', figures.auc.toFixed(4), ''],
      [`recall, mean over ${countedKinds} kinds`, figures.recallMeanOverKinds.toFixed(4), ''],
      ['recall, rows', figures.recallRows.share.toFixed(4), span(figures.recallRows)],
      ['over-claimed energy that passes', percent(figures.overclaimedPassing), ''],
      ['threshold at 0.5 % false alarms', figures.threshold.toFixed(4), ''],
      ['honest rows rejected', percent(figures.honestRejected.share), span(figures.honestRejected)],
      ['honest rows not approved', percent(figures.honestNotApproved.share), span(figures.honestNotApproved)],
      ['attack rows approved', percent(figures.attacksApproved.share), span(figures.attacksApproved)],
    ],
  );
  table([], []);
  table(
    ['kind', 'rows', 'recall', '95 % interval', 'approved'],
    figures.kinds.map(({ kind, rows, recall, approved }) => [
      kind,
      String(rows),
      recall.share.toFixed(3),
      span(recall),
      percent(approved),
    ]),
  );
}

function span({ low, high }: Interval): string {
  return `${low.toFixed(4)} to ${high.toFixed(4)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function writePage(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new Failure('APP_NOT_WRITTEN', `${path} cannot be written: ${(cause as Error).message}.`, {
      hint: 'choose another name',
      exitCode: 2,
      cause,
    });
  }
}
