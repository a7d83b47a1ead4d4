import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { Failure } from '../core/model/failure.ts';
import { HONEST_LABEL } from '../core/verification/evaluation/evaluate.ts';
import { whyUnreadable } from './why-unreadable.ts';

/** What is known of a row: what it is, and what the unit really generated where somebody knows. */
export interface RowLabel {
  readonly label: string;
  readonly trueKwh: number | undefined;
}

const LABEL_COLUMNS = ['label', 'type'] as const;
/** Words by which label files say that a row is as it should be. */
const HONEST_WORDS = ['', 'honest', 'none', 'normal'];

/**
 * Labels by row id, from a CSV file with the columns `rowId`, `label` (or `type`) and, if known, `trueKwh`.
 *
 * @throws Failure `APP_LABELS_UNREADABLE` with the line.
 */
export function readLabels(path: string): ReadonlyMap<string, RowLabel> {
  const refuse = (message: string, cause?: unknown): Failure =>
    new Failure('APP_LABELS_UNREADABLE', `${path}${message}`, {
      hint: 'the first line names rowId and label, and trueKwh where it is known; honest rows are labelled honest',
      exitCode: 2,
      cause,
    });
  let records: string[][];
  try {
    records = parse(readFileSync(path, 'utf8'), { bom: true, skip_empty_lines: true });
  } catch (cause) {
    throw refuse(` cannot be read: ${whyUnreadable(cause)}.`, cause);
  }
  const [header = [], ...rows] = records;
  const columns = header.map((name) => name.trim());
  const idAt = columns.indexOf('rowId');
  const labelAt = LABEL_COLUMNS.map((name) => columns.indexOf(name)).find((at) => at >= 0) ?? -1;
  const trueAt = columns.indexOf('trueKwh');
  if (idAt < 0 || labelAt < 0) throw refuse(', line 1: the column rowId or label is missing.');
  const labels = new Map<string, RowLabel>();
  for (const [index, row] of rows.entries()) {
    const id = row[idAt] ?? '';
    if (labels.has(id)) throw refuse(`, line ${index + 2}: the row ${id} is labelled twice.`);
    const word = (row[labelAt] ?? '').trim();
    const text = trueAt < 0 ? '' : (row[trueAt] ?? '').trim();
    const trueKwh = text === '' ? undefined : Number(text);
    if (trueKwh !== undefined && !Number.isFinite(trueKwh))
      throw refuse(`, line ${index + 2}: "${text}" is no energy.`);
    labels.set(id, { label: HONEST_WORDS.includes(word.toLowerCase()) ? HONEST_LABEL : word, trueKwh });
  }
  return labels;
}
