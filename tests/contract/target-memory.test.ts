import { madeUpBatches } from './made-up-batches.ts';
import { MemoryTarget } from './memory-target.ts';
import { targetContract } from './target-contract.ts';

targetContract('memory', () => {
  const target = new MemoryTarget();
  const { seal } = madeUpBatches();
  return {
    target,
    seal,
    copiesOf: ({ id }) => target.arrivals.filter((arrived) => arrived === id).length,
    setLink: (isUp) => {
      target.isLinkUp = isUp;
    },
    keepsIntents: true,
    loseNextAnswer: () => {
      target.isNextAnswerLost = true;
      return () => !target.isNextAnswerLost;
    },
    standsStill: {
      kind: 'ends-with-abort',
      next: () => {
        target.isNextHanging = true;
        return () => !target.isNextHanging;
      },
    },
    refuse: ({ id }) => void target.refused.add(id),
    close: () => Promise.resolve(),
  };
});
