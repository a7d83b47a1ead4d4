import { rebuildProjections } from '../../core/ledger/rebuild-projections.ts';
import { ledgerReader, projectionStore } from '../../core/store/ledger-store.ts';
import { type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import { withStoreAtRest } from './store-at-rest.ts';

const PROGRESS_ENTRIES = 10_000;

export const ledgerRebuild: Command = {
  name: 'ledger rebuild',
  summary: 'Compute the tables for queries anew from the entries; the appliance must be stopped',
  options: { data: DATA_OPTION, json: JSON_OPTION },
  notes: ['Changes nothing of the ledger itself. Everything happens in one write, or nothing.'],
  run: (call) =>
    withStoreAtRest(call, (store) => {
      const { output, flags } = call;
      const rebuilt = rebuildProjections(ledgerReader(store), projectionStore(store), (entries, size) => {
        if (output.isTerminal && entries % PROGRESS_ENTRIES === 0) output.note(`${entries} of ${size} entries`);
      });
      const { entries, readings, gaps, reviews } = rebuilt;
      if (flags.has('json')) output.json(rebuilt);
      else
        output.line(
          `rebuilt from ${countNoun(entries, 'entry')}: ${countNoun(readings, 'reading')}, ${countNoun(gaps, 'gap')}, ${countNoun(reviews, 'review')}`,
        );
      return 0;
    }),
};
