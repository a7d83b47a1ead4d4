import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { JudgedRow } from './figures.ts';

/** Puts the verdicts of `forebay replay` beside the rows and the labels of a folder; rows after some days only. */
export function readJudgedRows(folder: string, afterDays: number): JudgedRow[] {
  const read = (name: string): Record<string, string>[] =>
    parse(readFileSync(join(folder, name), 'utf8'), { columns: true });
  const labels = new Map(read('labels.csv').map((row) => [row.rowId, row]));
  const verdicts = read('verdicts.csv');
  const rows = read('readings.csv');
  const firstMs = Date.parse(rows[0]?.receivedAt ?? '');
  return rows.flatMap((row, index): JudgedRow[] => {
    const verdict = verdicts[index];
    const label = labels.get(row.rowId);
    if (verdict === undefined || label === undefined || verdict.rowId !== row.rowId) {
      throw new Error(`Row ${row.rowId} has no verdict or no label of its own.`);
    }
    if (Date.parse(row.receivedAt ?? '') < firstMs + afterDays * 86_400_000) return [];
    const claimedKwh = row.generatedKwh === '' ? Number.NaN : Number(row.generatedKwh);
    const overKwh = label.label === 'honest' ? 0 : claimedKwh - Number(label.trueKwh);
    return [
      {
        kind: label.label ?? '',
        score: Number(verdict.trustScore),
        status: verdict.status ?? '',
        overclaimedKwh: Number.isFinite(overKwh) ? Math.max(0, overKwh) : 0,
        codes: (verdict.codes ?? '').split(';').filter((code) => code !== ''),
        endMs: Date.parse(row.timestamp ?? ''),
        unit: row.deviceId ?? '',
      },
    ];
  });
}
