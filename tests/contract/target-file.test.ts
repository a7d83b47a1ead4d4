import { seededRandom } from '../../core/model/random.ts';
import { fileTarget } from '../../core/sync/targets/file.ts';
import { WeakStick } from '../fault/sync/weak-stick.ts';
import { madeUpBatches } from './made-up-batches.ts';
import { targetContract } from './target-contract.ts';

targetContract('file', () => {
  const stick = new WeakStick(seededRandom(1), 0);
  const { seal, contentOf } = madeUpBatches();
  return {
    target: fileTarget({ folder: '/stick', plantId: 'HP-001', disk: stick, contentOf }),
    seal,
    copiesOf: ({ id }) => [...stick.files.keys()].filter((path) => path.endsWith(`${id.slice(0, 12)}.ndjson`)).length,
    setLink: (isUp) => {
      stick.isIn = isUp;
    },
    keepsIntents: false,
    loseNextAnswer: () => {
      stick.isPulledAfterWriting = true;
      return () => !stick.isPulledAfterWriting;
    },
    standsStill: { kind: 'ends-by-itself', next: () => stick.standStill() },
    refuse: 'takes-everything',
    close: () => Promise.resolve(),
  };
});
