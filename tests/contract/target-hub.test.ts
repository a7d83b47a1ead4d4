import { RUN_ENTRIES_MAX } from '../../core/sync/sealer.ts';
import type { SyncTarget } from '../../core/sync/target.ts';
import { HubRig } from '../peers/hub/hub-rig.ts';
import { targetContract } from './target-contract.ts';

targetContract('hub', async () => {
  const rig = await HubRig.start();
  const wrong = { end: Number.POSITIVE_INFINITY };
  return {
    target: cleared(rig, wrong),
    seal: (size) => rig.seal(size === 'large' ? RUN_ENTRIES_MAX - 1 : 2),
    copiesOf: (batch) => rig.copiesOf(batch),
    setLink: (isUp) => rig.link.setUp(isUp),
    keepsIntents: false,
    loseNextAnswer: () => {
      rig.link.next = { what: 'lose-answer', method: 'PATCH' };
      return () => rig.link.next === undefined;
    },
    standsStill: {
      kind: 'ends-with-abort',
      next: () => {
        rig.link.next = { what: 'hang', method: 'PATCH' };
        return () => rig.link.next === undefined;
      },
    },
    refuse: ({ end }) => Object.assign(wrong, { end }),
    close: () => rig.stop(),
  };
});

/** What was to befall a delivery that was given up before it came so far befalls nothing in a later session. */
function cleared(rig: HubRig, wrong: { readonly end: number }): SyncTarget {
  // Entries that do not lead to the root of their checkpoint: one digit is another one.
  const falsify = (bytes: Uint8Array): Uint8Array => {
    if (!Number.isFinite(wrong.end)) return bytes;
    return Buffer.from(
      Buffer.from(bytes)
        .toString('utf8')
        .replace(/"index":(\d)/, (_all, digit) => `"index":${9 - Number(digit)}`),
    );
  };
  const target = rig.target({}, undefined, falsify);
  return {
    ...target,
    connect: (signal) => {
      rig.link.next = undefined;
      return target.connect(signal);
    },
  };
}
