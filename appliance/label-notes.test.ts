import { expect, test } from 'vitest';
import { labelNotes, trainingNotes } from './label-notes.ts';

const label = (kind: string): { label: string; trueKwh: undefined } => ({ label: kind, trueKwh: undefined });

test('rows and labels that do not belong together are counted and named', () => {
  const rows = ['a', 'b', 'b', '', '', 'c', 'd', 'e', 'f'].map((rowId) => ({ rowId }));
  const labels = new Map([
    ['a', label('honest')],
    ['b', label('replay')],
    ['zzz', label('replay')],
  ]);
  expect(labelNotes(rows, labels)).toEqual([
    'note: 4 rows without a label, taken for honest (c, d, e, ...)',
    'note: 2 rows without a rowId, taken for honest',
    'note: 1 rowId standing more than once: each of its rows has the same label (b)',
    'note: 1 label of which there is no row: not counted (zzz)',
  ]);
  expect(labelNotes([{ rowId: 'a' }], new Map([['a', label('honest')]]))).toEqual([]);
});

test('kinds that the training days hide are told', () => {
  const taught = new Map([
    ['replay', 3],
    ['clock', 1],
  ]);
  expect(trainingNotes(taught, new Set(['honest', 'replay']))).toEqual([
    'note: 3 rows of "replay" in the training days, not counted',
    'note: 1 row of "clock" in the training days, not counted: no row of this kind is left, so it is missing below',
  ]);
});
