import { Failure } from '../../core/model/failure.ts';
import type { Relation } from './compare-ledgers.ts';

/** The two sides of a comparison, for words about them. */
export interface Compared {
  readonly relation: Relation;
  /** What the other side is, as in "the checkpoint of b.json". */
  readonly other: string;
  readonly here: { readonly size: number; readonly root: string };
  readonly there: { readonly size: number; readonly root: string };
}

/** What the relation means, where nothing is wrong. */
export function relationInWords({ relation, other, here, there }: Compared): string {
  if (relation === 'same') return `${other} and the ledger here are the same: ${here.size} entries, root ${here.root}`;
  if (relation === 'contained') {
    return `The ledger here extends ${other}: it has ${here.size} entries, and the first ${there.size} give the same root`;
  }
  return `The ledger here is a beginning of ${other}: ${here.size} of its ${there.size} entries`;
}

/** Why the two cannot be parts of one history, or may not be; undefined where nothing is wrong. */
export function relationTrouble({ relation, other, here, there }: Compared): Failure | undefined {
  const both = `here ${here.size} entries, root ${here.root}; there ${there.size} entries, root ${there.root}`;
  if (relation === 'forked') {
    return new Failure('LED_FORKED', `${other} and the ledger here are two histories under one key: ${both}.`, {
      hint: 'stop one of the two appliances, keep both folders, and give the other a key of its own; see docs/errors.md',
    });
  }
  if (relation === 'ahead') {
    return new Failure('LED_BEHIND', `${other} is ahead of the ledger here: ${both}.`, {
      hint: 'another appliance goes on with this key, or this ledger was put back to an older state; see docs/errors.md',
    });
  }
  if (relation === 'other') {
    return new Failure('LED_OTHER', `${other} is of another ledger: ${both}.`, {
      hint: 'check that both are of this plant and of this data folder',
    });
  }
  return undefined;
}
