import { RUN_ENTRIES_MAX } from '../../core/sync/sealer.ts';
import type { SyncTarget } from '../../core/sync/target.ts';
import { HubRig } from '../peers/hub/hub-rig.ts';
import { targetContract } from './target-contract.ts';

targetContract('hub', async () => {
  const rig = await HubRig.start();
  return {
    target: cleared(rig),
    seal: (size) => rig.seal(size === 'large' ? RUN_ENTRIES_MAX - 1 : 2),
    copiesOf: (batch) => rig.copiesOf(batch),
    setLink: (isUp) => rig.link.setUp(isUp),
    loseNextAnswer: () => {
      rig.link.next = { what: 'lose-answer', method: 'PATCH' };
    },
    hangNext: () => {
      rig.link.next = { what: 'hang', method: 'PATCH' };
    },
    close: () => rig.stop(),
  };
});

/** What was to befall a delivery that was given up before it came so far befalls nothing in a later session. */
function cleared(rig: HubRig): SyncTarget {
  const target = rig.target();
  return {
    ...target,
    connect: (signal) => {
      rig.link.next = undefined;
      return target.connect(signal);
    },
  };
}
