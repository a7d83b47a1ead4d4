import { Failure } from '../../core/model/failure.ts';
import type { ReadableStore } from '../../core/store/handle.ts';
import { batchDetail, batchPage, type FoundBatchAnswer, foundBatches } from '../sync/batch-answer.ts';
import { batchInWords, batchRow } from '../sync/batch-words.ts';
import { type Call, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { withStore } from './kept-plant.ts';

const NEWEST = 20;
const BY: Readonly<Record<FoundBatchAnswer['by'], string>> = {
  batch: 'is the index of',
  entry: 'is an entry in',
  id: 'is the id of the message of',
  sequence: 'is the sequence number of',
  transaction: 'is the transaction id of',
};

export const syncShow: Command = {
  name: 'sync show',
  summary: 'Show a batch with its receipts, found by an entry, a message id, a sequence number or a transaction id',
  options: { data: DATA_OPTION, json: JSON_OPTION },
  operands: ['[WHAT]'],
  notes: [
    'WHAT is the index of an entry or a batch, a sequence number (17 or 0.0.5005/17), a transaction id, or the first 8 digits or more of the id of a message.',
    `Without WHAT the newest ${NEWEST} batches are listed.`,
  ],
  run: (call) =>
    withStore(call, (store) => {
      const [what] = call.operands;
      if (what === undefined) listNewest(store, call);
      else showFound(store, what, call);
      return 0;
    }),
};

function listNewest(store: ReadableStore, { flags, output }: Call): void {
  const items = batchPage(store, { filter: 'all', limit: NEWEST });
  if (flags.has('json')) output.json({ items });
  else if (items.length === 0) output.line('Nothing is sealed yet.');
  else output.table(['batch', 'entries', 'from', 'to', 'state', 'held by'], items.map(batchRow));
}

function showFound(store: ReadableStore, what: string, { flags, output }: Call): void {
  const items = foundBatches(store, what).flatMap(({ by, batch }) => {
    const detail = batchDetail(store, batch.index);
    return detail === undefined ? [] : [{ by, batch: detail }];
  });
  if (items.length === 0) {
    throw new Failure('SYN_NOTHING_FOUND', `No batch here has anything to do with "${what}".`, {
      hint: 'an entry that was recorded within the last hour may not be sealed yet; see "forebay sync show --help" for what can be looked up',
    });
  }
  if (flags.has('json')) {
    output.json({ items });
    return;
  }
  for (const { by, batch } of items) {
    output.line(`${what} ${BY[by]} batch ${batch.index}.`);
    for (const line of batchInWords(batch)) output.line(line);
  }
}
