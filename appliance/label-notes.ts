import type { ReplayRow } from '../core/verification/replay/replay-row.ts';
import type { RowLabel } from './read-labels.ts';

const IDS_SHOWN = 3;

/** What of readings and labels does not belong together, in a sentence each: counts with the first few row ids. */
export function labelNotes(rows: readonly ReplayRow[], labels: ReadonlyMap<string, RowLabel>): string[] {
  const ids = rows.map((row) => row.rowId ?? '');
  const named = ids.filter((id) => id !== '');
  const known = new Set(named);
  const repeated = [...Map.groupBy(named, (id) => id)].flatMap(([id, same]) => (same.length > 1 ? [id] : []));
  const unlabelled = [...known].filter((id) => !labels.has(id));
  const strangers = [...labels.keys()].filter((id) => !known.has(id));
  const unnamed = ids.length - named.length;
  return [
    told(unlabelled, 'without a label, taken for honest'),
    unnamed === 0 ? undefined : `note: ${plural(unnamed, 'row')} without a rowId, taken for honest`,
    told(repeated, 'standing more than once: each of its rows has the same label', 'rowId'),
    told(strangers, 'of which there is no row: not counted', 'label'),
  ].filter((note) => note !== undefined);
}

/** The kinds of which some rows lie in the time that taught the model, and so prove nothing. */
export function trainingNotes(taught: ReadonlyMap<string, number>, scored: ReadonlySet<string>): string[] {
  return [...taught].map(
    ([kind, count]) =>
      `note: ${plural(count, 'row')} of "${kind}" in the training days, not counted` +
      `${scored.has(kind) ? '' : ': no row of this kind is left, so it is missing below'}`,
  );
}

function told(ids: readonly string[], what: string, noun = 'row'): string | undefined {
  if (ids.length === 0) return undefined;
  const more = ids.length > IDS_SHOWN ? ', ...' : '';
  return `note: ${plural(ids.length, noun)} ${what} (${ids.slice(0, IDS_SHOWN).join(', ')}${more})`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
